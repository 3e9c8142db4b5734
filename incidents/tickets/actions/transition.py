"""Change the status: the one way, for every status. Resolving, reopening and closing have verbs of their own."""

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
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.states import TRANSITIONS, WAITING, Status

ONLY_BY_THEIR_VERB = {Status.RESOLVED, Status.CLOSED}


@transaction.atomic
def transition(
    ticket: Ticket,
    *,
    to: Status,
    by: User,
    text: str = "",
    files: Sequence[Upload] = (),
    expected: int | None = None,
    seen: int | None = None,
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Ticket:
    """Make a ticket open or waiting.

    Waiting needs words: for the requester the question (a public reply), for others the reason (an internal note).
    Changing to the present status changes nothing; words that come with it are still said.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        IllegalTransition: the table has no such step, or it belongs to resolve, reopen or confirm.
        InvalidInput: the words are missing.
        EditConflict: the status changed after version `expected`.
        Overtaken: somebody else spoke since version `seen`; only where the words are public.
    """
    to = Status(to)
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not work on this ticket."))

    def do() -> Event:
        if ticket.status == to and not text.strip():
            return ticket.events.order_by("-number")[0]
        steps.require_fresh(
            ticket, expected, Kind.STATUS_CHANGED, Kind.RESOLVED, Kind.REOPENED, Kind.CLOSED
        )
        if to == Status.WAITING_REQUESTER and text:
            steps.require_heard(ticket, seen, by=by)
        if ticket.status == to and to in WAITING:
            # It waits already; the words are said all the same, nothing that was written is dropped.
            return _say(ticket, to, steps.written(text), by=by, files=files, at=at, origin=origin)
        steps.require_transition(ticket, to)
        if to in ONLY_BY_THEIR_VERB or ticket.status == Status.RESOLVED:
            raise IllegalTransition(_("Resolving, closing and reopening need their own form."))
        # An import knows that a ticket waits, not the words it was told so with.
        if TRANSITIONS[ticket.status, to].needs_text and (text or origin != Ticket.Origin.IMPORT):
            _say(ticket, to, steps.written(text), by=by, files=files, at=at, origin=origin)
        return set_status(ticket, to, by=by, at=at, origin=origin)

    return steps.once(
        key, by=by, of=("transition", ticket.pk, to, text, *steps.marks(files)), do=do
    ).ticket


def set_status(
    ticket: Ticket,
    to: Status,
    *,
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Event:
    """Record the change; the caller has locked the ticket and asked the table."""
    return record(
        ticket, Kind.STATUS_CHANGED, by=by, changes={"status": to.value}, at=at, origin=origin
    )


def _say(
    ticket: Ticket,
    to: Status,
    text: str,
    *,
    by: User,
    files: Sequence[Upload],
    at: datetime | None,
    origin: str,
) -> Event:
    asks = to == Status.WAITING_REQUESTER
    said = steps.say(
        ticket, Message.Kind.REPLY if asks else Message.Kind.NOTE, text, by=by, files=files, at=at
    )
    if not asks and (named := mention(ticket, said["message"], text, by=by, at=at)):
        said["mentioned"] = named
    return record(
        ticket, Kind.REPLIED if asks else Kind.NOTED, by=by, at=at, public=asks, origin=origin,
        by_staff=True, **said,
    )  # fmt: skip
