"""The mail server as the worker sees it: it takes a mail, or says no in one of three ways."""

import contextlib
import re
import smtplib
from email.errors import MessageError
from enum import Enum
from typing import Any

from django.core.mail import EmailMessage, get_connection

from incidents.notify import trouble

_NO_MAILBOX = re.compile(r"5\d\d 5\.1\.(?:1|2|3|6|10)\b")


class Verdict(Enum):
    """What a failure means for the mail and for those behind it."""

    AWAY = "the server is away or takes nothing from us: all mail waits"
    LATER = "it does not take this mail now"
    NEVER = "it will not take this mail"


class Undelivered(Exception):
    """The mail was not taken, as far as we know."""

    def __init__(self, verdict: Verdict, reason: str, *, has_no_mailbox: bool = False) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.has_no_mailbox = has_no_mailbox
        """The server says that there is nobody at this address."""


class Postbox:
    """One connection, kept for many mails and dropped after any failure."""

    def __init__(self, connection: Any = None) -> None:
        self._connection = connection or get_connection()
        self._is_known_to_work = False

    def send(self, mail: EmailMessage) -> None:
        """Hand the mail over.

        Raises:
            Undelivered: with what the failure means.
        """
        try:
            self._connection.open()  # opened before, or `send_messages` closes it after every mail
            self._connection.send_messages([mail])
        except (OSError, ValueError, MessageError) as error:  # SMTPException is an OSError
            self.close()
            failure = Undelivered(
                judge(error), explain(error), has_no_mailbox=has_no_mailbox(error)
            )
            if failure.verdict is Verdict.AWAY:
                trouble.note_away(failure.reason)
            raise failure from error
        if not self._is_known_to_work:
            self._is_known_to_work = True
            trouble.note_back()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()


def judge(error: Exception) -> Verdict:
    """What an error of `smtplib` or of writing the mail means."""
    code = _code(error)
    match error:
        case smtplib.SMTPRecipientsRefused() | smtplib.SMTPDataError() if code != 421:
            return Verdict.NEVER if code >= 500 else Verdict.LATER
        case smtplib.SMTPSenderRefused() if code == 552:
            return Verdict.NEVER  # larger than the server takes
        case OSError():
            return Verdict.AWAY  # also a refused sender or password: that is no mail's fault
        case _:
            return Verdict.NEVER  # an address or a text of which no mail can be made


def has_no_mailbox(error: Exception) -> bool:
    """Whether it is the recipient's address, and not what we are or what we write (RFC 3463, 3.2)."""
    refused = isinstance(error, smtplib.SMTPRecipientsRefused)
    return refused and _NO_MAILBOX.match(explain(error)) is not None


def explain(error: Exception) -> str:
    """The failure on one line, for whoever looks after the server."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        error = smtplib.SMTPResponseException(code, answer)
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return " ".join(f"{error.smtp_code} {text}".replace("\x00", "").split())
    return " ".join(f"{type(error).__name__}: {error}".replace("\x00", "").split())


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return int(next(iter(error.recipients.values()))[0])
    return int(getattr(error, "smtp_code", 0))
