"""Keep a mail as it came, before anything is understood of it. Nothing in a mail may keep it from being stored."""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.mail import reading, threads
from incidents.mail.models import Mailbox, MailSource, RawMail
from incidents.mail.reasons import Reason
from incidents.tickets.models import Ticket

LARGEST = 25 * 1024 * 1024
LARGEST_HEAD = 256 * 1024
"""Of header lines: what is behind them is not looked at here."""
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_IS_REPORT = re.compile(
    rb"^(?:return-path:\s*<\s*>|x-failed-recipients:|content-type:\s*multipart/report"
    rb"|from:[^\n]{0,200}(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|maildelivery)@)",
    re.IGNORECASE | re.MULTILINE,
)
"""A server's words about a mail of ours, which stands somewhere in it."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True)
class Head:
    """What lists show of a mail, as far as it can be read."""

    mail_id: str
    sender: str
    subject: str
    date: str


def keep(
    mailbox: Mailbox, raw: bytes, *, via: str, size: int = 0, refused: str = "", detail: str = ""
) -> tuple[RawMail, bool]:
    """Store the mail, whole or not at all; false when it was stored before. Commits with the caller's transaction.

    With `refused`, a `Reason`, `raw` is only the head of a mail of `size` bytes, and it goes into quarantine.

    A Message-ID that came before with other words is no reason to drop a mail: anybody can write any Message-ID.
    It is held for a person to decide.

    A ticket that it bears a mark of is noted at once: whatever becomes of it, who may not see the ticket reads nothing.
    """
    head = read_head(raw)
    said = _what_it_says(raw, head)
    key = sha256(head.mail_id.encode() or raw).hexdigest()
    row = RawMail(
        mailbox=mailbox, key=key, digest=said, mail_id=head.mail_id, sender=head.sender, subject=head.subject,
        size=size or len(raw), via=via, is_head_only=bool(refused), ticket=_about(raw),
    )  # fmt: skip
    if refused:
        row.state, row.reason, row.detail = RawMail.State.QUARANTINED, refused, detail[:300]
    if (stored := _insert(row, raw)) is None:
        return row, True
    if stored.digest == said or stored.is_head_only or refused:
        return stored, False
    row.key = sha256(f"{key}/{said}".encode()).hexdigest()
    row.state, row.reason = RawMail.State.HELD, Reason.TWIN
    stored = _insert(row, raw)
    return (row, True) if stored is None else (stored, False)


def _about(raw: bytes) -> Ticket | None:
    end = _END_OF_HEAD.search(raw, 0, LARGEST_HEAD)
    head = raw[: end.end() if end else LARGEST_HEAD]
    return threads.marked(
        raw[:LARGEST_HEAD] if _IS_REPORT.search(head) else head, at=timezone.now()
    )


def _insert(row: RawMail, raw: bytes) -> RawMail | None:
    """The row that stood there already, if one did."""
    row.pk = None
    same = RawMail.objects.filter(mailbox=row.mailbox, key=row.key)
    if (stored := same.first()) is not None:
        return stored
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            MailSource.objects.create(mail=row, body=raw)
    except IntegrityError:  # another process stored it at the same time
        return same.get()
    return None


def read_head(raw: bytes) -> Head:
    """What is said above a mail's words. Never fails: what can't be read is empty."""
    end = _END_OF_HEAD.search(raw, 0, LARGEST_HEAD)
    head = BytesHeaderParser(policy=reading.as_sent(raw)).parsebytes(raw[: end.end() if end else LARGEST_HEAD])  # fmt: skip
    mail_id = "".join(_line(head, "Message-ID").split())
    sender = (
        reading.address_in(parseaddr(_line(head, "From"))[1]) or parseaddr(_words(head, "From"))[1]
    )
    return Head(
        mail_id[:998], sender.lower()[:320], _words(head, "Subject")[:300], _line(head, "Date")
    )


def _line(head: Message, name: str) -> str:
    try:
        value: Any = head[name]
    except Exception:  # noqa: BLE001 (the parser stumbles over some lines; a mail is stored all the same)
        return ""
    return _shown(str(value)) if value is not None else ""


def _words(head: Message, name: str) -> str:
    """A header line with its encoded words read."""
    line = _line(head, name)
    try:
        return _shown(reading.decoded(line))
    except Exception:  # noqa: BLE001 (whatever it stumbles over: then as it stands)
        return line


def _shown(text: str) -> str:
    """On one line, and nothing in it that a database or a page would not take."""
    text = text.encode("utf-8", "replace").decode("utf-8", "replace")
    return " ".join(_UNSEEN.sub(" ", text).split())


def _what_it_says(raw: bytes, head: Head) -> str:
    """A hash of what stays the same whichever way a mail comes: from whom and when, and all behind its header lines."""
    end = _END_OF_HEAD.search(raw, 0, LARGEST_HEAD)
    said = raw[end.end() :] if end else raw
    made = sha256(f"{head.sender}\n{head.date}\n".encode())
    made.update(said.replace(b"\r\n", b"\n").rstrip())
    return made.hexdigest()
