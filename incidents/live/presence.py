"""Who has a ticket open on the desk, and who writes. Told to the others who look at it; nothing is locked.

A page says that it is there every 20 seconds while it is seen. Who said nothing for a minute is gone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from incidents.live.models import Presence
from incidents.live.topics import Wake, now
from incidents.live.wake import publish_topics
from incidents.tickets.models import Ticket

GONE_AFTER = timedelta(minutes=1)
MOST_SHOWN = 4


@dataclass(frozen=True)
class Present:
    user: User
    writes: str


def come(ticket: Ticket, user: User, writes: str) -> None:
    """Note that somebody is there and what they write; the others' pages hear of it when that is new.

    Raises:
        ValueError: `writes` is nothing that one writes.
    """
    if writes not in Presence.Writes.values:
        raise ValueError(writes)
    moment = timezone.now()
    here = Presence.objects.filter(ticket=ticket, user=user)
    same = here.filter(writes=writes, seen_at__gte=moment - GONE_AFTER).update(seen_at=moment)
    if same:
        return
    Presence.objects.update_or_create(
        ticket=ticket, user=user, defaults={"writes": writes, "seen_at": moment}
    )
    _tell(ticket)


def leave(ticket: Ticket, user: User) -> None:
    """Note that somebody closed the page."""
    if Presence.objects.filter(ticket=ticket, user=user).delete()[0]:
        _tell(ticket)


def others(ticket: Ticket, reader: User) -> list[Present]:
    """Who else is there, those who write first."""
    since = timezone.now() - GONE_AFTER
    rows = Presence.objects.filter(ticket=ticket, seen_at__gte=since).exclude(user=reader.pk)
    found = rows.select_related("user").order_by("-writes", "pk")[:MOST_SHOWN]
    return [Present(row.user, row.writes) for row in found]


def forget_gone() -> int:
    """Drop the rows of who is gone; how many."""
    return Presence.objects.filter(seen_at__lt=timezone.now() - GONE_AFTER).delete()[0]


def _tell(ticket: Ticket) -> None:
    publish_topics([Wake(f"presence:{ticket.number}", now())])


def changes(last_seen: Any) -> tuple[frozenset[tuple[int, int, str]], list[Wake]]:
    """For SQLite, which can't tell: who is where now, and a wake for each ticket where that is not as it was."""
    since = timezone.now() - GONE_AFTER
    rows = Presence.objects.filter(seen_at__gte=since)
    here = frozenset(rows.values_list("ticket__number", "user", "writes"))
    if last_seen is None:
        return here, []
    moment = now()
    numbers = {number for number, _user, _writes in here ^ last_seen}
    return here, [Wake(f"presence:{number}", moment) for number in sorted(numbers)]
