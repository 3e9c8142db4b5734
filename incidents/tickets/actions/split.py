"""Make a ticket of its own of one message."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.files import copies
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.file import file
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.mailed import Mailed
from incidents.tickets.models import Event, Link, Message, Ticket


@transaction.atomic
def split(
    message: Message, *, title: str, by: User, key: str = "", at: datetime | None = None
) -> Ticket:
    """Copy a message and its files into a new ticket, linked to this one; the message stays where it is.

    Whoever wrote it is the new ticket's requester; where staff wrote it, that is this ticket's requester. Category,
    service and team are this ticket's.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: the message is an internal note, which the requester would come to read; or the title is missing.
        Merged: the ticket was merged into another one.
        KeyReused: `key` was used for something else.
    """
    ticket = steps.lock(message.ticket, by=by)
    require(policies.can_split(by, ticket), _("You may not split this ticket."))
    if not message.is_public:
        raise InvalidInput(
            _("An internal note can’t become a ticket: its requester would read it."), field="title"
        )
    author = message.author
    own = policies.speaks_for_itself(author, ticket)

    def do() -> Event:
        new = file(
            title,
            by=by,
            description=message.body,
            mailed=Mailed.of(message),
            author=author,
            requester=author if own else ticket.requester,
            category=ticket.category,
            team=ticket.team,
            service=ticket.service,
            impact=ticket.impact,
            urgency=ticket.urgency,
            type=ticket.type,
            files=copies(message.attachments.all()),
            origin=Ticket.Origin.DESK,
            at=at,
        )
        new = steps.lock(new)
        Link.objects.create(ticket=new, other=ticket, kind=Link.Kind.RELATED)
        record(
            ticket, Kind.SPLIT, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
            other=new.number, back=False, of=message.pk,
        )  # fmt: skip
        return record(
            new, Kind.SPLIT, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
            other=ticket.number, back=True,
        )  # fmt: skip

    return steps.once(key, by=by, of=("split", message.pk, title), do=do).ticket
