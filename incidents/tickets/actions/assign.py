"""Who has the ticket."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies, ways
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.transition import go
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow.states import OPEN_STATUSES, Status


@transaction.atomic
def assign(
    ticket: Ticket,
    *,
    to: User,
    by: User,
    expected: int | None = None,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Ticket:
    """Make `to` responsible. A ticket that nobody had started is begun when one takes it oneself, unless
    its workflow asks for more than that.

    Assigning to the present assignee changes and records nothing.

    Raises:
        NotAllowed: `by` may not take it, or may not give it to others.
        InvalidInput: `to` does not work on tickets of this team.
        IllegalTransition: the ticket is resolved or closed.
        EditConflict: somebody else was assigned after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    if to == by:
        require(policies.can_work(by, ticket), _("You may not take this ticket."))
    else:
        require(
            policies.can_assign(by, ticket), _("You may not give this ticket to somebody else.")
        )
    steps.require_fresh(ticket, expected, Kind.ASSIGNED, Kind.MOVED)
    if ticket.status not in OPEN_STATUSES:
        steps.require_open(ticket)
        raise steps.IllegalTransition(
            _("This ticket is resolved. Reopen it before somebody takes it.")
        )
    # Another tool's history may name people who have left the team since.
    history = by.is_system and origin == Ticket.Origin.IMPORT
    if not history and not policies.can_be_assigned(to, ticket):
        raise InvalidInput(
            _("%(person)s does not work on tickets of this team.") % {"person": to.display_name},
            field="to",
        )
    if ticket.assignee_id == to.pk:
        return ticket
    record(ticket, Kind.ASSIGNED, by=by, changes={"assignee_id": to.pk}, at=at, origin=origin)
    if ticket.status == Status.NEW and to == by:
        start = ways.best(ways.open_to(by, ticket), Status.OPEN)
        if start and not start.needs_text and not ways.missing(start, ticket):
            go(ticket, start, by=by, at=at, origin=origin)
    return ticket


def take(
    ticket: Ticket, *, by: User, expected: int | None = None, at: datetime | None = None
) -> Ticket:
    """Assign the ticket to oneself; see `assign`."""
    return assign(ticket, to=by, by=by, expected=expected, at=at)


@transaction.atomic
def release(
    ticket: Ticket, *, by: User, expected: int | None = None, at: datetime | None = None
) -> Ticket:
    """Give the ticket back to the team: nobody has it. Without an assignee nothing changes.

    Raises:
        NotAllowed: it is somebody else's, and `by` may not assign.
        IllegalTransition: the ticket is closed.
        EditConflict: the assignee changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    own = ticket.assignee_id == by.pk and policies.can_work(by, ticket)
    require(
        own or policies.can_assign(by, ticket),
        _("You may not take this ticket from somebody else."),
    )
    steps.require_open(ticket)
    steps.require_fresh(ticket, expected, Kind.ASSIGNED, Kind.MOVED)
    if ticket.assignee_id is None:
        return ticket
    record(
        ticket,
        Kind.ASSIGNED,
        by=by,
        changes={"assignee_id": None},
        at=at,
        origin=Ticket.Origin.DESK,
    )
    return ticket
