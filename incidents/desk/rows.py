"""Rows of the desk's lists, ready to be printed.

A list draws fifty of them, so they are read as plain values and put into words here once, and a row that was drawn
before with the same words is taken as it was. With model instances the same page cost eight times the time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache, partial
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import Permission
from accounts.templatetags import firebreak as looks
from incidents.desk import due
from incidents.desk.columns import COLUMNS
from incidents.tickets import numbers
from incidents.tickets.models import TicketQuerySet
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from incidents.workflow.states import OPEN_STATUSES

FIELDS = (
    "id", "number", "title", "priority", "status", "step", "type", "proposed_type", "message_count", "file_count", "affected_count", "minutes_spent", "tags",
    "version", "created_at", "updated_at", "due_at", "team_id", "team__is_private", "category__is_confined", "team__name",
    "service__name", "requester__display_name", "requester__department__name", "assignee_id", "assignee__display_name",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """As much of a person as an avatar needs."""

    pk: int
    display_name: str
    is_system: bool = False

    initials = User.initials
    short_name = User.short_name


@dataclass(unsafe_hash=True)
class TeamKey:
    """As much of a team as a permission needs."""

    pk: int
    is_private: bool


@dataclass(frozen=True)
class Icons:
    """What rows have in common, drawn once for a list."""

    messages: SafeString
    files: SafeString
    others: SafeString
    replies: str
    attached: str
    take: str
    lock: SafeString
    proposed: SafeString
    confidential: str

    __getitem__ = object.__getattribute__


@dataclass(frozen=True)
class Row:
    """One ticket in a list. `can_take`: nobody has it, and this reader may work on it."""

    number: int
    ref: str
    url: str
    came_from: str
    title: str
    version: int
    select: str
    priority: SafeString
    status: SafeString
    messages: int
    others: int
    others_have_it: str
    has_files: bool
    proposed: str
    requester: str
    department: str
    category: str
    team: str
    assignee: str
    face: SafeString
    age: str
    updated: str
    created: str
    changed: str
    type: str
    service: str
    tags: tuple[str, ...]
    due: SafeString
    affected: int
    spent: str
    is_unread: bool
    is_open: bool
    is_confined: bool
    is_free: bool
    can_take: bool
    take_label: str
    icons: Icons

    # Templates ask for `row["title"]` first and then for `row.title`; without this each of the thousand lookups of a
    # page raises an error before it succeeds, which is a fifth of the page's time.
    __getitem__ = object.__getattribute__


def values(tickets: TicketQuerySet, reader: User | None = None) -> QuerySet[Any, dict[str, Any]]:
    """The values that rows are made of. A merged category is shown under the name it goes by now.

    With a reader also how far they have read each ticket.
    """
    if reader is not None:
        own = FilteredRelation("desk_readings", condition=Q(desk_readings__user=reader.pk))
        tickets = tickets.annotate(reading=own, read=F("reading__version"))
    else:
        tickets = tickets.annotate(read=F("version"))
    return tickets.annotate(
        shown_category=Coalesce(F("category__merged_into__name"), F("category__name"))
    ).values(*FIELDS, "shown_category", "read")


def rows(
    found: Iterable[dict[str, Any]],
    reader: User,
    came_from: Callable[[Mapping[str, Any]], str] = lambda row: "",
) -> list[Row]:
    """Rows from `values`, in words for this reader; `came_from` is what links have behind the ticket's address."""
    words, found = _Words(reader), list(found)
    words.standing = due.standing(found)
    return [_row(one, words, came_from(one)) for one in found]


def drawn(found: Iterable[Row], columns: Iterable[str], *, out_of_band: bool = False) -> SafeString:
    """The rows as HTML, each with the columns of these names that there are."""
    shown = frozenset(columns).intersection(COLUMNS)
    each = ((_drawn(row, shown, oob=out_of_band),) for row in found)
    return format_html_join("", "{}", each)


@lru_cache(maxsize=4096)
def _drawn(row: Row, columns: frozenset[str], *, oob: bool) -> str:
    """Everything that it shows is in the key, so nobody gets what was drawn for other eyes."""
    context = {"row": row, "show": dict.fromkeys(columns, True), "oob": oob}
    return get_template("desk/queue/_row.html").render(context)


class _Words:
    """What the rows of one list have in common: each word is looked up once for the list, not for each row."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        self.standing: Mapping[int, int] = {}
        self.now = timezone.now()
        self.address = reverse("desk:ticket", args=[1])
        self.select = _("Select %(ref)s")
        self.take = _("Nobody has %(ref)s. Take it")
        self.none = _("none")
        self.nobody = (_("Nobody"), looks.avatar(None, "xs"))
        self.icons = Icons(
            messages=looks.icon("message-square"),
            files=looks.icon("paperclip"),
            others=looks.icon("users"),
            replies=_("replies"),
            attached=_("has attachments"),
            take=_("Take it"),
            lock=looks.icon("lock"),
            proposed=looks.icon("lightbulb"),
            confidential=_("Confidential:"),
        )
        self.status = cache(_status)
        self.priority = cache(_priority)
        self.type = cache(lambda slug: rulebook.type(slug).label)
        self.proposed = cache(lambda slug: _("may be: %(type)s") % {"type": self.type(slug)})
        self.span = cache(short)
        self.others = cache(_others)
        self.confidential, self.ordinary = (
            cache(partial(self._may_take, confined=confined)) for confined in (True, False)
        )

    def age(self, moment: datetime) -> str:
        """How long ago, by the minute."""
        return self.span(timedelta(minutes=(self.now - moment).total_seconds() // 60))

    def _may_take(self, team: TeamKey | None, *, confined: bool) -> bool:
        return self.reader.permits.allows(Permission.TICKETS_WORK, team, confined=confined)


def _row(one: dict[str, Any], words: _Words, came_from: str) -> Row:
    ref, others = numbers.show(one["number"]), one["affected_count"] - 1
    is_confined, is_free = bool(one["category__is_confined"]), one["assignee_id"] is None
    is_open = one["status"] in OPEN_STATUSES
    team = TeamKey(one["team_id"], bool(one["team__is_private"])) if one["team_id"] else None
    may_take = words.confidential if is_confined else words.ordinary
    can_take = is_free and is_open and may_take(team)
    assignee, face = (
        words.nobody if is_free else _person(one["assignee_id"], one["assignee__display_name"])
    )
    return Row(
        number=one["number"],
        ref=ref,
        url=words.address.replace(numbers.show(1), ref),
        came_from=came_from,
        title=one["title"],
        version=one["version"],
        select=words.select % {"ref": ref},
        priority=words.priority(one["priority"]),
        status=words.status(one["type"], one["status"], one["step"]),
        messages=one["message_count"],
        others=others,
        others_have_it=words.others(others),
        has_files=bool(one["file_count"]),
        proposed=words.proposed(one["proposed_type"]) if one["proposed_type"] and is_open else "",
        requester=_person(0, one["requester__display_name"])[0],
        department=one["requester__department__name"] or "",
        category=one["shown_category"] or words.none,
        team=one["team__name"] or "",
        assignee=assignee,
        face=face,
        age=words.age(one["created_at"]),
        updated=words.age(one["updated_at"]),
        created=one["created_at"].isoformat("T", "seconds"),
        changed=one["updated_at"].isoformat("T", "seconds"),
        type=words.type(one["type"]),
        service=one["service__name"] or "",
        tags=tuple(one["tags"]),
        due=due.chip(one["due_at"], words.now, brief=True)
        or due.paused_chip(words.standing.get(one["id"]), brief=True),
        affected=one["affected_count"],
        spent=_minutes(one["minutes_spent"]) if one["minutes_spent"] else "",
        is_unread=_is_unread(one, words.reader),
        is_open=is_open,
        is_confined=is_confined,
        is_free=is_free,
        can_take=can_take,
        take_label=words.take % {"ref": ref} if can_take else "",
        icons=words.icons,
    )


@lru_cache(maxsize=4096)
def _person(pk: int, name: str) -> tuple[str, SafeString]:
    """The short name and the face."""
    person = Person(pk, name)
    return person.short_name, looks.avatar(person, "xs")  # type: ignore[misc]  # a property of User


def _others(number: int) -> str:
    if not number:
        return ""
    return ngettext("%(n)d other has this", "%(n)d others have this", number) % {"n": number}


def _is_unread(one: dict[str, Any], reader: User) -> bool:
    """The twin of `TicketQuerySet.unread_by`."""
    if one["read"] is None:
        return one["assignee_id"] in {None, reader.pk}
    return bool(one["read"] < one["version"])


def _minutes(minutes: int) -> str:
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def _status(kind: str, status: str, step: str) -> SafeString:
    return looks.status_mark(status, rulebook.standing(kind, status, step).label)


def _priority(priority: int) -> SafeString:
    return looks.priority_mark(priority, str(Priority(priority).label))


def short(passed: timedelta) -> str:
    """A span as tables show it: now, 4m, 3h, 2d, 9w."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return _("%(n)dm") % {"n": minutes}
    if minutes < 60 * 24:
        return _("%(n)dh") % {"n": minutes // 60}
    days = minutes // (60 * 24)
    return _("%(n)dd") % {"n": days} if days < 60 else _("%(n)dw") % {"n": days // 7}
