"""Call for more: more skill, or more authority."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.workflow.states import OPEN_STATUSES

LONGEST_REASON = 500


@transaction.atomic
def escalate(
    ticket: Ticket,
    *,
    by: User,
    told: Iterable[int],
    reason: str = "",
    at: datetime | None = None,
    **how: Any,
) -> Event:
    """Tell these people, by their keys, that the ticket needs them. Staff read it; nobody outside the desk does.

    `how` says by which step of which chain, and is noted as it is. What else a step does are verbs of their own.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        IllegalTransition: the ticket is resolved or closed.
        InvalidInput: a person escalates and doesn't say why.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not escalate this ticket."))
    if ticket.status not in OPEN_STATUSES:
        raise IllegalTransition(_("Only open tickets can be escalated. Reopen it first."))
    reason = reason.strip()
    if not by.is_system and not reason:
        raise InvalidInput(_("Say why this must not wait."), field="reason")
    if reason:
        how["reason"] = steps.written(reason, field="reason")[:LONGEST_REASON]
    return record(
        ticket, Kind.ESCALATED, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
        told=sorted(set(told)), **how,
    )  # fmt: skip
