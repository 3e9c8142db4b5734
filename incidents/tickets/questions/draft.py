"""A form while somebody makes it: questions that need not be complete yet, and the steps that change them.

The whole draft travels with the page (`questions`, in JSON), and the fields of the one question that stands open beside
it. So every step is an ordinary request, and nothing is stored before the form is saved.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.digits import whole
from accounts.errors import InvalidInput
from incidents.tickets.questions.definition import (
    DEEPEST,
    KEY,
    MOST_QUESTIONS,
    WITH_OPTIONS,
    WITHOUT_DEFAULT,
    Problem,
    Question,
    QuestionKind,
    WrongForm,
    parse,
)
from incidents.tickets.questions.values import canonical_number, is_empty

Entry = dict[str, Any]
ROOT = "c"
DEEPEST_SHOWN = 3
"""Groups in groups that the editor offers to make."""
TEXTS = ("label", "help")
RELATIONS: dict[str, tuple[str, ...]] = {
    QuestionKind.CHOICES: ("has", "filled", "empty"),
    QuestionKind.PERSON: ("filled", "empty"),
    QuestionKind.FILE: ("filled", "empty"),
}
PLAIN_RELATIONS = ("is", "is_not", "filled", "empty")


@dataclass
class Draft:
    """`opened` is the place of the question that stands open; `focus` the id of what comes next for the keyboard."""

    entries: list[Entry]
    opened: int | None = None
    expected: int = 0
    tells: bool = False
    """Somebody tried to save it: problems are told from then on."""
    focus: str = ""
    problems: Sequence[Problem] = field(default_factory=tuple)

    @classmethod
    def of(cls, stored: Sequence[Mapping[str, Any]], *, expected: int) -> "Draft":
        return cls([dict(entry) for entry in stored], expected=expected)

    @classmethod
    def read(cls, posted: Any) -> "Draft":
        """The draft that a page sent back, with what was typed into the open question.

        Raises:
            InvalidInput: there is no draft in it; saving that would ask nothing from now on.
        """
        draft = cls(
            _entries(posted.get("questions", "")),
            _number(posted.get("open")),
            _number(posted.get("expected")) or 0,
            tells="tells" in posted,
        )
        opened = draft.open_entry
        if opened is None:
            draft.opened = None
        else:
            draft._take(opened, posted)
        draft._name()
        return draft

    @property
    def open_entry(self) -> Entry | None:
        here = self.opened
        return self.entries[here] if here is not None and here < len(self.entries) else None

    @property
    def as_json(self) -> str:
        return json.dumps(self.entries)

    @property
    def stored(self) -> list[Entry]:
        """As it would be saved: without what does not belong to a question's kind."""
        return [_tidy(entry) for entry in self.entries]

    def before_open(self) -> list[Entry]:
        """Questions that conditions of the open one can look at."""
        return [entry for entry in self.entries[: self.opened or 0] if entry.get("key")]

    def askable(self) -> tuple[Question, ...]:
        """The questions that are complete, for the preview; what looks at an incomplete one is left out as well."""
        entries = self.stored
        while True:
            try:
                return parse(entries)
            except WrongForm as wrong:
                places = {problem.place for problem in wrong.problems} - {-1}
                if not places:
                    return parse(entries[:-1]) if len(entries) <= MOST_QUESTIONS + 1 else ()
                entries = [entry for place, entry in enumerate(entries) if place not in places]

    def weigh(self) -> None:
        """Note what is wrong with it."""
        try:
            parse(self.stored)
        except WrongForm as wrong:
            self.problems = wrong.problems
        else:
            self.problems = ()

    # Steps ---------------------------------------------------------------------------------------------------

    def step(self, what: str) -> None:
        """One step: `up:2`, `add:text`, `part:c-0` and so on. What can't be done changes nothing."""
        name, _colon, rest = what.partition(":")
        place = _number(rest)
        known = place is not None and place < len(self.entries)
        if name == "add" and rest in QuestionKind.values and len(self.entries) < MOST_QUESTIONS:
            self.add(rest)
        elif name in {"up", "down"} and known and place is not None:
            self.move(place, -1 if name == "up" else 1)
        elif name == "remove" and known and place is not None:
            self.remove(place)
        elif name == "open" and known:
            self.opened, self.focus = place, "id_label"
        elif name == "close":
            self.focus = f"open-{self.opened}"
            self.opened = None
        elif name in CONDITION_STEPS and self.open_entry is not None:
            CONDITION_STEPS[name](self, self.open_entry, rest)

    def add(self, kind: str) -> None:
        self.entries.append({"key": "", "kind": kind, "label": ""})
        self.opened, self.focus = len(self.entries) - 1, "id_label"

    def move(self, place: int, by: int) -> None:
        there = place + by
        if not 0 <= there < len(self.entries):
            return
        self.entries[place], self.entries[there] = self.entries[there], self.entries[place]
        self.opened = {place: there, there: place}.get(self.opened, self.opened)  # type: ignore[arg-type]
        at_end = there in {0, len(self.entries) - 1}
        self.focus = f"{'open' if at_end else 'up' if by < 0 else 'down'}-{there}"

    def remove(self, place: int) -> None:
        del self.entries[place]
        if self.opened is not None:
            if self.opened == place:
                self.opened = None
            elif self.opened > place:
                self.opened -= 1
        self.focus = f"open-{min(place, len(self.entries) - 1)}" if self.entries else "id_new"

    def ask_always(self, entry: Entry, _path: str) -> None:
        entry["show_when"] = None
        self.focus = "begin"

    def begin_conditions(self, entry: Entry, _path: str) -> None:
        if before := self.before_open():
            entry["show_when"] = {"all": [_leaf(before[-1])]}
            self.focus = f"id_{ROOT}-0_q"

    def add_part(self, entry: Entry, path: str) -> None:
        group, before = _parts_at(entry, path), self.before_open()
        if group is not None and before:
            group.append(_leaf(before[-1]))
            self.focus = f"id_{path}-{len(group) - 1}_q"

    def add_group(self, entry: Entry, path: str) -> None:
        group, before = _parts_at(entry, path), self.before_open()
        if group is not None and before and path.count("-") < DEEPEST_SHOWN:
            other = "any" if "all" in (_node_at(entry, path) or {}) else "all"
            group.append({other: [_leaf(before[-1])]})
            self.focus = f"id_{path}-{len(group) - 1}_op"

    def drop(self, entry: Entry, path: str) -> None:
        """Take a condition or group away, and every group that is empty then."""
        above, _dash, last = path.rpartition("-")
        group = _parts_at(entry, above)
        place = _number(last)
        if group is None or place is None or place >= len(group):
            return
        del group[place]
        if group:
            self.focus = f"add-{above}"
        elif above == ROOT:
            entry["show_when"] = None
            self.focus = "begin"
        else:
            self.drop(entry, above)

    # What was typed --------------------------------------------------------------------------------------------

    def _take(self, entry: Entry, posted: Any) -> None:
        """The fields of the open question."""
        if "label" not in posted:
            return
        kind = posted.get("kind", "")
        entry["kind"] = kind if kind in QuestionKind.values else entry.get("kind", "text")
        for name in TEXTS:
            entry[name] = posted.get(name, "")
        entry["required"] = "required" in posted
        if "options" in posted:
            entry["options"] = [line for line in posted["options"].splitlines() if line.strip()]
        for name in ("minimum", "maximum"):
            if name in posted:
                entry[name] = posted[name]
        entry["default"] = _default(entry, posted)
        entry["show_when"] = _condition(
            posted, ROOT, {one["key"]: one for one in self.before_open()}
        )

    def _name(self) -> None:
        """Give a key to every question that has words and no key yet; it keeps that for ever."""
        taken = {entry.get("key") for entry in self.entries}
        for entry in self.entries:
            if not entry.get("key") and str(entry.get("label", "")).strip():
                entry["key"] = free_key(str(entry["label"]), taken)
                taken.add(entry["key"])


CONDITION_STEPS = {
    "always": Draft.ask_always,
    "begin": Draft.begin_conditions,
    "part": Draft.add_part,
    "group": Draft.add_group,
    "drop": Draft.drop,
}


def free_key(label: str, taken: set[Any]) -> str:
    stem = slugify(label).replace("-", "_").strip("_")[:36].rstrip("_")
    if not KEY.fullmatch(stem):
        stem = f"q_{stem}".rstrip("_")[:36]
    key, again = stem, 1
    while key in taken:
        again += 1
        key = f"{stem}_{again}"
    return key


def relations_of(entry: Entry) -> tuple[str, ...]:
    return RELATIONS.get(str(entry.get("kind")), PLAIN_RELATIONS)


def options_of(entry: Entry) -> list[str]:
    options = entry.get("options")
    return [" ".join(str(one).split()) for one in options] if isinstance(options, list) else []


# Conditions as loose JSON -------------------------------------------------------------------------------------


def _leaf(entry: Entry) -> Entry:
    """A condition to begin with: the question's first relation and value."""
    relation = relations_of(entry)[0]
    return _compared(entry, relation, "")


def _compared(entry: Entry, relation: str, value: str) -> Entry:
    key = entry["key"]
    if relation not in relations_of(entry):
        relation = relations_of(entry)[0]
    if relation in {"filled", "empty"}:
        return {"question": key, "is" if relation == "empty" else "is_not": None}
    return {"question": key, relation: _typed(entry, value)}


def _typed(entry: Entry, value: str) -> Any:
    match entry.get("kind"):
        case QuestionKind.YES_NO:
            return value != "no"
        case QuestionKind.SERVICE:
            return _number(value) or 0
        case QuestionKind.NUMBER:
            return canonical_number(value) or value
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            options = options_of(entry)
            return value if value in options else next(iter(options), "")
    return value


def _condition(posted: Any, path: str, before: Mapping[str, Entry]) -> Entry | None:
    """The conditions as the selects have them. Depth is bounded by the names that were sent."""
    if f"{path}:op" not in posted:
        return None
    parts = []
    for place in range(min(_number(posted.get(f"{path}:n")) or 0, 40)):
        here = f"{path}-{place}"
        if len(here) > 40:
            break
        if f"{here}:op" in posted:
            parts.append(_condition(posted, here, before))
        elif seen := before.get(posted.get(f"{here}:q", "")):
            parts.append(_compared(seen, posted.get(f"{here}:is", ""), posted.get(f"{here}:v", "")))
        else:  # what it looked at is gone, or was moved below
            parts.append(
                {"question": posted.get(f"{here}:q", ""), "is": posted.get(f"{here}:v", "")}
            )
    return {"any" if posted[f"{path}:op"] == "any" else "all": [part for part in parts if part]}


def grouped(condition: Any) -> Entry | None:
    """A condition as the editor shows it: always a group at the root."""
    if not isinstance(condition, dict) or not condition:
        return None
    return condition if "all" in condition or "any" in condition else {"all": [condition]}


def _node_at(entry: Entry, path: str) -> Entry | None:
    node = grouped(entry.get("show_when"))
    entry["show_when"] = node
    for step in path.split("-")[1:]:
        parts = _parts(node)
        place = _number(step)
        if parts is None or place is None or place >= len(parts):
            return None
        node = parts[place]
    return node


def _parts_at(entry: Entry, path: str) -> list[Entry] | None:
    return _parts(_node_at(entry, path))


def _parts(node: Entry | None) -> list[Entry] | None:
    parts = (node or {}).get("all", (node or {}).get("any"))
    return parts if isinstance(parts, list) else None


def _single(condition: Any) -> Any:
    """Without groups of one."""
    for name in ("all", "any"):
        if isinstance(condition, dict) and isinstance(condition.get(name), list):
            parts = [_single(part) for part in condition[name]]
            return parts[0] if len(parts) == 1 else {name: parts}
    return condition


# Reading and tidying --------------------------------------------------------------------------------------------


def _entries(text: str) -> list[Entry]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or _is_deep(found):
        raise InvalidInput(_("This page was not sent as a whole. Open the form again."))
    return [entry for entry in found if isinstance(entry, dict)]


def _is_deep(value: Any, levels: int = 4 * DEEPEST) -> bool:
    """Nested further than any form is."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inner)


def _number(text: Any) -> int | None:
    return whole(text or "", 15)


def _default(entry: Entry, posted: Any) -> Any:
    if entry["kind"] == QuestionKind.CHOICES:
        return posted.getlist("default")
    given = posted.get("default", "")
    if entry["kind"] == QuestionKind.YES_NO:
        return {"yes": True, "no": False}.get(given)
    return given


def _tidy(entry: Entry) -> Entry:
    kind = entry.get("kind")
    dropped = set()
    if kind not in WITH_OPTIONS:
        dropped.add("options")
    if kind != QuestionKind.NUMBER:
        dropped |= {"minimum", "maximum"}
    if kind in WITHOUT_DEFAULT or not _fits_kind(entry):
        dropped.add("default")
    kept = {name: value for name, value in entry.items() if name not in dropped}
    kept = {name: value for name, value in kept.items() if name in {"key", "kind", "label"} or not is_empty(value)}  # fmt: skip
    if kept.get("show_when"):
        kept["show_when"] = _single(kept["show_when"])
    return kept


def _fits_kind(entry: Entry) -> bool:
    """A default of another kind than the question has now is left over from before."""
    default, kind = entry.get("default"), entry.get("kind")
    if kind == QuestionKind.CHOICES:
        return isinstance(default, list)
    if kind == QuestionKind.YES_NO:
        return isinstance(default, bool)
    if kind == QuestionKind.CHOICE:
        return default in options_of(entry)
    return isinstance(default, str)
