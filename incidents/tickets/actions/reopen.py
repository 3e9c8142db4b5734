"""“No, still broken.”"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import policies, ways
from incidents.tickets.actions import steps
from incidents.tickets.actions.effects import follow_on
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.mailed import Mailed
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.rulebook import Way
from incidents.workflow.states import OPEN_STATUSES, Status


@transaction.atomic
def reopen(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    to: str = "",
    files: Sequence[Upload] = (),
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.PORTAL,
    mailed: Mailed | None = None,
) -> Ticket:
    """Open a resolved ticket again, with what is still wrong; `to` a step of its workflow, where several follow.

    The requester's side may do so for some days (`PortalRules.reopen_days`); later they file a follow-up.

    Raises:
        NotAllowed: `by` is neither on the ticket's side nor works on it.
        IllegalTransition: the ticket is not resolved, or was resolved too long ago.
        InvalidInput: nothing says what is still wrong.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_reopen(by, ticket), _("You can't reopen this ticket."))
    text = steps.written(text, missing=_("Write why it is opened again."))

    def do() -> Event:
        steps.require_open(ticket)
        if ticket.status != Status.RESOLVED:
            raise IllegalTransition(_("This ticket is open already."))
        way = _way(ticket, to, by=by, origin=origin)
        if not policies.can_still_reopen(by, ticket, at=at or timezone.now()):
            raise IllegalTransition(
                _("This was solved too long ago to open it again. Report it again instead.")
            )
        said = steps.say(ticket, Message.Kind.REPLY, text, by=by, files=files, at=at, mailed=mailed)
        changes = {**steps.stand(ticket, way), "resolved_at": None, "resolution_code": ""}
        if ticket.solved_with_id:  # it did not solve it after all
            changes["solved_with_id"] = None
        event = record(ticket, Kind.REOPENED, by=by, changes=changes, at=at, origin=origin, **said)
        follow_on(ticket, way, at=at, origin=origin)
        return event

    return steps.once(
        key, by=by, of=("reopen", ticket.pk, to, text, *steps.marks(files)), do=do
    ).ticket


def _way(ticket: Ticket, to: str, *, by: User, origin: str) -> Way:
    if to:
        way = steps.require_transition(ticket, to, by=by, origin=origin)
        if way.there.status not in OPEN_STATUSES:
            raise IllegalTransition(_("That step does not open the ticket again."))
        return way
    opening = [way.there.status for way in ways.open_to(by, ticket) if way.there.is_open]
    # To work in progress where the workflow leads there, else to wherever it opens again.
    status = Status.OPEN if Status.OPEN in opening or not opening else opening[0]
    return steps.require_transition(ticket, status, by=by, origin=origin)
