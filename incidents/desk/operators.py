"""What somebody types into the desk's search box: words, “phrases”, what must not stand there, and operators. Pure.

    printer "paper jam" -tray status:open team:network priority:1,2 created:>2026-01-01 -tag:floor-2

Operators and their fixed values are the tables below and nothing else: no name that is typed reaches a query. What is
not understood is a `Problem`, which becomes a hint under the box; it never raises. `narrowing` makes filters of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.workflow.states import OPEN_STATUSES, Status

LONGEST = 300
"""Characters that are read."""

MOST_TERMS = 20
MOST_VALUES = 10
"""Of one operator; more would be a list, not a question."""

ME, NOBODY = "me", "nobody"

STATUSES: Mapping[str, frozenset[str]] = {
    "open": frozenset(OPEN_STATUSES),
    "new": frozenset({Status.NEW}),
    "in-progress": frozenset({Status.OPEN}),
    "waiting": frozenset({Status.WAITING_REQUESTER, Status.WAITING_OTHER}),
    "waiting-requester": frozenset({Status.WAITING_REQUESTER}),
    "waiting-other": frozenset({Status.WAITING_OTHER}),
    "resolved": frozenset({Status.RESOLVED}),
    "closed": frozenset({Status.CLOSED}),
}
"""“Open” is every status in which somebody still has something to do."""

PRIORITIES: Mapping[str, frozenset[str]] = {
    **{str(n): frozenset({str(n)}) for n in range(1, 6)},
    **{f"p{n}": frozenset({str(n)}) for n in range(1, 6)},
    **{
        name: frozenset({str(n)})
        for n, name in enumerate(("critical", "high", "medium", "low", "minor"), start=1)
    },
}
IS = {
    name: frozenset({name})
    for name in ("open", "closed", "unassigned", "mine", "unread", "merged", "confidential")
}
HAS = {name: frozenset({name}) for name in ("files", "replies", "tags", "service")}


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator: what it is for, and its values where they are fixed."""

    name: str
    help: str | Promise
    example: str
    values: Mapping[str, frozenset[str]] | None = None
    is_date: bool = False
    special: tuple[str, ...] = ()
    """Values with a meaning of their own, beside those that are looked up."""


OPERATORS: dict[str, Operator] = {
    one.name: one
    for one in (
        Operator("status", _("Where it stands"), "status:open", STATUSES),
        Operator("step", _("Where it stands in its workflow"), "step:in-test"),
        Operator("is", _("What it is"), "is:unread", IS),
        Operator("assignee", _("Who has it"), "assignee:me", special=(ME, NOBODY)),
        Operator("requester", _("Who has the problem"), "requester:me", special=(ME,)),
        Operator("team", _("Whose queue it is in"), "team:network"),
        Operator("priority", _("From 1, critical, to 5, minor"), "priority:1", PRIORITIES),
        Operator("type", _("What kind of matter it is"), "type:request"),
        Operator("category", _("The category, and all below it"), "category:vpn"),
        Operator("service", _("Which service it is about"), "service:email"),
        Operator("tag", _("A tag it bears"), "tag:floor-2"),
        Operator("has", _("What comes with it"), "has:files", HAS),
        Operator("created", _("When it was reported"), "created:>2026-01-01", is_date=True),
        Operator("updated", _("When something last happened"), "updated:7d", is_date=True),
        Operator("resolved", _("When it was resolved"), "resolved:today", is_date=True),
    )
}
ALL = tuple(OPERATORS.values())
ALIASES = {
    "queue": "team",
    "from": "requester",
    "assigned": "assignee",
    "label": "tag",
    "filed": "created",
}


@dataclass(frozen=True)
class Term:
    """An operator with what was asked of it; dates are days, the end not included."""

    name: str
    values: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    is_not: bool = False


@dataclass(frozen=True)
class Problem:
    """What was not understood: no operator of ours, or no value of it."""

    name: str
    value: str = ""
    is_operator: bool = False
    """The name is unknown; it was looked for as words."""


@dataclass(frozen=True)
class Asked:
    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Words only, for which articles, people and services can be looked through as well."""
        return not (self.phrases or self.without or self.terms)

    @property
    def text(self) -> str:
        """All that is to be found, as words."""
        return " ".join([*self.phrases, self.words]).strip()


@dataclass
class _Reading:
    """What was read so far."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


_PIECE = re.compile(
    r"""
    (?P<minus>-)?
    (?: (?P<name>[A-Za-z][A-Za-z_.]{1,40}):(?P<value>(?:"[^"]*"?|[^\s"])+)
      | "(?P<phrase>[^"]*)"?
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r'"([^"]*)"?|([^",]+)')
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def parse(text: str, *, today: date) -> Asked:
    """Read what was typed. Pure, and never raises: what it doesn't understand is looked for as words, and told."""
    reading = _Reading()
    for piece in _PIECE.finditer(text[:LONGEST].translate(_QUOTES).replace("\x00", " ")):
        _read(piece, reading, today)
    return Asked(
        " ".join(reading.words),
        tuple(reading.phrases),
        tuple(reading.without),
        tuple(reading.terms[:MOST_TERMS]),
        tuple(dict.fromkeys(reading.problems)),
    )


def _read(piece: re.Match[str], reading: _Reading, today: date) -> None:
    is_not = piece["minus"] is not None
    if piece["phrase"] is not None:
        phrase = " ".join(piece["phrase"].split())
        if phrase:
            (reading.without if is_not else reading.phrases).append(phrase)
        return
    name = ALIASES.get((piece["name"] or "").lower(), (piece["name"] or "").lower())
    if name in OPERATORS:
        _read_term(OPERATORS[name], piece, reading, today)
        return
    word = piece["word"] or f"{piece['name']}:{piece['value']}"
    if piece["name"] and piece["value"][0] not in "/\\":  # no `https://`, no `C:\`
        reading.problems.append(Problem(piece["name"], is_operator=True))
    if is_not and word[:1].isalnum():
        reading.without.append(word)
    else:
        reading.words.append(("-" if is_not else "") + word)


def _read_term(operator: Operator, piece: re.Match[str], reading: _Reading, today: date) -> None:
    raw, is_not = piece["value"], piece["minus"] is not None
    values = [value for value in _values(raw) if value][:MOST_VALUES]
    if operator.is_date:
        span = _span(raw, today)
        if span:
            reading.terms.append(Term(operator.name, since=span[0], until=span[1], is_not=is_not))
        else:
            reading.problems.append(Problem(operator.name, raw))
        return
    if operator.values is None:
        if values:
            reading.terms.append(Term(operator.name, tuple(values), is_not=is_not))
        return
    known: set[str] = set()
    for value in values:
        meant = operator.values.get(value.lower().replace("_", "-"))
        if meant:
            known |= meant
        else:
            reading.problems.append(Problem(operator.name, value))
    if known:
        reading.terms.append(Term(operator.name, tuple(sorted(known)), is_not=is_not))


def _values(raw: str) -> Iterator[str]:
    for found in _VALUE.finditer(raw):
        yield " ".join((found[1] if found[1] is not None else found[2]).split())


# Dates ---------------------------------------------------------------------------------------------------

_DAY = re.compile(r"([12][0-9]{3})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
_AGO = re.compile(r"([0-9]{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
Span = tuple[date | None, date | None]


def _span(raw: str, today: date) -> Span | None:
    """`2026-01-01`, `2026-01`, `today`, `7d` (since seven days ago), each behind `>`, `>=`, `<`, `<=`, or `a..b`."""
    if ".." in raw:
        first, _dots, last = raw.partition("..")
        begin, end = _days(first, today), _days(last, today)
        return (begin[0], end[1]) if begin and end else None
    relation = (re.match(r"[<>]=?", raw) or [""])[0]
    found = _days(raw[len(relation) :], today)
    if not found:
        return None
    since, until = found
    if not relation and _AGO.fullmatch(raw.lower()):
        return since, None
    return {
        "": (since, until),
        ">": (until, None),
        ">=": (since, None),
        "<": (None, since),
        "<=": (None, until),
    }[relation]


def _days(raw: str, today: date) -> tuple[date, date] | None:
    """The first day that is meant, and the first that is not."""
    raw = raw.lower()
    one = timedelta(days=1)
    if raw in {"today", "yesterday"}:
        day = today if raw == "today" else today - one
        return day, day + one
    try:
        if ago := _AGO.fullmatch(raw):
            day = today - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
            return day, day + one
        if named := _DAY.fullmatch(raw):
            if named[3]:
                day = date(int(named[1]), int(named[2]), int(named[3]))
                return day, day + one
            begin = date(int(named[1]), int(named[2]), 1)
            return begin, (begin + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):
        return None
    return None
