"""Out of the outbox: claim a mail with a lease, send it outside any transaction, stamp it.

At least once: a worker that is lost while it sends leaves a lease behind, and when that lapses the mail is sent
again with the same Message-ID. Nothing is lost, and nothing has a second row.
"""

import logging
import random
import time
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from incidents.notify.letters import write
from incidents.notify.models import Delivery, State
from incidents.notify.postbox import Postbox, Undelivered, Verdict

log = logging.getLogger("firebreak.notify")

LEASE = timedelta(seconds=150)
"""Longer than a queued task may run, so that a lapsed lease means a lost worker."""
RUN = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE_AWAY = timedelta(minutes=4)
"""Shorter, so that everything is out five minutes after the server is back."""
GIVE_UP_AFTER = timedelta(days=4)
"""As SMTP itself does (RFC 5321, 4.5.4.1)."""
REST = timedelta(seconds=30)
RESTING = "notify-mail-server-away"


def send_due() -> int:
    """Send what is due until nothing is, the server is away, or the time of one run is over; how many were settled."""
    postbox, settled, end = Postbox(), 0, time.monotonic() + RUN.total_seconds()
    try:
        while time.monotonic() < end and not cache.get(RESTING) and (delivery := claim()):
            if not settle(delivery, postbox):
                break
            settled += 1
    finally:
        postbox.close()
    return settled


def claim() -> Delivery | None:
    """Take the next due mail for ourselves, for the time of the lease."""
    now = timezone.now()
    with transaction.atomic():
        due = Delivery.objects.due(now).with_words()
        delivery = due.select_for_update(skip_locked=True, of=("self",)).first()
        if delivery is None:
            return None
        delivery.state, delivery.leased_until = State.SENDING, now + LEASE
        delivery.attempts += 1
        ours = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING).update(
            state=delivery.state, leased_until=delivery.leased_until, attempts=delivery.attempts
        )
    return delivery if ours else None


def settle(delivery: Delivery, postbox: Postbox) -> bool:
    """Send a claimed mail or say why not; false when the server is away, and trying others is no use."""
    if not _may_hear(delivery):
        _finish(delivery, State.DROPPED, "the recipient may not see this any more")
        return True
    try:
        postbox.send(write(delivery))
    except Undelivered as failure:
        return _put_back(delivery, failure)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.SENT, sent_at=timezone.now(), leased_until=None, last_error=""
    )
    return True


def free_lapsed() -> int:
    """Give mail back whose worker was lost."""
    now = timezone.now()
    lapsed = Delivery.objects.filter(state=State.SENDING, leased_until__lt=now)
    old = Q(event__recorded_at__lt=now - GIVE_UP_AFTER) | Q(news__at__lt=now - GIVE_UP_AFTER)
    lapsed.filter(old).update(
        state=State.FAILED, leased_until=None, last_error="given up: no worker could send it"
    )
    return lapsed.update(state=State.WAITING, leased_until=None, due_at=now)


def pause(attempts: int, longest: timedelta) -> timedelta:
    """How long to wait after so many attempts: doubling, and never all at the same moment."""
    doubled = FIRST_PAUSE * 2 ** min(attempts - 1, 10)
    return min(doubled, longest) * random.uniform(0.75, 1)  # noqa: S311 (spreads load, guards nothing)


def _may_hear(delivery: Delivery) -> bool:
    """Asked again at sending: rights may be gone since the event."""
    reader = delivery.recipient
    return reader.is_active and Delivery.objects.may_hear(reader).filter(pk=delivery.pk).exists()


def _put_back(delivery: Delivery, failure: Undelivered) -> bool:
    now = timezone.now()
    away = failure.verdict is Verdict.AWAY
    if failure.verdict is Verdict.NEVER or delivery.told_at < now - GIVE_UP_AFTER:
        log.warning("mail %s failed for good: %s", delivery.pk, failure.reason)
        _finish(delivery, State.FAILED, failure.reason)
    else:
        longest = LONGEST_PAUSE_AWAY if away else LONGEST_PAUSE
        _finish(delivery, State.WAITING, failure.reason, due_at=now + pause(delivery.attempts, longest))  # fmt: skip
    if away:
        log.warning("mail server away: %s", failure.reason)
        cache.set(RESTING, True, REST.total_seconds())
    return not away


def _finish(delivery: Delivery, state: State, reason: str, **changes: datetime) -> None:
    """Only while the lease is ours: somebody may have sent it meanwhile."""
    Delivery.objects.filter(
        pk=delivery.pk, state=State.SENDING, leased_until=delivery.leased_until
    ).update(state=state, leased_until=None, last_error=reason[:300], **changes)
