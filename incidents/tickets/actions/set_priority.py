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
from incidents.workflow import priority


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
    """Change impact or urgency, and let priority follow by the matrix; or set it by hand with `override` and a reason.

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
    by_matrix = priority.of(impact, urgency)
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
