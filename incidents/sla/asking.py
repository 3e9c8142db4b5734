"""What pages ask of clocks."""

from collections.abc import Collection, Iterable

from incidents.sla.models import Clock
from incidents.tickets.models import Ticket

State = Clock.State
ORDER = ["first_response", "next_response", "resolution"]


def clocks_of(ticket: Ticket) -> list[Clock]:
    """Its clocks that say something, first response first. One query."""
    return sorted(Clock.objects.filter(ticket=ticket).exclude(state=State.CANCELLED), key=_place)


def open_clocks(tickets: Iterable[Ticket]) -> dict[int, list[Clock]]:
    """Of each ticket that has some, by its key, the clocks that run or stand, in the order of `clocks_of`. One query."""
    rows = Clock.objects.filter(ticket__in=[one.pk for one in tickets], stopped_at=None)
    found: dict[int, list[Clock]] = {}
    for row in sorted(rows.exclude(state=State.CANCELLED), key=_place):
        found.setdefault(row.ticket_id, []).append(row)
    return found


def paused(tickets: Collection[int]) -> dict[int, int]:
    """Of these tickets, by their keys, those with clocks that stand: the seconds left of what has the least. One query."""
    rows = Clock.objects.filter(ticket__in=tickets, stopped_at=None, paused_since__isnull=False)
    found: dict[int, int] = {}
    for ticket, target, used in rows.values_list("ticket", "target_seconds", "used_seconds"):
        found[ticket] = min(target - used, found.get(ticket, target))
    return found


def next_due(tickets: Iterable[Ticket]) -> dict[int, Clock]:
    """For each ticket, by its key, the clock that somebody has to look at next. One query.

    That is the one due first, in time or late; where all of them stand, the one with the least time left.
    """
    rows = Clock.objects.filter(
        ticket__in=[ticket.pk for ticket in tickets], stopped_at=None
    ).exclude(state=State.CANCELLED)
    found: dict[int, Clock] = {}
    for row in rows:
        held = found.get(row.ticket_id)
        if held is None or _urgency(row) < _urgency(held):
            found[row.ticket_id] = row
    return found


def _place(clock: Clock) -> int:
    return ORDER.index(clock.kind)


def _urgency(clock: Clock) -> tuple[int, float]:
    if clock.due_at is not None:
        return 0, clock.due_at.timestamp()
    return 1, clock.left_seconds
