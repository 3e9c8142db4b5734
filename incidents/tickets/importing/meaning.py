"""What the cells of a row mean: text in, checked values out, each problem named by its field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import Team, User
from incidents.tickets.importing.directory import Directory, shown, unknown
from incidents.tickets.models import Category, Service
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from incidents.workflow.states import OPEN_STATUSES, Resolution, Status
from knowledge.markup import to_line

FIELDS = (
    "external_id", "title", "description", "category", "priority", "status", "type", "requester", "assignee", "team",
    "service", "created_at", "resolved_at", "resolution", "resolution_code",
)  # fmt: skip
LONGEST_TITLE_FROM_TEXT = 80
LONGEST_EXTERNAL_ID = 120
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Settings:
    """How an export is to be read: which column is which field, and which of its words mean which of ours."""

    columns: Mapping[str, str]
    """field -> column"""
    zone: ZoneInfo
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """field -> their word in lower case -> ours"""
    date_formats: tuple[str, ...] = ()
    id_prefix: str = ""
    line_as_id: str = ""
    """Where the export has no key: the file's name, to which the line is added."""


@dataclass(frozen=True)
class Row:
    """One ticket to be, every value checked."""

    external_id: str
    title: str
    description: str
    category: Category | None
    service: Service | None
    team: Team | None
    requester: User | None
    assignee: User | None
    type: str
    priority: int | None
    status: Status
    created_at: datetime
    resolved_at: datetime | None
    resolution: str
    resolution_code: str


def _choices(named: Iterable[tuple[object, object]], **more: object) -> dict[str, object]:
    """Our values by every word for them, in lower case: the stored value and the label that people see."""
    found: dict[str, object] = dict(more)
    for value, label in named:
        found |= {str(value).lower(): value, str(label).lower(): value}
    return found


CHOICES: dict[str, dict[str, object]] = {
    "status": _choices(Status.choices),
    "priority": _choices(Priority.choices, **{f"p{value}": value for value in Priority.values}),
    "resolution_code": _choices(Resolution.choices),
}


CHOOSING = frozenset({*CHOICES, "type"})
"""Fields whose values are words of ours; types are whatever administrators made."""


def choice(name: str, text: str) -> object:
    """One of our values by a word for it.

    Raises:
        InvalidInput: the word is not known.
    """
    known = CHOICES[name] if name in CHOICES else _types()
    if text.lower() not in known:
        raise unknown(name, text, known)
    return known[text.lower()]


def _types() -> dict[str, object]:
    """Also retired ones: an export tells of what was."""
    types = rulebook.types(even_retired=True)
    named = [(one.slug, label) for one in types for label in (one.name, one.label)]
    return _choices(named)


def external_id_of(cells: Mapping[str, str], line: int, settings: Settings) -> str:
    """What the row is called where it comes from.

    Raises:
        InvalidInput: it has no such name, or one that can't be kept.
    """
    if settings.line_as_id:
        return f"{settings.id_prefix}{settings.line_as_id}:{line}"
    given = cells.get("external_id", "").strip()
    if not given:
        raise InvalidInput(
            _("is empty; without it the row could be imported twice"), field="external_id"
        )
    if "\x00" in given:
        raise InvalidInput(_("holds a zero byte"), field="external_id")
    if len(settings.id_prefix + given) > LONGEST_EXTERNAL_ID:
        raise InvalidInput(
            _("has more than %s characters") % LONGEST_EXTERNAL_ID, field="external_id"
        )
    return settings.id_prefix + given


def row_of(
    cells: Mapping[str, str],
    external_id: str,
    settings: Settings,
    directory: Directory,
    *,
    now: datetime,
) -> Row:
    """The row as values.

    Raises:
        InvalidInput: one of them can't be used.
    """

    def said(name: str) -> str:
        text = cells.get(name, "").strip()
        return settings.words.get(name, {}).get(text.lower(), text)

    def chosen(name: str) -> object | None:
        return choice(name, said(name)) if said(name) else None

    text = said("description")
    title = said("title") or title_from(text)
    created, resolved = (
        moment(name, said(name), settings) for name in ("created_at", "resolved_at")
    )
    status = Status(str(chosen("status") or (Status.RESOLVED if resolved else Status.NEW)))
    _check_times(created, resolved, status, now)
    started = created or resolved or now
    return Row(
        external_id=external_id,
        title=title or (external_id if text else ""),
        description=text or title,
        category=directory.category(said("category")),
        service=directory.service(said("service")),
        team=directory.team(said("team")),
        requester=directory.person(said("requester"), "requester"),
        assignee=directory.person(said("assignee"), "assignee"),
        type=str(chosen("type") or rulebook.USUAL),
        priority=int(str(chosen("priority"))) if said("priority") else None,
        status=status,
        created_at=started,
        resolved_at=None if status in OPEN_STATUSES else (resolved or started),
        resolution=said("resolution"),
        resolution_code=str(chosen("resolution_code") or Resolution.FIXED),
    )


def title_from(text: str) -> str:
    """The first sentence of a text if it is short, else its first words, without Markdown's marks."""
    first = next((line for line in text.splitlines() if to_line(line)), "")
    line = to_line(first, 4 * LONGEST_TITLE_FROM_TEXT)
    for end in range(min(len(line), LONGEST_TITLE_FROM_TEXT)):
        if line[end] in ".!?" and line[end + 1 : end + 2] in {" ", ""}:
            return line[: end + 1].removesuffix(".")
    return to_line(line, LONGEST_TITLE_FROM_TEXT)


def moment(name: str, text: str, settings: Settings) -> datetime | None:
    """A time in UTC; one without a zone is local time in the export's zone.

    Raises:
        InvalidInput: it is no time, or before 1970.
    """
    if not text:
        return None
    parsed = _parsed(text, settings.date_formats)
    if parsed is None:
        raise InvalidInput(
            _("“%s” is not a time. Write it like 2024-03-31 14:05, or give --date-format.")
            % shown(text),
            field=name,
        )
    try:
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=settings.zone)
        when = aware.astimezone(UTC)
    except OverflowError:
        when = datetime.min.replace(tzinfo=UTC)
    if when < EARLIEST:
        raise InvalidInput(_("“%s” is before 1970.") % shown(text), field=name)
    return when


def _parsed(text: str, formats: tuple[str, ...]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (the zone is added by `moment`)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _check_times(
    created: datetime | None, resolved: datetime | None, status: Status, now: datetime
) -> None:
    for name, when in (("created_at", created), ("resolved_at", resolved)):
        if when and when > now:
            raise InvalidInput(_("is in the future"), field=name)
    if resolved and status in OPEN_STATUSES:
        raise InvalidInput(
            _("is given, but the ticket is “%s”.") % status.label, field="resolved_at"
        )
    if created and resolved and resolved < created:
        raise InvalidInput(_("is before created_at"), field="resolved_at")
