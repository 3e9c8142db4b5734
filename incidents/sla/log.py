"""A ticket's events as clocks read them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.sla.calendar import seconds_of
from incidents.sla.clock import Happening
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.workflow.states import Resolution

SPEAKING = frozenset({Kind.FILED, Kind.REPLIED, Kind.RESOLVED, Kind.REOPENED, Kind.FORWARDED})
RULED_BY = {
    "type": "type",
    "priority": "priority",
    "category_id": "category",
    "service_id": "service",
    "team_id": "team",
    "requester_id": "department",
}
"""Fields of a ticket that decide which promise is made for it, and what a policy calls them."""
GIVEN_UP = {Resolution.WITHDRAWN.value, Resolution.DUPLICATE.value}

Row = tuple[int, str, datetime, int, dict[str, Any]]
"""Of an event: ticket, kind, when it happened, who did it, its data."""


def matters(event: Event, asked: frozenset[str]) -> bool:
    """Can it change what a clock of its ticket says? `asked` are the fields that policies ask for."""
    if event.kind in SPEAKING:
        return True
    fields = event.data.get("set", {})
    ruled = {RULED_BY[name] for name in fields if name in RULED_BY}
    return "status" in fields or "priority" in ruled or not ruled.isdisjoint(asked)


def logs_of(tickets: Iterable[Ticket]) -> dict[int, list[Happening]]:
    """What happened on each ticket, in the order of writing: one query."""
    by_pk = {ticket.pk: ticket for ticket in tickets}
    rows = (
        Event.objects.filter(
            Q(kind__in=sorted(SPEAKING)) | Q(data__set__has_key="status"), ticket__in=by_pk
        )
        .order_by("ticket", "number")
        .values_list("ticket_id", "kind", "occurred_at", "actor_id", "data")
    )
    found: dict[int, list[Happening]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(happening(row, by_pk[row[0]]))
    return found


def as_row(event: Event) -> Row:
    return event.ticket_id, event.kind, event.occurred_at, event.actor_id, event.data


def happening(row: Row, ticket: Ticket) -> Happening:
    _ticket, kind, occurred_at, actor, data = row
    fields = data.get("set", {})
    status, code = fields.get("status", ""), fields.get("resolution_code")
    return Happening(
        at=seconds_of(occurred_at),
        status=status,
        spoke=_spoke(kind, actor, data, ticket),
        gives_up=None if code is None else code in GIVEN_UP,
    )


def _spoke(kind: str, actor: int, data: dict[str, Any], ticket: Ticket) -> Any:
    """Whose side spoke in public. Who takes a report on the phone answers it with that."""
    if kind == Kind.FILED:
        return "staff" if ticket.origin == Ticket.Origin.PHONE else "requester"
    if kind in {Kind.REPLIED, Kind.RESOLVED}:
        return "staff" if data.get("by_staff") else "requester"
    if kind == Kind.FORWARDED:
        return "requester"
    if kind == Kind.REOPENED and actor in {ticket.requester_id, ticket.reporter_id}:
        return "requester"
    return ""
