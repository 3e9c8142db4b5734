"""Entry points for the queue."""

from datetime import timedelta

from django.utils import timezone

from incidents.api import limits
from incidents.api.models import Made

KEPT = timedelta(days=1)
"""How long a key is remembered, as those of our own forms are."""


def sweep() -> None:
    limits.sweep()
    Made.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
