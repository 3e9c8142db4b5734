"""How wide, how soon: impact and urgency, and the priority that follows or is set by hand."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook


@transaction.atomic
def set_priority(
    ticket: Ticket,
    *,
    by: User,
    impact: str | None = None,
    urgency: str | None = None,
    override: int | None = None,
    reason: str = "",
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Change impact or urgency, and let priority follow by the matrix of its type; or set it by hand with `override` and a reason.

    What changes nothing records nothing. `reason` is read by staff only.

    Raises:
        NotAllowed: `by` may not change priority here.
        InvalidInput: an override without a reason.
        IllegalTransition: the ticket is closed.
        EditConflict: the priority changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(
        policies.can_prioritise(by, ticket), _("You may not change the priority of this ticket.")
    )
    steps.require_open(ticket)
    steps.require_fresh(ticket, expected, Kind.PRIORITISED)
    impact, urgency = str(impact or ticket.impact), str(urgency or ticket.urgency)
    by_matrix = rulebook.priority(ticket.type, impact, urgency)
    by_hand = override is not None and override != by_matrix
    changes = {
        "impact": impact,
        "urgency": urgency,
        "priority": int(override) if by_hand and override else int(by_matrix),
        "priority_by_hand": by_hand,
    }
    if all(getattr(ticket, name) == value for name, value in changes.items()):
        return ticket
    if by_hand and not reason.strip():
        raise InvalidInput(
            _("Say why the priority differs from impact and urgency."), field="reason"
        )
    why: dict[str, Any] = {}
    if reason.strip():
        why["reason"] = steps.written(reason, field="reason")[:500]
    record(
        ticket,
        Kind.PRIORITISED,
        by=by,
        changes=changes,
        at=at,
        origin=Ticket.Origin.DESK,
        **why,
    )
    return ticket


@transaction.atomic
def follow_matrix(ticket: Ticket, *, by: User) -> bool:
    """Set what impact and urgency give by the matrix as it is now; was anything changed?

    `by` changed the matrix, for which no right in the ticket's team is needed. What was set by hand stays, and so does
    what is settled.
    """
    ticket = steps.lock(ticket, even_merged=True)
    by_matrix = int(rulebook.priority(ticket.type, ticket.impact, ticket.urgency))
    if not ticket.is_open or ticket.priority_by_hand or ticket.priority == by_matrix:
        return False
    changes = {
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "priority": by_matrix,
        "priority_by_hand": False,
    }
    record(
        ticket,
        Kind.PRIORITISED,
        by=by,
        changes=changes,
        origin=Ticket.Origin.DESK,
        matrix=rulebook.type(ticket.type).matrix.slug,
    )
    return True
