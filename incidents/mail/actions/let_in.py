"""Let a held mail in, as a new ticket."""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import note_contact
from accounts.errors import InvalidInput
from accounts.models import User
from incidents.mail import making
from incidents.mail.actions.settle import letter_of, lock_undecided, taken
from incidents.mail.actions.take_in import open_ticket, tell_stranger
from incidents.mail.copied import note_copied
from incidents.mail.deciding import may_hear_back, person
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.reading import Letter
from incidents.tickets.models import Ticket


@transaction.atomic
def let_in(mail: RawMail, *, by: User, title: str = "", requester: User | None = None) -> Ticket:
    """Make a ticket of it, for `requester` or for whom its sender is. Nobody is told anything that the sender wrote.

    A stranger hears that the mail has arrived, as if it had been taken in at once.

    Raises:
        NotAllowed: `by` does not work in the mailbox's team.
        InvalidInput: nobody is named, and the mail does not say plainly who sent it.
        Refused: somebody decided on it meanwhile, or it can't be read.
    """
    mail = lock_undecided(mail, by)
    letter = letter_of(mail)
    sender = requester or sender_of(letter, mail.mailbox)
    made = making.report_of(letter)
    made = replace(made, mailed=replace(made.mailed, sent_from=other_address(letter, sender)))
    event = open_ticket(mail, letter, made, sender=sender, by=by, title=title)
    taken(mail, event, by=by)
    note_copied(mail, letter, event.ticket)
    if may_hear_back(letter, mail.mailbox):
        tell_stranger(mail, letter, sender)
    return event.ticket


def sender_of(letter: Letter, box: Mailbox) -> User:
    """Whom the mail is from, a new contact where nobody is known by the address.

    Raises:
        InvalidInput: it does not say plainly who sent it.
    """
    if found := person(letter):
        return found
    if not letter.sender:
        raise InvalidInput(_("The mail does not say plainly who sent it. Name the person."), field="who")  # fmt: skip
    return note_contact(letter.sender, name=letter.sender_name, language=box.language)


def other_address(letter: Letter, author: User) -> str:
    """The address that the mail names as its sender's, where it is not the author's."""
    address = next((address for _name, address in letter.senders if address), "")
    return "" if address == author.email else address
