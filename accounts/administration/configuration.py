"""The whole configuration as one file: written so that the same configuration gives the same bytes, and read again.

Reading first checks the file against the schema beside this module, then writes every entry by the checks of the pages
themselves, each in a savepoint. A rehearsal takes all of it back and tells what would happen; in earnest it stays only
if nothing was refused. Nothing is ever removed by a file.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Field, ForeignKey, ManyToManyField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jsonschema import Draft202012Validator

from accounts import audit
from accounts.administration.portable import Entry, Missing, Part, parts
from accounts.errors import Refused
from accounts.models import User

FORMAT = "firebreak-configuration"
VERSION = 1
LARGEST = 5 * 1024 * 1024
DEEPEST = 40
MOST_ENTRIES = 5_000
MOST_PROBLEMS = 100
SCHEMA = Path(__file__).with_name("configuration.schema.json")

Document = dict[str, Any]


class WrongFile(Refused):
    """The file can't be read; `problems` say where and why."""

    status = 422

    def __init__(self, message: str, problems: "Iterable[Problem]" = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


@dataclass(frozen=True)
class Problem:
    place: str
    """A JSON pointer."""
    words: str


class Outcome(models.TextChoices):
    ADDED = "added", gettext_lazy("added")
    CHANGED = "changed", gettext_lazy("changed")
    SAME = "same", gettext_lazy("left as it is")
    REFUSED = "refused", gettext_lazy("refused")


@dataclass(frozen=True)
class Turn:
    """One word of an entry that differs."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """What becomes of one entry."""

    part: Part
    place: str
    label: str
    outcome: Outcome
    why: str = ""
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Result:
    lines: tuple[Line, ...]
    is_applied: bool = False

    def of(self, outcome: str) -> list[Line]:
        return [line for line in self.lines if line.outcome == outcome]

    @property
    def refused(self) -> list[Line]:
        return self.of(Outcome.REFUSED)

    @property
    def changes(self) -> int:
        return len(self.of(Outcome.ADDED)) + len(self.of(Outcome.CHANGED))

    @property
    def counts(self) -> list[tuple[Outcome, int]]:
        return [(one, len(self.of(one))) for one in Outcome]


# Writing the file -------------------------------------------------------------------------------------------


def in_file() -> list[Part]:
    return [part for part in parts() if part.in_file]


def collect(reader: User | None = None) -> Document:
    """The configuration as far as this person may read it; None: all of it."""
    document: Document = {"format": FORMAT, "version": VERSION}
    for part in in_file():
        if reader is None or part.is_read_by(reader):
            entries = list(_entries(part, reader))
            if not part.is_single:
                document[part.name] = entries
            elif entries:
                document[part.name] = entries[0]
    return document


def written(document: Document) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _entries(part: Part, reader: User | None) -> Iterator[Entry]:
    rows = list(part.all(reader))
    if part.order:
        yield from (part.entry(row) for row in part.order(rows))
        return
    found = [part.entry(row) for row in rows]
    yield from sorted(found, key=lambda entry: (*part.key_of(entry), json.dumps(entry)))


# Reading it -------------------------------------------------------------------------------------------------


def read(given: bytes) -> Document:
    """What the file says, checked against the schema.

    Raises:
        WrongFile: with the places of what is wrong.
    """
    if len(given) > LARGEST:
        raise WrongFile(
            _("This file is larger than %(most)s MB.") % {"most": LARGEST // 1024 // 1024}
        )
    try:
        document = json.loads(
            given.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_pairs
        )
    except UnicodeDecodeError as error:
        raise WrongFile(_("This file is not written in UTF-8.")) from error
    except json.JSONDecodeError as error:
        raise WrongFile(
            _("This is no JSON: line %(line)s, column %(column)s can't be read.")
            % {"line": error.lineno, "column": error.colno}
        ) from error
    except (ValueError, RecursionError) as error:
        raise WrongFile(_("This file holds something that no configuration does.")) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise WrongFile(_("This is not a configuration file of Firebreak."))
    version = document.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise WrongFile(
            _("This file is of version %(version)s, made by a newer Firebreak; this one reads up to version %(ours)s.")
            % {"version": version, "ours": VERSION},
            [Problem("/version", str(version))],
        )  # fmt: skip
    if unfit := list(_unfit(document, "", 0)):
        raise WrongFile(_("This file holds something that no configuration does."), unfit)
    errors = sorted(
        _validator().iter_errors(document), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        raise WrongFile(
            _("This file does not fit the schema of a configuration."),
            [_problem(error) for error in errors[:MOST_PROBLEMS]],
        )
    return document


def _no_number(word: str) -> None:
    raise ValueError(word)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; the same name twice could mean two things."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _unfit(value: Any, place: str, depth: int) -> Iterator[Problem]:
    """Words that no database takes, and depth that nobody writes."""
    if depth > DEEPEST:
        yield Problem(place, _("This is nested too deeply."))
    elif isinstance(value, str) and not _is_plain(value):
        yield Problem(place, _("This text holds signs that can't be kept."))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _unfit(one, f"{place}/{at}", depth + 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _unfit(name, f"{place}/{pointed(name)}", DEEPEST)
            yield from _unfit(one, f"{place}/{pointed(name)}", depth + 1)


def _is_plain(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def pointed(name: str) -> str:
    """A name as a step of a JSON pointer; its signs that can't be shown as such."""
    step = name.replace("~", "~0").replace("/", "~1")
    return step.encode("utf-8", "backslashreplace").decode()


def _problem(error: Any) -> Problem:
    place = "".join(f"/{pointed(str(step))}" for step in error.absolute_path)
    words = str(error.message)
    return Problem(place or "/", words if len(words) <= 300 else f"{words[:300]}…")


# Putting it in ------------------------------------------------------------------------------------------------


def rehearse(document: Document, *, by: User) -> Result:
    """What would become of each entry. Changes nothing: it is done, and taken back."""
    with transaction.atomic():
        lines = _put_in(document, by)
        transaction.set_rollback(True)
    return Result(tuple(lines))


def apply(document: Document, *, by: User) -> Result:
    """All of it, or nothing where an entry is refused."""
    with transaction.atomic():
        lines = _put_in(document, by)
        is_good = all(line.outcome != Outcome.REFUSED for line in lines)
        result = Result(tuple(lines), is_applied=is_good)
        if not is_good:
            transaction.set_rollback(True)
        elif result.changes:
            audit.note(audit.Kind.IMPORTED, by=by, what="configuration", count=result.changes)
    return result


def _put_in(document: Document, by: User) -> list[Line]:
    lines: list[Line] = []
    for part in in_file():
        if part.name in document:
            lines += _put_part(part, document[part.name], by)
    return lines


def _put_part(part: Part, given: Any, by: User) -> list[Line]:
    """Entries in their order; one that points at a later one of the same table has its turn after that."""
    entries = [("", given)] if part.is_single else [(f"/{at}", one) for at, one in enumerate(given)]
    here = _Here(part, by)
    lines: dict[str, Line] = {}
    waiting = entries
    while waiting:
        left = []
        for place, entry in waiting:
            line, is_missing = here.put(f"/{part.name}{place}", entry)
            lines[place] = line
            if is_missing:
                left.append((place, entry))
        if len(left) == len(waiting):
            break
        waiting = left
    return [lines[place] for place, _entry in entries]


class _Here:
    """The rows of one table as they are while the file is put in, by their key."""

    def __init__(self, part: Part, by: User) -> None:
        self.part, self.by = part, by
        self.is_readable = by.is_system or part.is_read_by(by)
        """Else nothing is compared, since already that an entry is the same would confirm what somebody guessed."""
        self.hidden: set[tuple[str, ...]] = set()
        """Keys of rows that this person may not read."""
        self.entries: dict[tuple[str, ...], list[tuple[Any, Entry]]] = {}
        seen = None if by.is_system else set(part.all(by).values_list("pk", flat=True))
        for row in part.all(None):
            entry = part.entry(row)
            if seen is None or row.pk in seen:
                self.entries.setdefault(part.key_of(entry), []).append((row, entry))
            else:
                self.hidden.add(part.key_of(entry))
        for same in self.entries.values():
            same.sort(key=lambda found: json.dumps(found[1]))

    def put(self, place: str, entry: Entry) -> tuple[Line, bool]:
        """What becomes of the entry; whether it waits for another one."""
        key = self.part.key_of(entry)
        same = self.entries.get(key, [])
        if not self.is_readable or (not same and key in self.hidden):
            return self._refused(place, entry), False
        row, before = self._likest(same, entry)
        turns = tuple(_turns(before or {}, entry))
        line = Line(self.part, place, _label(self.part, entry), Outcome.SAME)
        if before is not None and not turns:
            same[:] = [found for found in same if found[0] is not row]
            return line, False
        outcome = Outcome.ADDED if row is None else Outcome.CHANGED
        try:
            self.part.save(row, self.part.values(entry), by=self.by)
        except Refused as refusal:
            wrong = replace(line, outcome=Outcome.REFUSED, why=refusal.message, turns=turns)
            return wrong, isinstance(refusal, Missing)
        same[:] = [found for found in same if found[0] is not row]
        return replace(line, outcome=outcome, turns=turns), False

    def _refused(self, place: str, entry: Entry) -> Line:
        why = _("You may not read this, so you can't change it.")
        return Line(self.part, place, _label(self.part, entry), Outcome.REFUSED, why=why)

    @staticmethod
    def _likest(same: list[tuple[Any, Entry]], entry: Entry) -> tuple[Any, Entry | None]:
        """Among rows of one key (two announcements may have it) the one that says just this, or the first."""
        for row, before in same:
            if all(before.get(name) == value for name, value in entry.items()):
                return row, before
        return same[0] if same else (None, None)


def _turns(before: Entry, entry: Entry) -> Iterator[Turn]:
    for name, value in entry.items():
        if before.get(name) != value or name not in before:
            yield Turn(name, _told(before.get(name)), _told(value))


def _told(value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= 200 else f"{words[:200]}…"


def _label(part: Part, entry: Entry) -> str:
    words = entry.get("name") or " · ".join(_told(entry.get(name)) for name in part.key)
    return _told(words) or part.title


# The schema ---------------------------------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """As the registered parts make it; what is kept beside this module is compared with it by a test."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Firebreak",
        "type": "object",
        "required": ["format", "version"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            **{part.name: _part_schema(part) for part in in_file()},
        },
    }


def schema_text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def _validator() -> Any:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def _part_schema(part: Part) -> dict[str, Any]:
    entry = {
        "type": "object",
        "required": list(part.key),
        "additionalProperties": False,
        "properties": {name: _name_schema(part, name) for name in part.names},
    }
    if part.is_single:
        return entry
    return {"type": "array", "maxItems": MOST_ENTRIES, "items": entry}


def _name_schema(part: Part, name: str) -> dict[str, Any]:
    if column := part.columns.get(name):
        return dict(column.schema)
    found: Any = part.model._meta.get_field(name)
    return _field_schema(found)


def _field_schema(own: "Field[Any, Any]") -> dict[str, Any]:
    if isinstance(own, ManyToManyField):
        return {"type": "array", "uniqueItems": True, "items": {"type": "string"}}
    kind: dict[str, Any]
    if isinstance(own, models.JSONField):
        return {"type": ["array", "object"]}
    if isinstance(own, ForeignKey):
        kind = {"type": "string"}
    elif isinstance(own, models.BooleanField):
        kind = {"type": "boolean"}
    elif isinstance(own, models.IntegerField):
        kind = {"type": "integer"}
    elif isinstance(own, models.FloatField):
        kind = {"type": "number"}
    else:
        kind = {"type": "string"}
        if own.max_length:
            kind["maxLength"] = own.max_length
        if isinstance(own, models.SlugField):
            kind["pattern"] = "^[-a-zA-Z0-9_]+$"
    if own.choices and not isinstance(own, ForeignKey):
        values = [value for value, _label in own.flatchoices]
        kind = {"enum": [*values, *([""] if own.blank and "" not in values else [])]}
        if own.null:
            kind["enum"] = [*kind["enum"], None]
    elif own.null:
        kind["type"] = [kind["type"], "null"]
    return kind
