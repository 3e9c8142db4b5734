"""Write an internal note: only people who see the ticket as staff ever read it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.mention import mention
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket


@transaction.atomic
def note(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    files: Sequence[Upload] = (),
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Event:
    """Add an internal note, whatever the status. Staff who are named in it hear of it.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: there is no text.
        KeyReused: `key` was used for another note.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not write notes on this ticket."))
    text = steps.written(text)

    def do() -> Event:
        said = steps.say(ticket, Message.Kind.NOTE, text, by=by, files=files, at=at)
        if named := mention(ticket, said["message"], text, by=by, at=at):
            said["mentioned"] = named
        return record(
            ticket,
            Kind.NOTED,
            by=by,
            at=at,
            public=False,
            origin=origin,
            by_staff=True,
            **said,
        )

    return steps.once(key, by=by, of=("note", ticket.pk, text, *steps.marks(files)), do=do)
