"""How often priority was set by hand of late, against what impact and urgency give."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Overrides:
    """Of one team: how often, and on how many tickets."""

    team: str
    slug: str
    times: int
    tickets: int


def lately(user: Any, *, now: datetime, teams: list[int] | None = None) -> list[Overrides]:
    """Team by team, those with most first, over the tickets that this person sees as staff; with `teams` of these."""
    seen = Ticket.objects.seen_as_staff_by(user).filter(pk=OuterRef("ticket"))
    found = _overriding(now).filter(Exists(seen))
    if teams is not None:
        found = found.filter(ticket__team__in=teams)
    rows = found.order_by().values_list("ticket__team__name", "ticket__team__slug")
    counted = rows.annotate(times=Count("pk"), tickets=Count("ticket", distinct=True))
    return [
        Overrides(name or "", slug or "", times, tickets)
        for name, slug, times, tickets in counted.order_by("-times", "ticket__team__name")
    ]


def _overriding(now: datetime) -> QuerySet[Event]:
    by_hand = Q(data__set__priority_by_hand=True)
    return Event.objects.filter(by_hand, kind=Kind.PRIORITISED, occurred_at__gte=now - LATELY)
