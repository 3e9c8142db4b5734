"""When somebody wants to be left alone."""

from datetime import time

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.notify.models import Habits


@transaction.atomic
def keep_hours(
    *, by: User, quiet_from: time | None, quiet_until: time | None, morning_at: time
) -> None:
    """Hold back what is not urgent between these times, by the clock in `by`'s zone. Neither: tell at any hour.

    Raises:
        InvalidInput: only one end is given, or both are the same.
    """
    if (quiet_from is None) != (quiet_until is None):
        raise InvalidInput(_("Give both a beginning and an end, or neither."), field="quiet_until")
    if quiet_from is not None and quiet_from == quiet_until:
        raise InvalidInput(
            _("A day without a moment to tell you anything can’t be. Choose another end."),
            field="quiet_until",
        )
    if quiet_from is None and morning_at == Habits.MORNING:
        Habits.objects.filter(user=by).delete()
        return
    Habits.objects.update_or_create(
        user=by,
        defaults={
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "morning_at": morning_at,
        },
    )
