"""Reply: words that everybody on the ticket reads."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.transition import set_status
from incidents.tickets.files import Upload
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.tickets.states import Status


@transaction.atomic
def reply(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    files: Sequence[Upload] = (),
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.PORTAL,
) -> Event:
    """Add a public reply. When the ticket waits for its requester and one of their side answers, it is open again.

    Raises:
        NotAllowed: `by` is neither on the ticket nor works on it.
        IllegalTransition: the ticket is closed.
        InvalidInput: there is no text.
        KeyReused: `key` was used for another reply.
    """
    ticket = steps.lock(ticket)
    require(
        policies.can_reply(by, ticket), _("You can't reply on this ticket. Ask to be added to it.")
    )
    text = steps.written(text)

    def do() -> Event:
        steps.require_open(ticket)
        as_party = policies.is_party(by, ticket)
        by_staff = not as_party and policies.can_work(by, ticket)
        said = steps.say(ticket, Message.Kind.REPLY, text, by=by, files=files, at=at)
        event = record(
            ticket,
            Kind.REPLIED,
            by=by,
            at=at,
            origin=origin,
            by_staff=by_staff,
            **said,
        )
        if ticket.status == Status.WAITING_REQUESTER and not by_staff:
            set_status(ticket, Status.OPEN, by=by, at=at, origin=origin)
        return event

    return steps.once(key, by=by, of=("reply", ticket.pk, text, *steps.marks(files)), do=do)
