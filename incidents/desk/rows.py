"""Rows of the desk's lists, ready to be printed.

A list draws fifty of them, so they are read as plain values and put into words here once, and the template is one
loop without a tag. With model instances the same page cost four times the time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import Permission
from accounts.templatetags import firebreak as looks
from incidents.tickets import numbers
from incidents.tickets.models import Ticket, TicketQuerySet
from incidents.tickets.priority import Priority
from incidents.tickets.states import OPEN_STATUSES, Status

FIELDS = (
    "id", "number", "title", "priority", "status", "type", "message_count", "file_count", "affected_count", "minutes_spent", "tags",
    "version", "created_at", "updated_at", "team_id", "team__is_private", "category__is_confined", "team__name",
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


@dataclass
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
    tags: list[str]
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
    now = timezone.now()
    address = reverse("desk:ticket", args=[1])  # asked once, not fifty times
    icons = Icons(
        messages=looks.icon("message-square"),
        files=looks.icon("paperclip"),
        others=looks.icon("users"),
        replies=_("replies"),
        attached=_("has attachments"),
        take=_("Take it"),
        lock=looks.icon("lock"),
        confidential=_("Confidential:"),
    )
    return [_row(one, reader, now, address, came_from(one), icons) for one in found]


def _row(
    one: dict[str, Any], reader: User, now: datetime, address: str, came_from: str, icons: Icons
) -> Row:
    team = TeamKey(one["team_id"], one["team__is_private"]) if one["team_id"] else None
    nobody = one["assignee_id"] is None
    assignee = None if nobody else Person(one["assignee_id"], one["assignee__display_name"])
    return Row(
        number=one["number"],
        ref=numbers.show(one["number"]),
        url=address.replace(numbers.show(1), numbers.show(one["number"])),
        came_from=came_from,
        title=one["title"],
        version=one["version"],
        select=_("Select %(ref)s") % {"ref": numbers.show(one["number"])},
        priority=_priority(one["priority"]),
        status=_status(one["status"]),
        messages=one["message_count"],
        others=(others := one["affected_count"] - 1),
        others_have_it=ngettext("%(n)d other has this", "%(n)d others have this", others)
        % {"n": others}
        if others
        else "",
        has_files=bool(one["file_count"]),
        requester=_short(Person(0, one["requester__display_name"])),
        department=one["requester__department__name"] or "",
        category=one["shown_category"] or _("none"),
        team=one["team__name"] or "",
        assignee=_short(assignee) if assignee else _("Nobody"),
        face=looks.avatar(assignee, "xs"),
        age=short(now - one["created_at"]),
        updated=short(now - one["updated_at"]),
        created=one["created_at"].isoformat("T", "seconds"),
        changed=one["updated_at"].isoformat("T", "seconds"),
        type=str(Ticket.Type(one["type"]).label),
        service=one["service__name"] or "",
        tags=one["tags"],
        affected=one["affected_count"],
        spent=_minutes(one["minutes_spent"]) if one["minutes_spent"] else "",
        is_unread=_is_unread(one, reader),
        is_open=one["status"] in OPEN_STATUSES,
        is_confined=bool(one["category__is_confined"]),
        is_free=nobody,
        can_take=nobody
        and one["status"] in OPEN_STATUSES
        and reader.permits.allows(
            Permission.TICKETS_WORK, team, confined=bool(one["category__is_confined"])
        ),
        take_label=_("Nobody has %(ref)s. Take it") % {"ref": numbers.show(one["number"])},
        icons=icons,
    )


def _is_unread(one: dict[str, Any], reader: User) -> bool:
    """The twin of `TicketQuerySet.unread_by`."""
    if one["read"] is None:
        return one["assignee_id"] in {None, reader.pk}
    return bool(one["read"] < one["version"])


def _minutes(minutes: int) -> str:
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def _short(person: Person) -> str:
    return person.short_name  # type: ignore[misc]  # a property of User that needs only its name


@dataclass(frozen=True)
class _Look:
    """Enough of a ticket for the tags that draw status and priority."""

    status: str = Status.NEW
    priority: int = Priority.P5

    def get_status_display(self) -> str:
        return str(Status(self.status).label)

    def get_priority_display(self) -> str:
        return str(Priority(self.priority).label)


def _status(status: str) -> SafeString:
    return looks.status_badge(_Look(status=status))


def _priority(priority: int) -> SafeString:
    return looks.priority(_Look(priority=priority))


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
