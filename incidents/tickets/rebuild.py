"""Tickets from their log: to check that row and log agree, and to mend a row that does not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from incidents.tickets import chain
from incidents.tickets.models import Event, Ticket


@dataclass(frozen=True)
class Difference:
    """A field of a ticket's row that its log tells otherwise."""

    ticket: Ticket
    field: str
    row: object
    log: object


def rebuild(ticket: Ticket) -> Ticket:
    """The ticket as its log tells it, not saved."""
    return Ticket.from_log(ticket.number, ticket.events.order_by("number"))


def compare(row: Ticket, log: Ticket) -> list[Difference]:
    return [
        Difference(row, field, getattr(row, field), getattr(log, field))
        for field in Ticket.PROJECTED
        if getattr(row, field) != getattr(log, field)
    ]


def all_differences(chunk: int = 2000) -> Iterator[Difference]:
    """Walk every ticket with its events, in two streams side by side."""
    events: Iterable[Event] = Event.objects.order_by("ticket_id", "number").iterator(
        chunk_size=chunk
    )
    by_ticket = groupby(events, key=lambda event: event.ticket_id)
    key, told = next(by_ticket, (None, iter(())))
    for row in Ticket.objects.order_by("pk").iterator(chunk_size=chunk):
        if key == row.pk:
            log = Ticket.from_log(row.number, told)
            key, told = next(by_ticket, (None, iter(())))
        else:
            log = Ticket(number=row.number)
        yield from compare(row, log)


def broken_link(ticket: Ticket) -> Event | None:
    """The first event whose hash does not follow from the one before it, or whose data was changed."""
    previous = chain.START
    for event in ticket.events.order_by("number"):
        if event.digest != chain.digest(event.data) or event.hash != event.sealed(
            previous, ticket.number
        ):
            return event
        previous = event.hash
    return None
