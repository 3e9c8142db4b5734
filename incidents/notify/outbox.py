"""The outbox."""

from incidents.tickets.models import Event


def enqueue(event: Event) -> None:
    """Write the outbox rows of an event."""
