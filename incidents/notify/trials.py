"""Tests that somebody sends by hand: they leave at once and wait in no queue, but “What was sent” has them, too."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.occasions import Occasion, Words, register
from incidents.notify.models import Channel, Delivery, State


def _never_again(_person: User, _data: dict[str, Any]) -> Words | None:
    """It was sent by hand, and is sent again by hand."""
    return None


WHY = _("Sent by hand, to see whether it works")
TRIALS = {
    Channel.MAIL: register(Occasion("letter_test", _("Test of a letter"), WHY, _never_again)),
    Channel.PUSH: register(Occasion("device_test", _("Test of a device"), WHY, _never_again)),
    Channel.CHAT: register(
        Occasion("service_test", _("Test of a chat or phone service"), WHY, _never_again)
    ),
}


def record(channel: Channel, of: str, *, by: User, error: str = "") -> None:
    """Write down a test of `of`, by its name as people know it, that `by` has just sent.

    One that did not leave is nothing that was lost and counts as no failure: it stands there as “not sent”.
    """
    now = timezone.now()
    row = Delivery.for_occasion(TRIALS[channel], by, {"of": of[:120]}, at=now)
    row.channel, row.attempts, row.tried_since = channel, 1, now
    row.state, row.sent_at = (State.DROPPED, None) if error else (State.SENT, now)
    row.last_error = error[:300]
    row.save()
