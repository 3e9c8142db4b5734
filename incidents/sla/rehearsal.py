"""What a change of the rules would do to open tickets, before it does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.sla import rules, spans
from incidents.sla.calendar import moment_of
from incidents.sla.log import logs_of
from incidents.sla.models import Change, Clock, TargetKind
from incidents.sla.reckoning import Standing, stand
from incidents.sla.rules import Book
from incidents.tickets.models import Ticket

MOST_TICKETS = 2_000
"""Open tickets that are tried while somebody waits: the most urgent, then the oldest."""
MOST_ROWS = 100
AT_A_TIME = 250

Effect = Literal["missed", "saved", "sooner", "later", "new", "gone"]
EFFECTS = {
    "missed": _("would be over at once"),
    "saved": _("would not be over any more"),
    "sooner": _("due sooner"),
    "later": _("due later"),
    "new": _("newly promised"),
    "gone": _("no longer promised"),
}
"""In the order in which they are told."""


@dataclass(frozen=True)
class Side:
    """A promise before or after."""

    state: str
    due_at: datetime | None
    left_seconds: int
    policy: str

    @property
    def state_label(self) -> str:
        return str(Clock.State(self.state).label)

    @property
    def left(self) -> str:
        return spans.show_seconds(self.left_seconds)


@dataclass(frozen=True)
class Row:
    """One clock of one ticket that would say something else."""

    ticket: Ticket
    kind: str
    effect: Effect
    before: Side | None
    after: Side | None
    is_seen: bool = False
    """May whoever looks read the ticket?"""

    @property
    def kind_label(self) -> str:
        return str(TargetKind(self.kind).label)

    @property
    def effect_label(self) -> str:
        return str(EFFECTS[self.effect])


@dataclass(frozen=True)
class Rehearsal:
    """Counts over all tickets that were tried, and some of the differences."""

    tried: int
    of: int
    tickets: int
    """Tickets with any difference."""
    counts: list[tuple[str, str, int]]
    """Effect, its words, how many clocks."""
    rows: list[Row]
    hidden: int
    """Differences that are not listed: there are too many, or the ticket is kept apart from whoever looks."""

    @property
    def is_partial(self) -> bool:
        return self.tried < self.of


def rehearse(change: Change, *, by: User, now: datetime) -> Rehearsal:
    """Compare every clock of open tickets by the rules as they are and as they would be. Writes nothing."""
    before, after = rules.current(), rules.rehearsed(change)
    most_urgent = Ticket.objects.open().by_urgency()
    tickets = list(most_urgent.select_related("team", "category")[:MOST_TICKETS])
    found = [
        row
        for at in range(0, len(tickets), AT_A_TIME)
        for row in _differences(tickets[at : at + AT_A_TIME], before, after, now=now)
    ]
    counts: Counter[str] = Counter(row.effect for row in found)
    listed = _listed(found, by=by)
    return Rehearsal(
        tried=len(tickets),
        of=Ticket.objects.open().count(),
        tickets=len({row.ticket.pk for row in found}),
        counts=[(name, str(words), counts[name]) for name, words in EFFECTS.items() if counts[name]],
        rows=listed,
        hidden=len(found) - len(listed),
    )  # fmt: skip


def _differences(
    tickets: Sequence[Ticket], before: Book, after: Book, *, now: datetime
) -> Iterator[Row]:
    logs = logs_of(tickets)
    old, new = (
        {
            (pk, one.reckoned.promise.kind): one
            for pk, standings in stand(tickets, book, now=now, logs=logs).items()
            for one in standings
        }
        for book in (before, after)
    )
    for ticket in tickets:
        for kind in TargetKind.values:
            was, will = _side(old.get((ticket.pk, kind))), _side(new.get((ticket.pk, kind)))
            effect = _effect(was, will)
            if effect:
                yield Row(ticket, kind, effect, was, will)


def _side(standing: Standing | None) -> Side | None:
    """Of a clock that somebody still has to do something for."""
    if standing is None or standing.reckoned.stopped_at is not None:
        return None
    it = standing.reckoned
    due = None if it.due_at is None else moment_of(it.due_at)
    return Side(it.state, due, it.promise.seconds - it.used, standing.policy.label)


def _effect(was: Side | None, will: Side | None) -> Effect | None:
    if was is None or will is None:
        return "new" if will else "gone" if was else None
    if (was.state == "missed") != (will.state == "missed"):
        return "missed" if will.state == "missed" else "saved"
    if was.due_at and will.due_at:
        if was.due_at == will.due_at:
            return None
        return "sooner" if will.due_at < was.due_at else "later"
    if was.left_seconds == will.left_seconds:
        return None
    return "sooner" if will.left_seconds < was.left_seconds else "later"


def _listed(found: list[Row], *, by: User) -> list[Row]:
    """The worst first. Titles only of what the person reads; of what is kept apart from them not even the number."""
    order = list(EFFECTS)
    found.sort(key=lambda row: (order.index(row.effect), row.ticket.priority, row.ticket.pk))
    keys = [row.ticket.pk for row in found[: MOST_ROWS * 3]]
    seen = set(Ticket.objects.seen_as_staff_by(by).filter(pk__in=keys).values_list("pk", flat=True))
    rows = [
        Row(row.ticket, row.kind, row.effect, row.before, row.after, row.ticket.pk in seen)
        for row in found[: MOST_ROWS * 3]
        if row.ticket.pk in seen or not row.ticket.is_kept_apart
    ]
    return rows[:MOST_ROWS]
