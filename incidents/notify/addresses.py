"""Where answers go, and how one is known again: marks of ours in reply addresses and Message-IDs, signed, without a table.

A mark names a ticket and whom we wrote to; it shows that the answer comes from somebody who had that mail, or was
handed it, and no more. Whether its sender may write on the ticket is asked of the ticket.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from incidents.tickets.models import Ticket

LONGEST_MESSAGE_ID = 250
"""Of others' that we write into a header: it stays on one line."""
LONGEST_LOCAL_PART = 64
"""RFC 5321, 4.5.3.1.1."""
ANSWERED_FOR = timedelta(days=365)
FIRST_DAY = date(2020, 1, 1)
SEALS = {"reply address": 16, "message id": 12}
"""Bytes. Nobody guesses either; an address stays the longer one, since it opens a ticket's conversation, and a Message-ID
should fit into its line unfolded."""

_REPLY = re.compile(r"(?:[^<>]*<)?\s*[^<>@\s]+\+([a-z2-7]+)@[^<>@\s]+\s*>?\s*", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>@\s]+\.([a-z2-7]+)@[^<>@\s]+>", re.IGNORECASE)
_LONGEST_READ = 10_000
_ADDRESS, _THREAD = "reply address", "message id"


@dataclass(frozen=True)
class Postal:
    """A mailbox that takes answers, and its name."""

    address: str
    name: str


@dataclass(frozen=True)
class Mark:
    """What a reply address says: the number of a ticket, and the key of whom we wrote to."""

    ticket: int
    reader: int


def _no_mailbox(ticket: Ticket) -> Postal | None:
    return None


mailbox_of: Callable[[Ticket], Postal | None] = _no_mailbox
"""Which mailbox takes answers about a ticket; mail in sets it. None where nobody reads them."""


def _no_mail(ticket: Ticket, reader: int) -> str:
    return ""


began_with: Callable[[Ticket, int], str] = _no_mail
"""The Message-ID of the mail with which this reader opened the ticket, as they wrote it; mail in sets it. Empty where
it was none of theirs."""


def reply_address(*, ticket: int, reader: int, mailbox: str, at: datetime) -> str:
    """The address that answers of this reader about this ticket go to: the mailbox's, with a mark.

    Where the mailbox's own name leaves no room for a mark it is the mailbox's as it is: such answers are known by the
    mail that they answer, see `read_message_id`.
    """
    local, _at, domain = mailbox.rpartition("@")
    marked = f"{local}+{_mark(_ADDRESS, ticket, reader, _day(at))}"
    return f"{marked if len(marked) <= LONGEST_LOCAL_PART else local}@{domain}"


def read_address(text: str, *, at: datetime) -> Mark | None:
    """The mark in an address; None when it is not ours, not whole, or was given out more than a year ago."""
    found = _REPLY.fullmatch(text) if len(text) <= _LONGEST_READ else None
    said = _read(_ADDRESS, found[1], numbers=3) if found else None
    if said is None:
        return None
    ticket, reader, day = said
    is_fresh = day - 1 <= _day(at) <= day + ANSWERED_FOR.days  # a day off, where clocks differ
    return Mark(ticket, reader) if is_fresh else None


def thread_id(ticket: int) -> str:
    """The Message-ID that every mail about a ticket answers. No mail has it; mail programs group by it."""
    return f"<ticket.{_mark(_THREAD, ticket)}@{settings.SITE_HOST}>"


def mail_id(*key: object, ticket: int | None = None) -> str:
    """The Message-ID of one mail: always the same for this key, not to be guessed, and with the ticket it is about."""
    digest = salted_hmac("incidents.notify", "/".join(map(str, key)), algorithm="sha256").digest()
    about = "" if ticket is None else f".{_mark(_THREAD, ticket)}"
    return f"<{_to_text(digest[:12])}{about}@{settings.SITE_HOST}>"


def read_message_id(text: str) -> int | None:
    """The number of the ticket that a Message-ID of ours is about; of a list of them, the last one that is ours."""
    for found in reversed(_MESSAGE_ID.findall(text[-_LONGEST_READ:])):
        if said := _read(_THREAD, found, numbers=1):
            return said[0]
    return None


def is_message_id(text: str) -> bool:
    """Whether it has the shape of one, and is short enough to be written into a header of ours."""
    inner = text.removeprefix("<").removesuffix(">")
    is_plain = all("!" <= sign <= "~" and sign not in "<>" for sign in inner)
    return text == f"<{inner}>" and "@" in inner and is_plain and len(text) <= LONGEST_MESSAGE_ID


def reply_line() -> str:
    """Stands at the top of mails that can be answered; what is below it, in an answer, is our own mail again."""
    return _("— Please write above this line —")


@cache
def reply_lines() -> tuple[str, ...]:
    """It in each of our languages, as it is sent."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(reply_line())
    return tuple(dict.fromkeys(found))


def _day(at: datetime) -> int:
    return (at.astimezone(UTC).date() - FIRST_DAY).days


def _mark(use: str, *numbers: int) -> str:
    said = b"".join(map(_to_bytes, numbers))
    return _to_text(said + _seal(use, said, settings.SECRET_KEY))


def _read(use: str, mark: str, *, numbers: int) -> list[int] | None:
    """The numbers in a mark that is whole and sealed by us, also with a former key."""
    raw = _from_text(mark)
    if raw is None:
        return None
    said, seal = raw[: -SEALS[use]], raw[-SEALS[use] :]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(constant_time_compare(seal, _seal(use, said, key)) for key in keys):
        return None
    read = list(_to_numbers(said))
    return read if len(read) == numbers else None


def _seal(use: str, said: bytes, key: str) -> bytes:
    return salted_hmac(f"incidents.notify {use}", said, key, algorithm="sha256").digest()[
        : SEALS[use]
    ]


def _to_bytes(number: int) -> bytes:
    """Seven bits a byte, the lowest first, the eighth says that more follow (LEB128): short, since numbers are small."""
    most = []
    while number > 0x7F:
        most.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*most, number])


def _to_numbers(said: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in said:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def _to_text(raw: bytes) -> str:
    """Base32, lower-case: the same to mail servers that change the case of addresses, as many do."""
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _from_text(text: str) -> bytes | None:
    """The bytes again, from either case; of the texts that could mean the same bytes only the one that we write."""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    return raw if _to_text(raw) == text.lower() else None
