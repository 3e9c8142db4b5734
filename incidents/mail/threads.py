"""To which ticket a mail belongs: by what we signed, or by a mail that we took in before. Never by its subject."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from incidents.mail.models import RawMail
from incidents.mail.reading import Letter, addresses_of
from incidents.notify import addresses
from incidents.tickets.models import Ticket


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
    return _by_mails_taken(letter)


def _numbered(number: int) -> Ticket | None:
    return Ticket.objects.filter(number=number).first()


def _by_mails_taken(letter: Letter) -> Found | None:
    """A colleague answers all, and so the mail that the requester wrote to us."""
    keys = [sha256(one.encode()).hexdigest() for one in letter.answers]
    taken = RawMail.objects.filter(
        key__in=keys, state=RawMail.State.TAKEN, ticket__isnull=False
    ).select_related("ticket")
    by_key = {mail.key: mail.ticket for mail in taken}
    found = next((by_key[key] for key in keys if key in by_key), None)
    return Found(found, "thread") if found else None


def is_ours(letter: Letter) -> bool:
    """Whether we sent it ourselves: its Message-ID bears our seal."""
    return addresses.read_message_id(letter.message_id) is not None
