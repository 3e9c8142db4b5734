"""What the queue calls. Every job may run twice, or at the same time as another."""

from django.utils import timezone

from incidents.privacy import actions
from incidents.privacy.models import Erasure


def go_on(pk: int) -> None:
    """Work on an erasure: a nudge after it was begun."""
    actions.go_on(Erasure.objects.get(pk=pk))


def sweep() -> int:
    """Every minute: go on with erasures that are not done; how many there were."""
    left = list(Erasure.objects.filter(done_at=None).order_by("pk")[:10])
    for erasure in left:
        actions.go_on(erasure)
    return len(left)


def retain() -> None:
    """Every night."""
    actions.retain(now=timezone.now())
