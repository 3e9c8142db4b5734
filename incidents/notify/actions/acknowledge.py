"""Tell an address that we don't know that its mail has arrived.

Anybody can write to us in anybody's name (A4): so we say nothing that a stranger could choose, and write no more often
than a victim of many such mails could bear.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone

from incidents.notify import outbox
from incidents.notify.addresses import is_message_id, mail_id
from incidents.notify.correspondence import Acknowledgement

AN_HOUR = 1
A_DAY = 3
ALL_IN_AN_HOUR = 100
"""To all addresses together: whoever names ten thousand of them makes us write to these."""
NOBODY_READS = frozenset(
    {
        "mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "bounce", "bounces",
    }
)  # fmt: skip
_LOCK = 0x46420007
"""Of PostgreSQL, held while limits are counted; on SQLite there is one writer."""


@transaction.atomic
def acknowledge(address: str, *, language: str = "", answers: str = "") -> bool:
    """Write to the address in the mailbox's language, or not: then a limit is reached, or nobody would read it.

    `answers` is the Message-ID of what came, so that mail programs put both together.
    """
    address = address.strip()
    kept = counted_as(address)
    if kept.partition("@")[0] in NOBODY_READS or not _can_be_written_to(address):
        return False
    _one_at_a_time()
    now = timezone.now()
    if not _is_within_limits(kept, now):
        return False
    row = Acknowledgement.objects.create(
        address=address,
        counted_as=kept,
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        created_at=now,
        due_at=now,
        answers=answers if is_message_id(answers) else "",
    )
    row.message_id = mail_id("acknowledgement", row.pk)
    row.save(update_fields=["message_id"])
    outbox.nudge(Acknowledgement.LANE)
    return True


def counted_as(address: str) -> str:
    """The address as limits count it: its mailbox, whatever follows a plus in its name and however it is spelled."""
    local, _at, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _can_be_written_to(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= Acknowledgement._meta.get_field("address").max_length  # type: ignore[operator]


def _is_within_limits(kept: str, now: datetime) -> bool:
    rows = Acknowledgement.objects.filter(created_at__gt=now - timedelta(days=1))
    theirs = list(rows.filter(counted_as=kept).values_list("created_at", flat=True)[:A_DAY])
    lately = sum(one > now - timedelta(hours=1) for one in theirs)
    if lately >= AN_HOUR or len(theirs) >= A_DAY:
        return False
    all_lately = rows.filter(created_at__gt=now - timedelta(hours=1))[:ALL_IN_AN_HOUR]
    return all_lately.count() < ALL_IN_AN_HOUR


def _one_at_a_time() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
