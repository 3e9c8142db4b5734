"""What the queue calls. Every job may run twice, or at the same time as another."""

from django.utils import timezone

from incidents.escalation import ticks


def tick() -> int:
    """Every minute: plan anew where chains changed, then take the steps that are due."""
    return ticks.tick(timezone.now())
