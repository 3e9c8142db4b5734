"""“Me too”: somebody has the same trouble, and joins the ticket that tells of it instead of filing another."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import merged, policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, Ticket
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact

A_TEAM, A_CROWD = 2, 20
"""From so many people on it is a team's trouble, or that of many: as the form explains the words."""

WIDTH = (Impact.ME, Impact.TEAM, Impact.MANY)


@transaction.atomic
def join(ticket: Ticket, *, by: User, key: str = "", at: datetime | None = None) -> Ticket:
    """Count `by` as affected and let them follow the ticket. Who is on it already changes and records nothing.

    The more people have it, the wider its impact; priority follows by the matrix, unless it was set by hand. Neither
    ever sinks.

    Raises:
        NotAllowed: the ticket is not offered to others.
        IllegalTransition: it is resolved or closed.
        KeyReused: `key` was used for something else.
    """
    ticket = steps.lock(ticket, by=by)
    if policies.is_party(by, ticket) or _has_joined(ticket, by):
        return ticket
    require(
        Ticket.objects.shared_with(by).filter(pk=ticket.pk).exists(),
        _("This problem is not open for others to join."),
    )
    if not ticket.is_open:
        raise IllegalTransition(
            _("This was solved meanwhile. Report it if it still happens to you.")
        )

    def do() -> Event:
        Follower.objects.update_or_create(
            ticket=ticket,
            user=by,
            defaults={"has_joined": True},
            create_defaults={"has_joined": True, "is_chosen": False},
        )
        counted = merged.is_counted(by.pk, ticket)
        changes = _wider(ticket, ticket.affected_count + (0 if counted else 1))
        return record(
            ticket, Kind.JOINED, by=by, changes=changes, at=at, who=by.pk, counted=counted
        )

    return steps.once(key, by=by, of=("join", ticket.pk), do=do).ticket


def _has_joined(ticket: Ticket, by: User) -> bool:
    return Follower.objects.filter(ticket=ticket, user=by, has_joined=True).exists()


def _wider(ticket: Ticket, people: int) -> dict[str, Any]:
    """What changes about a ticket that so many people have."""
    least = Impact.MANY if people >= A_CROWD else Impact.TEAM if people >= A_TEAM else Impact.ME
    impact = max(Impact(ticket.impact), least, key=WIDTH.index)
    if impact == ticket.impact:
        return {}
    changes: dict[str, Any] = {"impact": impact.value}
    by_matrix = int(rulebook.priority(ticket.type, impact, ticket.urgency))
    if by_matrix < ticket.priority and not ticket.priority_by_hand:
        changes["priority"] = by_matrix
    return changes
