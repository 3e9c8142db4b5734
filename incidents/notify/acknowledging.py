"""Acknowledgements on their way out: claimed with a lease, sent, stamped, as the outbox does; few, and never urgent."""

import logging
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone, translation

from accounts.outbound import is_outgoing_on
from accounts.patience import doubling
from incidents.notify.correspondence import Acknowledgement, LetterKind, LetterLook
from incidents.notify.filling import fill, of_site
from incidents.notify.frame import LONGEST_SUBJECT, Body, compose, one_line
from incidents.notify.letters import envelope
from incidents.notify.postbox import Postbox, Undelivered, Verdict
from incidents.notify.wording import Texts

log = logging.getLogger("firebreak.notify")

LEASE = timedelta(seconds=150)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(minutes=128)
GIVE_UP_AFTER = timedelta(hours=12)
"""“We have your mail” is no news later."""
KEPT = timedelta(days=2)
"""Longer than the longest limit counts."""


def send_due() -> int:
    """Send what waits until nothing does or the server is away; how many were settled."""
    if not is_outgoing_on():
        return 0
    postbox, settled = Postbox(), 0
    try:
        while row := _claim(timezone.now()):
            if not _settle(row, postbox):
                break
            settled += 1
    finally:
        postbox.close()
    return settled


def write(row: Acknowledgement) -> EmailMultiAlternatives:
    """Everything in it is ours or the organisation's, and nothing is whoever's wrote to us."""
    with translation.override(row.language):
        texts, values = Texts.of(LetterKind.UNKNOWN_SENDER, row.language), of_site()
        subject = one_line(fill(texts.subject, values), LONGEST_SUBJECT)
        letter = compose(subject, values, Body(), texts=texts, look=LetterLook.now())
        headers = {"Message-ID": row.message_id}
        if row.answers:
            headers |= {"In-Reply-To": row.answers, "References": row.answers}
        mail = envelope(letter, headers)
    mail.extra_headers["Auto-Submitted"] = "auto-replied"
    mail.to = [row.address]
    return mail


def _claim(now: datetime) -> Acknowledgement | None:
    for row in Acknowledgement.waiting(now)[:10]:
        same = Acknowledgement.objects.filter(pk=row.pk, due_at=row.due_at, sent_at=None, given_up_at=None)  # fmt: skip
        if same.update(due_at=now + LEASE, attempts=F("attempts") + 1):
            row.attempts += 1
            return row
    return None


def _settle(row: Acknowledgement, postbox: Postbox) -> bool:
    ours = Acknowledgement.objects.filter(pk=row.pk)
    try:
        postbox.send(write(row))
    except Undelivered as failure:
        now = timezone.now()
        is_over = failure.verdict is Verdict.NEVER or row.created_at < now - GIVE_UP_AFTER
        ours.update(
            last_error=failure.reason[:300],
            given_up_at=now if is_over else None,
            due_at=now + doubling(row.attempts, FIRST_PAUSE, LONGEST_PAUSE),
        )
        log.warning("acknowledgement %s was not taken: %s", row.pk, failure.reason)
        return failure.verdict is not Verdict.AWAY
    ours.update(sent_at=timezone.now(), last_error="")
    return True
