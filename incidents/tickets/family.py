"""Tickets that follow another one: parts that are resolved with their whole."""

from django.db.models import Q

from incidents.tickets.models import Link, Ticket


def parts_of(ticket: Ticket) -> list[int]:
    """The keys of the tickets that are tied to this one so, with the parts of its parts; also of those that are resolved."""
    return _below(ticket, Q())


def open_parts_of(ticket: Ticket) -> list[int]:
    """The keys of those that are resolved with it: a part that is resolved already hands nothing on to its own parts."""
    return _below(ticket, Q(ticket__is_open=True))


def _below(ticket: Ticket, which: Q) -> list[int]:
    found: set[int] = set()
    level = {ticket.pk}
    synced = Link.objects.filter(which, kind=Link.Kind.CHILD_OF, is_synced=True)
    while level:
        nearest = synced.filter(other__in=level).values_list("ticket", flat=True)
        level = set(nearest) - found - {ticket.pk}
        found |= level
    return sorted(found)
