"""Tickets that follow another one: parts that are resolved with their whole."""

from incidents.tickets.models import Link, Ticket


def parts_of(ticket: Ticket) -> list[int]:
    """The keys of the open tickets that are resolved with this one, with the parts of its parts."""
    found: set[int] = set()
    level = {ticket.pk}
    while level:
        synced = Link.objects.filter(
            other__in=level, kind=Link.Kind.CHILD_OF, is_synced=True, ticket__is_open=True
        )
        level = set(synced.values_list("ticket", flat=True)) - found - {ticket.pk}
        found |= level
    return sorted(found)
