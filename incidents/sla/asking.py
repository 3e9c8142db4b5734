"""What pages ask of clocks."""

from collections.abc import Collection, Iterable

from incidents.sla.models import Clock
from incidents.tickets.models import Ticket

State = Clock.State


def clocks_of(ticket: Ticket) -> list[Clock]:
    """Its clocks that say something, first response first. One query."""
    order = ["first_response", "next_response", "resolution"]
    rows = Clock.objects.filter(ticket=ticket).exclude(state=State.CANCELLED)
    return sorted(rows, key=lambda row: order.index(row.kind))


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


def _urgency(clock: Clock) -> tuple[int, float]:
    if clock.due_at is not None:
        return 0, clock.due_at.timestamp()
    return 1, clock.left_seconds
