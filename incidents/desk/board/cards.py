"""Cards of a board, ready to be printed: plain values put into words once, as rows of lists are (see `rows`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.templatetags import firebreak as looks
from incidents.desk import due
from incidents.desk.board.axes import Axis, ByStep
from incidents.desk.rows import Person, TeamKey, short
from incidents.tickets import numbers
from incidents.tickets.models import TicketQuerySet
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from incidents.workflow.states import OPEN_STATUSES, Status

FIELDS = (
    "id", "number", "title", "priority", "status", "step", "type", "message_count", "affected_count", "version", "created_at", "due_at",
    "resolved_at", "team_id", "team__is_private", "team__name", "category__is_confined", "assignee_id",
    "assignee__display_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """One ticket on the board. `is_fixed`: this reader can't move it to another lane, `stays` nor to another row."""

    number: int
    ref: str
    url: str
    title: str
    version: int
    marks: tuple[SafeString, ...]
    team: str
    people: str
    messages: int
    replies: str
    assignee: str
    face: SafeString
    is_done: bool
    is_closed: bool
    is_confined: bool
    is_fixed: bool
    stays: bool
    due: SafeString
    age: str
    since: str
    place: str
    move: str

    __getitem__ = object.__getattribute__  # see `rows.Row`


def values(tickets: TicketQuerySet) -> QuerySet[Any, dict[str, Any]]:
    return tickets.values(*FIELDS)


class Printer:
    """Makes cards for one reader and one board."""

    def __init__(
        self,
        reader: User,
        lanes: Axis,
        rows: Axis,
        *,
        shows_team: bool,
        query: str,
        came_from: str,
    ) -> None:
        self.reader = reader
        self.lanes = lanes
        self.rows = rows
        self.shows_team = shows_team
        self.now = timezone.now()
        self.standing: Mapping[int, int] = {}
        """Tickets whose promises are paused, see `due.standing`."""
        # Asked once, not for every card.
        self.address = f"{reverse('desk:ticket', args=[1])}?{came_from}"
        self.place = f"{reverse('desk:board-place', args=[1])}?{query}"
        told = {lanes.name, rows.name} | ({"status"} if lanes.name == ByStep.name else set())
        self.marks = [name for name in ("priority", "status") if name not in told]
        self.names = {level.value: str(level.label) for level in Priority}
        self.status = cache(_status)
        self.nobody = _("Nobody yet")
        self.open, self.resolved = _("open %(span)s"), _("resolved %(span)s ago")
        self.just_filed, self.just_resolved = _("just filed"), _("just resolved")
        self.move = _("Move %(ref)s")
        self.may: dict[tuple[Any, Any, Any], tuple[bool, bool]] = {}

    def cards(self, found: Iterable[Mapping[str, Any]]) -> list[Card]:
        return [self._card(one) for one in found]

    def _card(self, one: Mapping[str, Any]) -> Card:
        ref = numbers.show(one["number"])
        status, nobody = one["status"], one["assignee_id"] is None
        who = None if nobody else Person(one["assignee_id"], one["assignee__display_name"])
        is_done = status not in OPEN_STATUSES
        since: datetime = one["resolved_at"] if is_done else one["created_at"]
        along_lanes, along_rows = self._may(one)
        others = one["affected_count"]
        return Card(
            number=one["number"],
            ref=ref,
            url=self.address.replace(numbers.show(1), ref, 1),
            title=one["title"],
            version=one["version"],
            marks=tuple(self._mark(name, one) for name in self.marks),
            team=(one["team__name"] or "") if self.shows_team else "",
            people=ngettext("%(n)d person", "%(n)d people", others) % {"n": others}
            if others > 1
            else "",
            messages=one["message_count"],
            replies=ngettext("reply", "replies", one["message_count"]),
            assignee=who.short_name if who else self.nobody,  # type: ignore[misc]  # see `rows._short`
            face=looks.avatar(who, "xs"),
            is_done=is_done,
            is_closed=status == Status.CLOSED,
            is_confined=bool(one["category__is_confined"]),
            is_fixed=not along_lanes or status == Status.CLOSED,
            stays=not along_rows or status == Status.CLOSED,
            due=(due.NOTHING if is_done else due.chip(one["due_at"], self.now))
            or due.paused_chip(self.standing.get(one["id"])),
            age=self._age(self.now - since, is_done=is_done),
            since=since.isoformat("T", "seconds"),
            place=self.place.replace(numbers.show(1), ref, 1),
            move=self.move % {"ref": ref},
        )

    def _age(self, passed: timedelta, *, is_done: bool) -> str:
        """In words, since beside it other cards show the time that is left."""
        if passed < timedelta(minutes=1):
            return self.just_resolved if is_done else self.just_filed
        return (self.resolved if is_done else self.open) % {"span": short(passed)}

    def _may(self, one: Mapping[str, Any]) -> tuple[bool, bool]:
        """Along lanes, along rows. Asked once for each team, since hundreds of cards are of few teams."""
        key = (one["team_id"], one["team__is_private"], bool(one["category__is_confined"]))
        if key not in self.may:
            team = TeamKey(one["team_id"], one["team__is_private"]) if one["team_id"] else None
            self.may[key] = (
                self.lanes.may(self.reader, team, confined=key[2]),
                self.rows.may(self.reader, team, confined=key[2]),
            )
        return self.may[key]

    def _mark(self, name: str, one: Mapping[str, Any]) -> SafeString:
        if name == "priority":
            return looks.priority_mark(one["priority"], self.names[one["priority"]])
        return self.status(one["type"], one["status"], one["step"])


def _status(kind: str, status: str, step: str) -> SafeString:
    return looks.status_mark(status, rulebook.standing(kind, status, step).label)
