"""Go on in the workflow: the one way, for every step. Resolving, reopening and closing have verbs of their own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import policies, ways
from incidents.tickets.actions import steps
from incidents.tickets.actions.effects import follow_on
from incidents.tickets.actions.mention import mention
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.rulebook import Way
from incidents.workflow.states import WAITING, Status

ONLY_BY_THEIR_VERB = {Status.RESOLVED, Status.CLOSED}


@transaction.atomic
def transition(
    ticket: Ticket,
    *,
    to: Status | str,
    by: User,
    text: str = "",
    files: Sequence[Upload] = (),
    expected: int | None = None,
    seen: int | None = None,
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Ticket:
    """Bring a ticket to a step of its workflow, or to a status: to whichever step of that the workflow leads.

    Where the workflow asks for words, they are needed: for the requester the question (a public reply), else the
    reason (an internal note). Words that come along are said in any case, also where the ticket stands there already.

    Raises:
        NotAllowed: `by` may not work on this ticket, or the workflow has others do this step.
        IllegalTransition: the workflow has no such way, or it belongs to resolve, reopen or confirm.
        NotFilledIn: the workflow asks for something first.
        InvalidInput: the words are missing, or there is no such step.
        EditConflict: the status changed after version `expected`.
        Overtaken: somebody else spoke since version `seen`; only where the words are public.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not work on this ticket."))
    to = steps.step_named(ticket, to)

    def do() -> Event:
        if _is_there(ticket, to) and not text.strip():
            return ticket.events.order_by("-number")[0]
        steps.require_fresh(
            ticket, expected, Kind.STATUS_CHANGED, Kind.RESOLVED, Kind.REOPENED, Kind.CLOSED
        )
        if _is_there(ticket, to) and ticket.status in WAITING:
            # It waits already; the words are said all the same, nothing that was written is dropped.
            status = Status(ticket.status)
            if status == Status.WAITING_REQUESTER:
                steps.require_heard(ticket, seen, by=by)
            return _say(
                ticket, status, steps.written(text), by=by, files=files, at=at, origin=origin
            )
        _require_this_verb(ticket, steps.place(ticket, to).status)
        way = steps.require_transition(ticket, to, by=by, origin=origin)
        if way.there.status == Status.WAITING_REQUESTER and text:
            steps.require_heard(ticket, seen, by=by)
        # An import knows that a ticket waits, not the words it was told so with.
        if text.strip() or (way.needs_text and origin != Ticket.Origin.IMPORT):
            said = steps.written(text, missing=_missing(way.there.status))
            _say(
                ticket, way.there.status, said, by=by, files=files, at=at, origin=origin
            )  # fmt: skip
        return go(ticket, way, by=by, at=at, origin=origin)

    return steps.once(
        key, by=by, of=("transition", ticket.pk, to, text, *steps.marks(files)), do=do
    ).ticket


def _missing(status: Status) -> str:
    """What the words would say, for who left them out."""
    if status == Status.WAITING_REQUESTER:
        return _("Write what you ask the requester.")
    if status == Status.WAITING_OTHER:
        return _("Write what the ticket waits for.")
    return _("Write why: this step asks for a reason.")


def go(
    ticket: Ticket,
    way: Way,
    *,
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Event:
    """Record the step and what follows from it; the caller has locked the ticket and asked the workflow.

    A step within a status that requesters read under the same name is nothing to them.
    """
    here = ways.standing(ticket)
    changes = {"status": way.there.status.value, **steps.stand(ticket, way)}
    told = way.there.status != here.status or way.there.outside_name != here.outside_name
    event = record(
        ticket, Kind.STATUS_CHANGED, by=by, changes=changes, at=at, public=told, origin=origin
    )
    follow_on(ticket, way, at=at, origin=origin)
    return event


def _is_there(ticket: Ticket, to: Status | str) -> bool:
    if isinstance(to, Status):
        return ticket.status == to
    return ways.standing(ticket).slug == to


def _require_this_verb(ticket: Ticket, there: Status) -> None:
    """Within “resolved” a ticket may go on like any other; in and out of it lead other verbs."""
    here = ticket.status
    if here != there and (there in ONLY_BY_THEIR_VERB or here == Status.RESOLVED):
        raise IllegalTransition(_("Resolving, closing and reopening need their own form."))


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
