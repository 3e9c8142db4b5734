"""Who is absent, in the days of their own time zone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Absence, User

A_DAY = timedelta(days=1)
"""No two places on earth are more than a day apart, so that one query finds whoever may be absent."""


def absent(people: Iterable[User], *, at: datetime) -> dict[int, Absence]:
    """Those of these people who are absent at this moment, by key, with the absence that ends last."""
    wanted = {person.pk: person for person in people}
    near = Absence.objects.filter(
        user__in=wanted,
        starts_on__lte=timezone.localdate(at) + A_DAY,
        ends_on__gte=timezone.localdate(at) - A_DAY,
    )
    found = {}
    for one in near.order_by("ends_on", "pk"):
        today = timezone.localdate(at, wanted[one.user_id].zone)
        if one.starts_on <= today <= one.ends_on:
            found[one.user_id] = one
    return found
