"""Try again what was given up."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.notify import outbox
from incidents.notify.models import Acknowledgement, Delivery, Posting, State

FRESH = {"state": State.WAITING, "attempts": 1, "tried_since": None, "last_error": ""}
"""Not without an attempt: it may have arrived, so it goes again as it was, under the same mark."""


@transaction.atomic
def retry(row: Delivery, *, by: User) -> None:
    """Send a failed row again, with all that went along in its mail.

    Raises:
        NotAllowed: `by` does not look after channels.
        Refused: it did not fail.
    """
    _require(by, row.state)
    lead = row.bundled_in_id or row.pk
    rows = Delivery.objects.filter(Q(pk=lead) | Q(bundled_in=lead), state=State.FAILED)
    rows.update(due_at=timezone.now(), **FRESH)
    outbox.nudge(row.channel)


@transaction.atomic
def retry_posting(row: Posting, *, by: User) -> None:
    """The same for a team's chat channel."""
    _require(by, row.state)
    Posting.objects.filter(pk=row.pk, state=State.FAILED).update(due_at=timezone.now(), **FRESH)
    outbox.nudge("rooms")


@transaction.atomic
def retry_acknowledgement(row: Acknowledgement, *, by: User) -> None:
    """The same for a receipt to somebody whom we don't know. One that is too old is no news, and is not sent."""
    _require(by, row.state)
    failed = Acknowledgement.objects.filter(pk=row.pk, state=State.FAILED)
    failed.update(due_at=timezone.now(), **FRESH)
    outbox.nudge(Acknowledgement.LANE)


def _require(by: User, state: str) -> None:
    require(
        by.permits.anywhere(Permission.CHANNELS_MANAGE), _("This is for whoever looks after channels.")
    )  # fmt: skip
    if state != State.FAILED:
        raise Refused(_("This did not fail, so it is not sent again."))
