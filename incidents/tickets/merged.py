"""Tickets that were merged: where their way ends, what was merged into one, and whom that counts as affected."""

from collections.abc import Iterator
from datetime import timedelta

from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, Ticket, TicketQuerySet

UNDONE_WITHIN = timedelta(days=30)


def end_of(ticket: Ticket) -> int:
    """The key of the ticket where this one goes on: its own while it is not merged. Read anew, not from the instance."""
    key = ticket.pk
    while onward := Ticket.objects.filter(pk=key).values_list("merged_into", flat=True).get():
        key = onward
    return int(key)


def is_over(ticket: Ticket) -> bool:
    """Closed; of a merged ticket: where it goes on is."""
    if not ticket.merged_into_id:
        return ticket.is_closed
    return Ticket.objects.get(pk=end_of(ticket)).is_closed


def way_of(ticket: Ticket) -> list[int]:
    """The keys of the tickets into which this one was merged: the next one first, the end last."""
    way: list[int] = []
    key = ticket.pk
    while onward := Ticket.objects.filter(pk=key).values_list("merged_into", flat=True).get():
        way.append(onward)
        key = onward
    return way


def merging_of(ticket: Ticket) -> Event:
    """The event by which a merged ticket was merged."""
    own = ticket.events.of_kind(Kind.MERGED).order_by("-number")
    return next(event for event in own if not event.data["back"])


def levels(ticket: Ticket) -> Iterator[TicketQuerySet]:
    """What was merged into it, then what had been merged into those, and so on."""
    level = Ticket.objects.filter(merged_into=ticket.pk)
    while level.exists():
        yield level
        level = Ticket.objects.filter(merged_into__in=level.order_by().values("pk"))


def all_here(ticket: Ticket) -> list[int]:
    """The keys of all tickets that go on in this one."""
    return sorted(key for level in levels(ticket) for key in level.values_list("pk", flat=True))


def affected(ticket: Ticket) -> set[int]:
    """Everybody who has the trouble: requesters and those who said “me too”, of it and of all that goes on in it."""
    people = {ticket.requester_id, *_joined(Ticket.objects.filter(pk=ticket.pk))}
    for level in levels(ticket):
        people.update(level.values_list("requester", flat=True))
        people.update(_joined(level))
    return people


def is_counted(person: int, ticket: Ticket) -> bool:
    """Affected already, by a ticket that was merged into this one."""
    return any(
        level.filter(requester=person).exists() or person in _joined(level)
        for level in levels(ticket)
    )


def _joined(tickets: TicketQuerySet) -> set[int]:
    rows = Follower.objects.filter(ticket__in=tickets.order_by().values("pk"), has_joined=True)
    return set(rows.values_list("user", flat=True))
