"""Taking away mail as it came once it is old, a portion at a time. What it became stays: that is a ticket's.

How long it is kept is said by rules, see `incidents.privacy.retention`.
"""

from datetime import datetime
from typing import Any

from accounts.models import User
from incidents.mail.models import MailSource, RawMail

AT_ONCE = 500
State = RawMail.State


def old(before: datetime, *, unused: bool) -> Any:
    """Mail that came before then and is still there as it came: what is on a ticket, or that of which nothing was made.

    What is held or set aside is in neither: it stays until somebody decides.
    """
    state = State.IGNORED if unused else State.TAKEN
    return RawMail.objects.filter(
        state=state, received_at__lt=before, kept_source__isnull=False
    ).order_by("pk")


def forget_taken(before: datetime, *, by: User) -> int:
    """The bytes go; the key of a mail stays, so that it never comes in twice."""
    return _forget(list(old(before, unused=False).values_list("pk", flat=True)[:AT_ONCE]))


def forget_unused(before: datetime, *, by: User) -> int:
    """Of what nothing was made also goes who sent it and what about."""
    keys = list(old(before, unused=True).values_list("pk", flat=True)[:AT_ONCE])
    RawMail.objects.filter(pk__in=keys).update(sender="", subject="", mail_id="", detail="")
    return _forget(keys)


def _forget(keys: list[int]) -> int:
    return int(MailSource.objects.filter(pk__in=keys).delete()[0])
