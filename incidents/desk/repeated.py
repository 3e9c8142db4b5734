"""What came again and again: tickets of one service whose titles tell of the same, put together for those who lead."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from incidents.desk.clusters import Key, cluster, key_of
from incidents.tickets import durations
from incidents.tickets.models import Service, Ticket, kept_apart
from incidents.workflow.seeds import REPETITIVE

LOOKED_AT = 3_000
"""The newest tickets, at most."""
BACK = timedelta(days=90)
FEWEST = 3
MOST_SHOWN = 50
EXAMPLES = 3


@dataclass(frozen=True)
class Repeated:
    """One trouble of one service; `title` is its newest wording."""

    service: Service
    title: str
    tickets: int
    open: int
    marked: int
    spent: str
    examples: list[Ticket]
    newest: Ticket
    done: Ticket
    """The newest of which something was made: what a macro begins with."""


def shown_to(user: User, *, now: datetime) -> list[Repeated]:
    """Those with most tickets first, among what this reader sees. What is kept apart is left out for everybody."""
    seen = Ticket.objects.seen_as_staff_by(user).exclude(kept_apart())
    lately = seen.filter(service__isnull=False, merged_into=None, created_at__gte=now - BACK)
    rows = lately.select_related("service").order_by("-created_at", "-pk")[:LOOKED_AT]
    by_service: dict[int, list[Ticket]] = defaultdict(list)
    for one in rows:
        by_service[one.service_id or 0].append(one)
    found = [
        _repeated(together)
        for tickets in by_service.values()
        for together in _together(tickets)
        if len(together) >= FEWEST
    ]
    found.sort(key=lambda one: (-one.tickets, -one.newest.pk))
    return found[:MOST_SHOWN]


def _together(tickets: Iterable[Ticket]) -> Iterable[list[Ticket]]:
    by_key: dict[Key, list[Ticket]] = defaultdict(list)
    for one in tickets:
        by_key[key_of(one.title)].append(one)
    for keys in cluster({key: len(found) for key, found in by_key.items()}):
        yield sorted((one for key in keys for one in by_key[key]), key=lambda one: -one.pk)


def _repeated(together: list[Ticket]) -> Repeated:
    newest = together[0]
    minutes = sum(one.minutes_spent for one in together)
    assert newest.service is not None  # noqa: S101 (for the type checker; the query asks for it)
    return Repeated(
        service=newest.service,
        title=newest.title,
        tickets=len(together),
        open=sum(one.is_open for one in together),
        marked=sum(one.type == REPETITIVE for one in together),
        spent=durations.show(minutes) if minutes else "",
        examples=together[:EXAMPLES],
        newest=newest,
        done=next((one for one in together if not one.is_open), newest),
    )
