"""Work through mail that was stored. One that can't be worked through is set aside after some tries; the others go on."""

import logging
import time
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.patience import doubling
from incidents.mail.actions.take_in import take_in
from incidents.mail.models import RawMail
from incidents.mail.nudging import heard, nudge
from incidents.mail.reasons import Reason

log = logging.getLogger("firebreak.mail")

RUN = 20.0
"""Seconds; then other tasks have their turn."""
LEASE = timedelta(seconds=150)
"""Longer than a queued task may run, so that a lapsed lease means a lost worker."""
MOST_ATTEMPTS = 5
MOST_ATTEMPTS_WITHOUT_DATABASE = 40
"""A full disk or a database that is away is no mail's fault."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)

State = RawMail.State


def through() -> int:
    """Take in what waits until nothing does, or the time of one run is over; how many were looked at."""
    heard()  # what comes in from now on may come too late for this run
    done, end = 0, time.monotonic() + RUN
    while mail := claim(timezone.now()):
        settle(mail)
        done += 1
        if time.monotonic() > end:
            nudge()
            break
    return done


def claim(now: datetime) -> RawMail | None:
    """The next mail that waits, for ourselves for the time of the lease. The attempt counts from here.

    So a mail over which workers are lost, and not only one that fails in words, comes to its end.
    """
    with transaction.atomic():
        waiting = RawMail.objects.due(now).select_related(
            "mailbox__category", "mailbox__team", "mailbox__type"
        )
        mail = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if mail is None:
            return None
        mail.attempts, mail.leased_until = mail.attempts + 1, now + LEASE
        mail.save(update_fields=["attempts", "leased_until"])
    return mail


def settle(mail: RawMail) -> None:
    """Take a claimed mail in, or say why not."""
    if mail.attempts > MOST_ATTEMPTS and not mail.detail.startswith(OperationalError.__name__):
        set_aside(mail, "no worker came to an end with it")
        return
    try:
        take_in(mail)
    except Exception as error:
        log.exception("mail %s can't be worked through", mail.pk)
        _put_back(mail, error)


def _put_back(mail: RawMail, error: Exception) -> None:
    """Wait and try again; at last, set it aside for people to see."""
    said = f"{type(error).__name__}: {error}".replace("\x00", "")
    most = MOST_ATTEMPTS_WITHOUT_DATABASE if isinstance(error, OperationalError) else MOST_ATTEMPTS
    if mail.attempts >= most:
        set_aside(mail, said)
        return
    pause = doubling(mail.attempts, FIRST_PAUSE, LONGEST_PAUSE)
    _ours(mail).update(leased_until=None, due_at=timezone.now() + pause, detail=said[:300])


def set_aside(mail: RawMail, detail: str) -> None:
    _ours(mail).update(
        state=State.QUARANTINED, reason=Reason.FAILED, detail=detail[:300], leased_until=None
    )


def _ours(mail: RawMail) -> QuerySet[RawMail]:
    """Only while nobody else has it, and nothing became of it."""
    return RawMail.objects.filter(pk=mail.pk, state=State.WAITING, leased_until=mail.leased_until)
