"""Waking the live stream."""

from incidents.tickets.models import Event


def publish(event: Event) -> None:
    """Tell the streams, at commit."""
