"""Reply: words that everybody on the ticket reads."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import merged, policies, ways
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.spread import Spread
from incidents.tickets.actions.transition import go
from incidents.tickets.kinds import Kind
from incidents.tickets.mailed import Mailed
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.states import Status


@transaction.atomic
def reply(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    files: Sequence[Upload] = (),
    seen: int | None = None,
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.PORTAL,
    also_merged: bool = False,
    mailed: Mailed | None = None,
    author: User | None = None,
) -> Event:
    """Add a public reply. When the ticket waits for its requester and one of their side answers, it goes on as its workflow says.

    On a ticket that was merged into another one only its own side still writes: they read it there as before, and
    staff read it on the other one. With `author` it is what they wrote elsewhere, which `by`, who works on the ticket,
    puts here in their name. `also_merged`: staff say it on every ticket that was merged into this one, too.

    Raises:
        NotAllowed: `by` is neither on the ticket nor works on it.
        IllegalTransition: the ticket, or the one it was merged into, is closed.
        Merged: the ticket was merged, and `by` is not of its own side.
        InvalidInput: there is no text.
        Overtaken: somebody else spoke since version `seen`.
        KeyReused: `key` was used for another reply.
    """
    end_key = merged.end_of(ticket)
    spread = Spread(ticket, to_merged=also_merged, onward=end_key)
    ticket, end = spread.ticket, spread.end
    require(
        policies.can_reply(by, ticket), _("You can't reply on this ticket. Ask to be added to it.")
    )
    if author:
        require(policies.can_work(by, ticket), _("You may not work on this ticket."))
    writer = author or by
    as_party = policies.is_party(writer, ticket)
    by_staff = not as_party and policies.can_work(writer, ticket)
    if (by_staff or author) and ticket.merged_into_id:
        raise steps.merged_away(ticket, by)
    text = steps.written(text)

    def do() -> Event:
        steps.require_open(end)
        steps.require_heard(ticket, seen, by=by)
        said = steps.say(
            ticket, Message.Kind.REPLY, text, by=writer, files=files, at=at, mailed=mailed
        )
        event = record(
            ticket,
            Kind.REPLIED,
            by=by,
            at=at,
            origin=origin,
            by_staff=by_staff,
            **said,
        )
        if end.pk != ticket.pk:
            _forward(ticket, end, said["message"], by=by, at=at, origin=origin)
        if by_staff and also_merged:
            spread.reply(text, files=files, by=by, at=at)
        if ticket.status == Status.WAITING_REQUESTER and not by_staff:
            _let_go_on(ticket, by=by, at=at, origin=origin)
        return event

    return steps.once(key, by=by, of=("reply", ticket.pk, text, *steps.marks(files)), do=do)


def _let_go_on(ticket: Ticket, *, by: User, at: datetime | None, origin: str) -> None:
    """They answered. In a workflow where nothing follows from that, the words are kept and the ticket stays."""
    if way := ways.by_answer(ticket):
        go(ticket, way, by=by, at=at, origin=origin)


def _forward(
    ticket: Ticket, end: Ticket, message: int, *, by: User, at: datetime | None, origin: str
) -> None:
    """Let staff of the ticket where it goes on know of a message. It stays on its own: nothing is copied."""
    record(
        end, Kind.FORWARDED, by=by, at=at, public=False, origin=origin,
        other=ticket.number, forwarded=message,
    )  # fmt: skip
