"""Which step of its chain a ticket takes next, and when. Worked out from the ticket's log, whenever something happens.

A step's condition holds since some event (the report, being given back, coming to another team); this event's number is
the *round*. A step is taken once in a round, steps in their order; a step whose condition is gone, or that would raise
nothing, is passed over. What comes due while the chain is not the ticket's, for it is another time, waits until it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from incidents.escalation.models import SHARES, ChainStep, Plan, Taken
from incidents.escalation.rules import ChainRule, Rules, StepRule, Turn
from incidents.sla import rules as sla
from incidents.sla.calendar import moment_of, seconds_of
from incidents.sla.clock import Reckoned
from incidents.sla.reckoning import stand
from incidents.sla.rules import Book as SlaRules
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket

PAUSE = timedelta(minutes=2)
"""Between two steps of one ticket that are late, so that who is told by the first can still act."""
GRACE = timedelta(minutes=5)
"""After the end of a chain's time in which what came due before is still done: ticks are a minute apart."""
LOOKED_THROUGH = 30
MATTER = frozenset(
    {
        Kind.FILED, Kind.ASSIGNED, Kind.MOVED, Kind.REPLIED, Kind.STATUS_CHANGED, Kind.RESOLVED, Kind.REOPENED,
        Kind.CLOSED, Kind.WITHDRAWN, Kind.PRIORITISED, Kind.CATEGORISED, Kind.SERVICE_SET, Kind.TYPE_CHANGED,
        Kind.JOINED, Kind.MERGED, Kind.UNMERGED, Kind.UNDONE,
    }
)  # fmt: skip
"""Events after which another step may come next, or at another time."""
GIVEN = {"assignee_id", "status"}
"""What an undone change gives back and who waits for it depends on."""
BEGINS_WAITING = (Kind.FILED, Kind.ASSIGNED, Kind.MOVED, Kind.REOPENED, Kind.UNDONE)


@dataclass(frozen=True)
class Since:
    """A condition holds: since when, and in which round."""

    at: datetime
    round: int


@dataclass(frozen=True)
class Coming:
    """A step that is taken at `due_at`, unless its condition is gone by then."""

    chain: ChainRule
    step: StepRule
    round: int
    due_at: datetime
    priority: int | None = None
    """What raising makes of it."""


class Standing:
    """A ticket as one of its chains sees it at this moment."""

    def __init__(self, ticket: Ticket, turn: Turn, now: datetime) -> None:
        self.ticket = ticket
        self.turn = turn
        self.chain = turn.chain
        self.now = now

    def coming(self) -> Iterator[Coming]:
        """The steps that are still to come as things stand, in order; late ones not before the last one's pause."""
        last = max((one.at for one in self.taken), default=None)
        priority = self.ticket.priority
        for step in self.chain.steps:
            since = self.since(step)
            if since is None or (step.key, since.round) in self._keys:
                continue
            to = step.raises_to(priority)
            if step.deed == ChainStep.Deed.RAISE and to is None:
                continue
            due = self._due(step, since)
            if due is None:
                continue
            if last is not None:
                due = max(due, last + PAUSE)
            due = self._in_time(due)
            if due is None:
                continue
            yield Coming(self.chain, step, since.round, due, to)
            last, priority = due, to or priority

    def _in_time(self, due: datetime) -> datetime | None:
        """This moment, or the first after it at which the chain is the ticket's."""
        return due if self.turn.is_always else self.turn.first(max(due, self.now - GRACE))

    def _due(self, step: StepRule, since: Since) -> datetime | None:
        """When a step's time is over; nothing while its clock stands before that."""
        if step.basis in SHARES:
            share = self._promises[step.basis].when(step.after)
            return None if share is None else moment_of(share)
        if (
            self.chain.calendar is None
            or (hours := self._sla.hours.get(self.chain.calendar)) is None
        ):
            return since.at + timedelta(minutes=step.after)
        over = hours.after(seconds_of(since.at), step.after * 60)
        return None if over is None else moment_of(over)

    def since(self, step: StepRule) -> Since | None:
        """Since when the condition of a step holds; nothing where it doesn't."""
        if not self.ticket.is_open:
            return None
        if step.basis == ChainStep.Basis.UNASSIGNED:
            return None if self.ticket.assignee_id else self._unassigned
        if step.basis == ChainStep.Basis.UNANSWERED:
            return None if self.ticket.first_reply_at else Since(self.ticket.created_at, 1)
        promise = self._promises.get(step.basis)
        if promise is None or promise.stopped_at is not None:
            return None
        return Since(moment_of(promise.started_at), promise.started_at)

    @cached_property
    def _sla(self) -> SlaRules:
        return sla.current()

    @cached_property
    def _promises(self) -> dict[str, Reckoned]:
        """What the SLA promises for this ticket and what became of it by now, by its kind."""
        found = stand([self.ticket], self._sla, now=self.now)[self.ticket.pk]
        return {one.reckoned.promise.kind: one.reckoned for one in found}

    @cached_property
    def taken(self) -> list[Taken]:
        """Steps of the chain that were taken on this ticket."""
        return list(Taken.objects.filter(ticket=self.ticket.pk, chain=self.chain.pk).order_by("pk"))

    @cached_property
    def _keys(self) -> set[tuple[str, int]]:
        return {(one.step, one.round) for one in self.taken}

    @cached_property
    def _unassigned(self) -> Since:
        """Since somebody gave it back, or reported it; for another team's chain since that team has it.

        What a chain itself hands over begins no new round, so that chains can't drive each other without end.
        """
        events = self.ticket.events.filter(kind__in=BEGINS_WAITING).select_related("actor")
        moved_at: datetime | None = None
        began: Event | None = None
        for event in events.order_by("-number")[:LOOKED_THROUGH]:
            if event.kind == Kind.MOVED:
                moved_at = moved_at or event.occurred_at
                if event.actor.is_system:
                    continue
            if event.kind == Kind.UNDONE and GIVEN.isdisjoint(event.data.get("set", {})):
                continue
            began = event
            break
        if began is None:
            return Since(self.ticket.created_at, 1)
        is_under_way = any(one.round == began.number for one in self.taken)
        at = began.occurred_at
        if moved_at and not is_under_way:
            at = max(at, moved_at)
        return Since(at, began.number)


def all_steps(ticket: Ticket, rules: Rules, *, now: datetime) -> list[Coming]:
    """What is to come for this ticket as things stand, by its time."""
    turns = rules.turns(ticket) if ticket.is_open else []
    found = [one for turn in turns for one in Standing(ticket, turn, now).coming()]
    return sorted(found, key=_when)


def next_step(ticket: Ticket, rules: Rules, *, now: datetime) -> Coming | None:
    """What comes next for this ticket, if anything does."""
    turns = rules.turns(ticket) if ticket.is_open else []
    first = [next(Standing(ticket, turn, now).coming(), None) for turn in turns]
    return min((one for one in first if one), key=_when, default=None)


def _when(coming: Coming) -> datetime:
    return coming.due_at


def plan(ticket: Ticket, rules: Rules, *, now: datetime) -> Coming | None:
    """Write down what comes next. Call it with the ticket's row held."""
    coming = next_step(ticket, rules, now=now)
    if coming is None:
        Plan.objects.filter(ticket=ticket.pk).delete()
        return None
    Plan.objects.update_or_create(
        ticket_id=ticket.pk,
        defaults={
            "chain_id": coming.chain.pk,
            "version": coming.chain.version,
            "step": coming.step.key,
            "round": coming.round,
            "due_at": coming.due_at,
            "leased_until": None,
        },
    )
    return coming
