"""Hand a ticket to another team."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import Team, User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow.states import OPEN_STATUSES


@transaction.atomic
def move(
    ticket: Ticket, *, to: Team, by: User, expected: int | None = None, at: datetime | None = None
) -> Ticket:
    """Put the ticket into the queue of team `to`; nobody has it there yet.

    Moving to the present team changes and records nothing.

    Raises:
        NotAllowed: `by` may not hand tickets of this team over.
        InvalidInput: the team is retired.
        IllegalTransition: the ticket is resolved or closed.
        EditConflict: team or assignee changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_assign(by, ticket), _("You may not hand this ticket to another team."))
    if ticket.status not in OPEN_STATUSES:
        raise IllegalTransition(_("Only open tickets can be handed over. Reopen it first."))
    if to.is_retired:
        raise InvalidInput(_("This team takes no tickets any more."), field="team")
    steps.require_fresh(ticket, expected, Kind.MOVED, Kind.ASSIGNED)
    if ticket.team_id == to.pk:
        return ticket
    changes = {"team_id": to.pk, "assignee_id": None}
    record(ticket, Kind.MOVED, by=by, changes=changes, at=at, origin=Ticket.Origin.DESK)
    ticket.team = to
    return ticket
