"""Put a held mail on a ticket."""

from dataclasses import replace

from django.db import transaction

from accounts.models import User
from incidents.mail import making
from incidents.mail.actions.let_in import other_address, sender_of
from incidents.mail.actions.settle import letter_of, lock_undecided, taken
from incidents.mail.copied import note_copied
from incidents.mail.models import RawMail
from incidents.tickets import actions
from incidents.tickets.models import Event, Ticket


@transaction.atomic
def join(mail: RawMail, *, ticket: Ticket, by: User, follows: bool) -> Event:
    """Add it to the ticket as public words of its sender; with `follows` they get its updates from now on.

    Of somebody who works on the ticket, it is the desk that speaks: `by` made sure that it is theirs.

    Raises:
        NotAllowed: `by` works neither in the mailbox's team nor on the ticket.
        InvalidInput: the mail does not say plainly who sent it.
        IllegalTransition: the ticket is closed.
        Merged: it was merged into another one.
        Refused: somebody decided on it meanwhile, or it can't be read.
    """
    mail = lock_undecided(mail, by)
    letter = letter_of(mail)
    sender = sender_of(letter, mail.mailbox)
    made = making.answer_of(letter)
    if follows:
        actions.follow(ticket, who=sender, by=by)
    event = actions.reply(
        ticket,
        made.text,
        by=by,
        author=sender,
        files=made.files,
        mailed=replace(made.mailed, sent_from=other_address(letter, sender)),
        origin=Ticket.Origin.MAIL,
        key=f"mail:{mail.pk}",
    )
    taken(mail, event, by=by)
    note_copied(mail, letter, event.ticket)
    return event
