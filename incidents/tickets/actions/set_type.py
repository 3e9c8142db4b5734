"""Incident or request: what somebody filed as the other one."""

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


@transaction.atomic
def set_type(
    ticket: Ticket,
    *,
    type: str,
    by: User,
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Make it a ticket of another type. The present one changes and records nothing.

    Only incidents are offered to others to join, so what becomes something else no longer is.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: there is no such type.
        IllegalTransition: the ticket is closed.
        EditConflict: the type changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the type of this ticket."))
    steps.require_open(ticket)
    if type not in Ticket.Type.values:
        raise InvalidInput(_("Choose one of the types."), field="type")
    steps.require_fresh(ticket, expected, Kind.TYPE_CHANGED)
    if ticket.type == type:
        return ticket
    changes: dict[str, Any] = {"type": str(type)}
    if ticket.is_offered and type != Ticket.Type.INCIDENT:
        changes["is_offered"] = False
    record(ticket, Kind.TYPE_CHANGED, by=by, changes=changes, at=at, origin=Ticket.Origin.DESK)
    return ticket
