"""Let others who have the same trouble find a ticket and join it, or stop that."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook


@transaction.atomic
def offer(ticket: Ticket, *, on: bool, by: User, at: datetime | None = None) -> Ticket:
    """Show the ticket's title to people who are about to report the same, or no longer. As it is already changes nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: it is a request, or a private or confidential matter.
        IllegalTransition: it is resolved or closed.
    """
    ticket = steps.lock(ticket, by=by)
    require(
        policies.can_work(by, ticket), _("You may not decide whether others can join this ticket.")
    )
    if ticket.is_offered == on:
        return ticket
    if not ticket.is_open:
        raise IllegalTransition(_("Only open tickets can be joined. Reopen it first."))
    if on and not rulebook.type(ticket.type).is_incident:
        raise InvalidInput(_("Only incidents can be joined by others."), field="on")
    if on and (ticket.is_confined or (ticket.team and ticket.team.is_private)):
        raise InvalidInput(
            _("This ticket is confidential: nobody else may know of it."), field="on"
        )
    record(
        ticket,
        Kind.OFFERED,
        by=by,
        changes={"is_offered": on},
        at=at,
        public=False,
        origin=Ticket.Origin.DESK,
    )
    return ticket
