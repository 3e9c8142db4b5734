"""What the queue calls. Every job may run twice, or at the same time as another."""

import logging

from django.utils import timezone

from incidents.privacy import actions
from incidents.privacy.models import Erasure

logger = logging.getLogger(__name__)


def go_on(pk: int) -> None:
    """Work on an erasure: a nudge after it was begun."""
    actions.go_on(Erasure.objects.get(pk=pk))


def sweep() -> int:
    """Every minute: go on with erasures that are not done; how many there were."""
    left = list(Erasure.objects.filter(done_at=None).order_by("pk")[:10])
    for erasure in left:
        try:
            actions.go_on(erasure)
        except Exception:  # one that can't go on must not keep the others of their right; the next minute tries again
            logger.exception("erasure %s does not go on", erasure.pk)
    return len(left)


def retain() -> None:
    """Every night."""
    actions.retain(now=timezone.now())
