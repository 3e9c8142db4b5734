"""What becomes of a mail that somebody wrote: which ticket it goes to, or why somebody has to look at it first.

A mail proves little: anybody can write any address into From. So a mail alone opens a ticket for whom it may be from,
and adds words to a ticket on which that person is; it never speaks for the desk, and shows nothing to anybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from incidents.mail import making, sorting, threads
from incidents.mail.models import Mailbox, RawMail, RawMailQuerySet, Vouched
from incidents.mail.reading import Letter
from incidents.mail.reasons import Reason
from incidents.mail.sorting import Sort
from incidents.tickets import policies
from incidents.tickets.models import Ticket

HOUR = timedelta(hours=1)
MOST_NEW = 5
MOST_NEW_OF_OURS = 20
MOST_WORDS = 10
"""Mails of one sender within an hour that open tickets (somebody we don't know, somebody of the portal), and that add to
one ticket, before somebody looks at them: two machines that answer each other end here if nothing else stops them."""

IGNORED = {Sort.BOUNCE: Reason.BOUNCE, Sort.AUTOMATIC: Reason.AUTOMATIC, Sort.LIST: Reason.LIST}


@dataclass(frozen=True)
class Decision:
    """Ignore or hold it for a reason; without one let it in, as an answer on `ticket` or as a new one."""

    ignored: Reason | None = None
    held: Reason | None = None
    ticket: Ticket | None = None
    sender: User | None = None
    is_new_here: bool = False
    """Its sender becomes a contact."""


def decide(mail: RawMail, letter: Letter, *, at: datetime) -> Decision:
    """What to do with the mail."""
    box = mail.mailbox
    if is_from_us(letter):
        return Decision(ignored=Reason.LOOP)
    sort, sender = sorting.sort(letter), person(letter)
    is_by_group = sort == Sort.LIST and is_of_us(sender) and not sorting.is_automatic(letter)
    if sort and not is_by_group:
        return Decision(ignored=IGNORED[sort])
    found = threads.find(letter, at=at)
    ticket = found.ticket if found else None
    held = (
        _doubt(letter, box, sender)
        or (Reason.GROUP if is_by_group else None)
        or (_on_ticket(ticket, sender, letter, at) if ticket else _new(box, sender, letter, at))
    )
    return Decision(held=held, ticket=ticket, sender=sender, is_new_here=sender is None)


def may_hear_back(letter: Letter, box: Mailbox) -> bool:
    """Whether whoever is named as its sender may be told that it has arrived, when somebody let it in: not where a
    machine or somebody else may have written it, nor where nobody reads answers."""
    return _is_somebodys(letter, box, person(letter))


def is_only_unknown(letter: Letter, box: Mailbox) -> bool:
    """Nothing speaks against it but that nobody knows its sender: all that somebody can vouch for, and stays so.

    Of people of the portal no one address is let in: for them the mailbox's rule holds, whatever is written into From.
    """
    sender = person(letter)
    return _is_somebodys(letter, box, sender) and not (
        is_of_us(sender) or box.senders == Mailbox.Senders.HOLD or _may_be_new(box, letter.sender)
    )


def _is_somebodys(letter: Letter, box: Mailbox, sender: User | None) -> bool:
    """Written by a person, who is the one in From as far as anybody can tell."""
    return not (
        is_from_us(letter)
        or sorting.sort(letter)
        or sorting.proves_something(letter)
        or _doubt(letter, box, sender)
    )


def is_from_us(letter: Letter) -> bool:
    """One of our own mails or another portal's, or one from a mailbox of ours, with a mark or without."""
    if threads.is_ours(letter) or making.is_from_a_portal(letter):
        return True
    return any(is_mailbox(address) for _name, address in letter.senders)


def is_mailbox(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}{at}{domain}"
    return Mailbox.objects.filter(address__in={address, plain}).exists()


def person(letter: Letter) -> User | None:
    """Whom the address in From belongs to, whether or not they are still here."""
    return User.objects.filter(email=letter.sender).first() if letter.sender else None


def is_of_us(sender: User | None) -> bool:
    """Somebody of the portal, and not only known by mail."""
    return sender is not None and not sender.is_contact


def _doubt(letter: Letter, box: Mailbox, sender: User | None) -> Reason | None:
    """What speaks against the sender, whatever it is about."""
    if not letter.sender or (sender and sender.is_system):
        return Reason.NO_SENDER
    if sorting.is_vouched_for(letter, box.authserv_id) is False:
        return Reason.FORGED
    if sender and not sender.is_active:
        return Reason.LEFT
    if sorting.is_no_reply(letter):
        return Reason.NO_REPLY
    return None


def _on_ticket(ticket: Ticket, sender: User | None, letter: Letter, at: datetime) -> Reason | None:
    if sender is None:
        return Reason.OUTSIDER
    if not policies.is_party(sender, ticket):
        if policies.can_work(sender, ticket):
            return Reason.STAFF
        if not policies.is_follower(sender, ticket):
            return Reason.OUTSIDER
    lately = _lately(letter.sender, at).filter(ticket=ticket)
    return Reason.TOO_MANY if lately.count() >= MOST_WORDS else None


def _new(box: Mailbox, sender: User | None, letter: Letter, at: datetime) -> Reason | None:
    is_one_of_us = is_of_us(sender)
    if not is_one_of_us and sorting.proves_something(letter):
        return Reason.NO_REPLY
    if box.senders == Mailbox.Senders.HOLD:
        return Reason.EVERY
    if not is_one_of_us and not _may_be_new(box, letter.sender):
        return Reason.UNKNOWN
    most = MOST_NEW_OF_OURS if is_one_of_us else MOST_NEW
    return Reason.TOO_MANY if _lately(letter.sender, at).count() >= most else None


def _may_be_new(box: Mailbox, address: str) -> bool:
    if box.senders == Mailbox.Senders.EVERYBODY:
        return True
    is_by_domain = box.senders == Mailbox.Senders.DOMAINS
    if is_by_domain and address.rpartition("@")[2] in box.allowed_domains:
        return True
    return Vouched.objects.filter(mailbox=box, address=address).exists()


def _lately(address: str, at: datetime) -> RawMailQuerySet:
    return RawMail.objects.filter(
        sender=address, state=RawMail.State.TAKEN, received_at__gt=at - HOUR
    )
