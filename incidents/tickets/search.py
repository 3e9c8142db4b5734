"""Search over tickets."""

from incidents.tickets.models import Event


def index(event: Event) -> None:
    """Put what an event changed into the ticket's search document."""
