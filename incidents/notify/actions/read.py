"""Take note of what the bell rang for."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from incidents.live import wake
from incidents.notify.models import Delivery, DeliveryQuerySet


def read(delivery: Delivery, *, by: User) -> None:
    """One row of one's own bell was read. Reading again changes nothing."""
    _mark(Delivery.objects.bell_of(by).filter(pk=delivery.pk), by)


def read_all(*, by: User, newest: int) -> None:
    """Everything up to row `newest` was read; what rang after the page was shown stays unread."""
    _mark(Delivery.objects.bell_of(by).filter(pk__lte=newest), by)


@transaction.atomic
def _mark(rows: DeliveryQuerySet, by: User) -> None:
    if rows.unread().update(read_at=timezone.now()):
        wake.publish_bell([by.pk])
