"""To which ticket a mail belongs: by what we signed, or by a mail that we took in before. Never by its subject."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from incidents.mail.models import RawMail
from incidents.mail.reading import Letter, addresses_of
from incidents.notify import addresses
from incidents.notify.models import Delivery
from incidents.tickets.models import Ticket

MOST_MARKS = 500
"""Of one mail that are looked at: each costs a seal."""
_MARKS = re.compile(rb"([+.])([a-z2-7]{16,64})@", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A ticket, and what shows that the mail is about it."""

    ticket: Ticket
    by: str
    """`address`, `answer` (to a mail of ours), or `thread` (to one that came in)."""


def find(letter: Letter, *, at: datetime) -> Found | None:
    """The ticket; that the sender may write on it is asked elsewhere."""
    for address in addresses_of(letter):
        if (mark := addresses.read_address(address, at=at)) and (found := _numbered(mark.ticket)):
            return Found(found, "address")
    for answered in letter.answers:
        number = addresses.read_message_id(answered)
        if number is not None and (found := _numbered(number)):
            return Found(found, "answer")
    return _by_mails_sent(letter) or _by_mails_taken(letter)


def _numbered(number: int) -> Ticket | None:
    return Ticket.objects.filter(number=number).first()


def _by_mails_sent(letter: Letter) -> Found | None:
    """An answer to a mail of ours whose mark nobody can read: it left before there were marks, or under another key.

    Its Message-ID stands in the outbox as it was sent; nobody guesses one.
    """
    if not letter.answers:
        return None
    sent = Delivery.objects.mails().filter(message_id__in=letter.answers, event__isnull=False)
    tickets = dict(sent.values_list("message_id", "event__ticket"))
    key = next((tickets[one] for one in letter.answers if one in tickets), None)
    return Found(Ticket.objects.get(pk=key), "answer") if key else None


def _by_mails_taken(letter: Letter) -> Found | None:
    """A colleague answers all, and so the mail that the requester wrote to us."""
    keys = [sha256(one.encode()).hexdigest() for one in letter.answers]
    taken = RawMail.objects.filter(
        key__in=keys, state=RawMail.State.TAKEN, ticket__isnull=False
    ).select_related("ticket")
    by_key = {mail.key: mail.ticket for mail in taken}
    found = next((by_key[key] for key in keys if key in by_key), None)
    return Found(found, "thread") if found else None


def about(letter: Letter, *, at: datetime) -> Ticket | None:
    """The ticket that a mail tells of, whatever becomes of it: it may be read by those who see that ticket."""
    if found := find(letter, at=at):
        return found.ticket
    ids = (letter.message_id, *(letter.report.answers if letter.report else ()))
    numbers = (addresses.read_message_id(one) for one in ids if one)
    return next(
        (one for number in numbers if number is not None and (one := _numbered(number))), None
    )


def marked(raw: bytes, *, at: datetime) -> Ticket | None:
    """The same as far as our own marks stand in these bytes, which nobody has to understand for it. Never fails."""
    return next((one for number in _numbers(raw, at) if (one := _numbered(number))), None)


def _numbers(raw: bytes, at: datetime) -> Iterator[int]:
    marks = dict.fromkeys((sign, mark.decode()) for sign, mark in _MARKS.findall(raw))
    for sign, mark in list(marks)[:MOST_MARKS]:
        if sign == b"+" and (said := addresses.read_address(f"to+{mark}@host", at=at)):
            yield said.ticket
        if sign == b"." and (number := addresses.read_message_id(f"<id.{mark}@host>")) is not None:
            yield number


def is_ours(letter: Letter) -> bool:
    """Whether we sent it ourselves: its Message-ID bears our seal."""
    return addresses.read_message_id(letter.message_id) is not None
