"""What lanes and rows of a board can be: status, priority, assignee, team.

An axis knows its lanes in order, which tickets stand in one, from where a card may come, and the one verb that a move
is. Permissions and transitions stay the verbs' business; what is asked here only decides what is offered.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import Role, Team, User
from accounts.permissions import Permission
from accounts.permits import TeamLike
from accounts.templatetags import firebreak as looks
from incidents.desk.board.words import (
    AskForm,
    HoldForm,
    ReasonForm,
    ReopenForm,
    ResolvedForm,
    WhyForm,
    WordsForm,
)
from incidents.desk.sidebar import queues_of
from incidents.tickets import actions, ways
from incidents.tickets.models import Ticket, TicketQuerySet
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import OPEN_STATUSES, Status

BY_URGENCY = ("priority", "due_at", "created_at", "id")
LATEST_FIRST = ("-resolved_at", "-id")
NOBODY, ME, OTHERS, NONE = "nobody", "me", "others", "none"
MOST_PEOPLE = 12
MOST_TEAMS = 20
LANES = (Status.NEW, Status.OPEN, Status.WAITING_REQUESTER, Status.WAITING_OTHER, Status.RESOLVED)


@dataclass(frozen=True)
class Lane:
    """One lane, or one row. `mark` is its label as it is drawn; `after` the lanes that a card may come from."""

    key: str
    label: str
    mark: SafeString
    after: tuple[str, ...] = ()
    order: tuple[str, ...] = BY_URGENCY


@dataclass(frozen=True)
class Move:
    """A card on its way: where to, by whom, based on which version, with which words."""

    to: str
    by: User
    expected: int | None = None
    words: Mapping[str, Any] | None = None
    key: str = ""


class Axis:
    """Base of all axes, and by itself the one without: everything in one row."""

    name = NONE

    def __init__(self, reader: User, team: Team | None) -> None:
        self.reader = reader
        self.team = team

    @cached_property
    def lanes(self) -> list[Lane]:
        return [Lane("all", _("All"), SafeString(_("All")))]

    def lane(self, key: str) -> Lane:
        """The lane with this key.

        Raises:
            InvalidInput: there is none, or none that a card can be put into.
        """
        found = next((lane for lane in self.lanes if lane.key == key and lane.after), None)
        if found is None:
            raise InvalidInput(_("A card can’t be put there. Choose one of the lanes."), field="to")
        return found

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        return tickets.open()

    def key_of(self, row: Mapping[str, Any]) -> str:
        """In which lane a row of values stands."""
        return "all"

    def may(self, reader: User, team: TeamLike | None, *, confined: bool) -> bool:
        """May this reader move cards of this team along the axis?"""
        return False

    def words(self, ticket: Ticket, to: str, *, are_sent: bool) -> type[WordsForm] | None:
        """The form for what has to be said with this move, if anything has.

        Words that were sent are read even if the move needs none any more: they must not be lost.
        """
        return None

    def takes(self, ticket: Ticket, lane: Lane, here: str) -> bool:
        """Can this card, which stands in lane `here`, be put into that one?"""
        return here in lane.after

    def move(self, ticket: Ticket, move: Move) -> None:
        raise InvalidInput(_("A card can’t be put there. Choose one of the lanes."), field="to")


class ByStatus(Axis):
    """A lane for each status, whatever the workflows of the tickets call their steps."""

    name = "status"

    @cached_property
    def lanes(self) -> list[Lane]:
        leads = {
            (way.here.status, way.there.status)
            for kind in rulebook.types(even_retired=True)
            for way in kind.flow.ways
            if way.by_staff
        }
        return [
            Lane(
                status.value,
                self._label(status),
                looks.status_mark(status, self._label(status)),
                after=tuple(
                    here.value for here in Status if here != status and (here, status) in leads
                ),
                order=LATEST_FIRST if status == Status.RESOLVED else BY_URGENCY,
            )
            for status in LANES
        ]

    @staticmethod
    def _label(status: Status) -> str:
        return _("Resolved today") if status == Status.RESOLVED else str(status.label)

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        return self._counting_as(tickets, Status(key))

    @staticmethod
    def _counting_as(tickets: TicketQuerySet, status: Status) -> TicketQuerySet:
        if status != Status.RESOLVED:
            return tickets.open().filter(status=status)
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return tickets.resolved_since(midnight)

    def key_of(self, row: Mapping[str, Any]) -> str:
        status: str = row["status"]
        return Status.RESOLVED if status == Status.CLOSED else status

    def may(self, reader: User, team: TeamLike | None, *, confined: bool) -> bool:
        return reader.permits.allows(Permission.TICKETS_WORK, team, confined=confined)

    def takes(self, ticket: Ticket, lane: Lane, here: str) -> bool:
        return self._way(ticket, lane.key) is not None

    def words(self, ticket: Ticket, to: str, *, are_sent: bool) -> type[WordsForm] | None:
        way = self._way(ticket, to)
        there = way.there.status if way else self._status(to)
        if way is None and not are_sent:
            return None
        if ticket.is_resolved and there in OPEN_STATUSES:
            return ReopenForm
        if there == Status.RESOLVED and (way is None or not ticket.is_resolved):
            return ResolvedForm
        if not are_sent and not (way and way.needs_text):
            return None
        forms: dict[str, type[WordsForm]] = {
            Status.WAITING_REQUESTER: AskForm,
            Status.WAITING_OTHER: HoldForm,
            Status.OPEN: ReopenForm if way is None else WhyForm,
        }
        return forms.get(there, WhyForm)

    def move(self, ticket: Ticket, move: Move) -> None:
        """The one verb of each kind of step; what the workflow does not allow, it refuses in words."""
        said = move.words or {}
        text, there, step = said.get("body", ""), self._status(move.to), self._step(move.to)
        if there == Status.RESOLVED and said:
            actions.resolve(
                ticket, text, code=said.get("code", ""), to=step, by=move.by, expected=move.expected, key=move.key
            )  # fmt: skip
        elif (ticket.is_resolved or not self._way(ticket, move.to)) and there == Status.OPEN and said:  # fmt: skip
            actions.reopen(
                ticket, text, to=step, by=move.by, key=move.key, origin=Ticket.Origin.DESK
            )
        else:
            actions.transition(
                ticket, to=step or there, text=text, by=move.by, expected=move.expected, key=move.key
            )  # fmt: skip

    def _way(self, ticket: Ticket, key: str) -> Way | None:
        leading = [
            way
            for way in ways.open_to(self.reader, ticket)
            if self._is(way, key) and ways.goes_as_staff(self.reader, way, ticket)
        ]
        return ways.best(leading, *Status.values)

    def _is(self, way: Way, key: str) -> bool:
        return way.there.status == key

    def _status(self, key: str) -> Status:
        return Status(key)

    def _step(self, key: str) -> str:
        """Which step is meant, where the lane is one."""
        return ""


class ByStep(ByStatus):
    """A lane for each step of the one workflow that all tickets of the board have."""

    name = "step"

    def __init__(self, reader: User, team: Team | None, flow: Flow) -> None:
        super().__init__(reader, team)
        self.flow = flow

    @cached_property
    def lanes(self) -> list[Lane]:
        return [
            Lane(
                place.slug,
                self._named(place),
                looks.status_mark(place.status, self._named(place)),
                after=tuple(
                    way.here.slug for way in self.flow.ways if way.there == place and way.by_staff
                ),
                order=LATEST_FIRST if place.status == Status.RESOLVED else BY_URGENCY,
            )
            for place in self.flow.places
            if place.status != Status.CLOSED
        ]

    @staticmethod
    def _named(place: Place) -> str:
        if place.status != Status.RESOLVED:
            return place.label
        return _("%(step)s today") % {"step": place.label}

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        place = self._place(key)
        found = self._counting_as(tickets, place.status)
        if not place.is_default:
            return found.filter(step=place.slug)
        others = [one.slug for one in self.flow.of_status(place.status) if one != place]
        return found.exclude(step__in=others) if others else found

    def key_of(self, row: Mapping[str, Any]) -> str:
        status = Status.RESOLVED if row["status"] == Status.CLOSED else row["status"]
        return self.flow.at(status, row["step"]).slug

    def _place(self, key: str) -> Place:
        place = self.flow.place(key)
        assert place is not None  # noqa: S101 (keys are those of `lanes`)
        return place

    def _is(self, way: Way, key: str) -> bool:
        return way.there.slug == key

    def _status(self, key: str) -> Status:
        return self._place(key).status

    def _step(self, key: str) -> str:
        return key


def shared_flow(kinds: Collection[str], flows: Collection[str] = ()) -> Flow | None:
    """The workflow that tickets of these types have (of all types, if none is named), if it is one and the same.
    `flows`: those that the tickets are narrowed to besides, if they are.

    Where it has one step for each status, its lanes are those by status, so there is nothing to choose.
    """
    found = {
        one.flow.slug: one.flow
        for one in rulebook.types(even_retired=True)
        if (not kinds or one.slug in kinds) and (not flows or one.flow.slug in flows)
    }
    if len(found) != 1:
        return None
    flow = next(iter(found.values()))
    return flow if any(not place.is_default for place in flow.places) else None


class ByPriority(Axis):
    name = "priority"

    @cached_property
    def lanes(self) -> list[Lane]:
        keys = [str(level.value) for level in Priority]
        return [
            Lane(str(level.value), str(level.label), looks.priority_mark(level.value, str(level.label)), after=_all_but(keys, level))
            for level in Priority
        ]  # fmt: skip

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        return tickets.open().filter(priority=int(key))

    def key_of(self, row: Mapping[str, Any]) -> str:
        return str(row["priority"])

    def may(self, reader: User, team: TeamLike | None, *, confined: bool) -> bool:
        return reader.permits.allows(Permission.TICKETS_PRIORITISE, team, confined=confined)

    def words(self, ticket: Ticket, to: str, *, are_sent: bool) -> type[WordsForm] | None:
        """A reason, where the lane is not what impact and urgency make it."""
        follows = rulebook.priority(ticket.type, ticket.impact, ticket.urgency)
        return None if int(to) in {follows, ticket.priority} else ReasonForm

    def move(self, ticket: Ticket, move: Move) -> None:
        said = move.words or {}
        actions.set_priority(
            ticket, override=int(move.to), reason=said.get("reason", ""), by=move.by, expected=move.expected,
        )  # fmt: skip


class ByAssignee(Axis):
    """Nobody, me, and my colleagues: those who work in the team, or in any of the reader's teams."""

    name = "assignee"

    @cached_property
    def people(self) -> dict[str, User]:
        """The reader first, then the others by name."""
        own = (
            [self.team.pk] if self.team else self.reader.permits.teams_with(Permission.TICKETS_SEE)
        )
        roles = [one.pk for one in Role.objects.all() if Permission.TICKETS_WORK in one.permissions]
        held = {"grants__team__in": own} if own else {"grants__team__isnull": False}
        found = (
            User.objects.people().filter(grants__role__in=roles, **held).exclude(pk=self.reader.pk)
        )
        others = found.distinct().order_by("display_name", "pk")[:MOST_PEOPLE]
        works_here = self.reader.permits.allows(Permission.TICKETS_WORK, self.team)
        return {str(one.pk): one for one in [*([self.reader] if works_here else []), *others]}

    @cached_property
    def lanes(self) -> list[Lane]:
        keys = [NOBODY, *self.people, OTHERS]
        nobody = Lane(NOBODY, _("Nobody"), _person(None, _("Nobody")), after=_all_but(keys, NOBODY))
        people = [
            Lane(key, self._name(one), _person(one, self._name(one)), after=_all_but(keys, key))
            for key, one in self.people.items()
        ]
        return [
            nobody,
            *people,
            Lane(OTHERS, _("Somebody else"), _person(None, _("Somebody else"))),
        ]

    def _name(self, one: User) -> str:
        return _("Me") if one == self.reader else one.short_name

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        if key == NOBODY:
            return tickets.open().unassigned()
        if key == OTHERS:
            known = [one.pk for one in self.people.values()]
            return tickets.open().filter(assignee__isnull=False).exclude(assignee__in=known)
        return tickets.open().assigned_to(self.people[key])

    def key_of(self, row: Mapping[str, Any]) -> str:
        if row["assignee_id"] is None:
            return NOBODY
        key = str(row["assignee_id"])
        return key if key in self.people else OTHERS

    def may(self, reader: User, team: TeamLike | None, *, confined: bool) -> bool:
        return reader.permits.allows(Permission.TICKETS_WORK, team, confined=confined)

    def lane(self, key: str) -> Lane:
        return super().lane(str(self.reader.pk) if key == ME else key)

    def move(self, ticket: Ticket, move: Move) -> None:
        if move.to == NOBODY:
            actions.release(ticket, by=move.by, expected=move.expected)
        else:
            actions.assign(ticket, to=self.people[move.to], by=move.by, expected=move.expected)


class ByTeam(Axis):
    name = "team"

    @cached_property
    def teams(self) -> dict[str, Team]:
        return {team.slug: team for team in queues_of(self.reader).order_by("name")[:MOST_TEAMS]}

    @cached_property
    def _slugs(self) -> dict[int, str]:
        return {team.pk: slug for slug, team in self.teams.items()}

    @cached_property
    def lanes(self) -> list[Lane]:
        keys = [*self.teams, NONE]
        teams = [
            Lane(slug, team.name, _plain("users", team.name), after=_all_but(keys, slug))
            for slug, team in self.teams.items()
        ]
        return [
            *teams,
            Lane(NONE, _("Other teams, or none"), _plain("inbox", _("Other teams, or none"))),
        ]

    def narrow(self, tickets: TicketQuerySet, key: str) -> TicketQuerySet:
        if key == NONE:
            return tickets.open().exclude(team__in=self._slugs)
        return tickets.open().in_team(self.teams[key])

    def key_of(self, row: Mapping[str, Any]) -> str:
        return self._slugs.get(row["team_id"], NONE)

    def may(self, reader: User, team: TeamLike | None, *, confined: bool) -> bool:
        return reader.permits.allows(Permission.TICKETS_ASSIGN, team, confined=confined)

    def move(self, ticket: Ticket, move: Move) -> None:
        actions.move(ticket, to=self.teams[move.to], by=move.by, expected=move.expected)


AXES: dict[str, type[Axis]] = {
    axis.name: axis for axis in (ByStatus, ByPriority, ByAssignee, ByTeam)
}


def _all_but(keys: list[str], one: object) -> tuple[str, ...]:
    return tuple(key for key in keys if key != str(one))


def _plain(icon: str, words: str) -> SafeString:
    return format_html('<span class="fb-status">{}{}</span>', looks.draw(icon), words)


def _person(one: User | None, words: str) -> SafeString:
    return format_html(
        '<span class="fb-person">{}<bdi>{}</bdi></span>', looks.avatar(one, "xs"), words
    )
