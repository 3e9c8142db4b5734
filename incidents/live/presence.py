"""Who has a ticket or a board open on the desk, and who writes. Told to the others who look at it; nothing is locked.

A page says that it is there every 20 seconds while it is seen. Who said nothing for a minute is gone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from incidents.live.models import BoardPresence, Presence
from incidents.live.topics import Wake, now
from incidents.live.wake import publish_topics
from incidents.tickets.models import Ticket

GONE_AFTER = timedelta(minutes=1)
MOST_SHOWN = 4
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When who left was last seen. Their row stays until it is tidied: on SQLite somebody who came and left between two
looks would else have changed nothing, and stay on the pages of those who asked in between."""


@dataclass(frozen=True)
class Present:
    user: User
    writes: str


# At a ticket -------------------------------------------------------------------------------------------


def come(ticket: Ticket, user: User, writes: str, page: str = "") -> None:
    """Note that somebody is there and what they write; the others' pages hear of it when that is new.

    `page` is one opening of the page, by a word of its own: what it said before it was left, and what arrives only
    afterwards, changes nothing.

    Raises:
        ValueError: `writes` is nothing that one writes.
    """
    if writes not in Presence.Writes.values:
        raise ValueError(writes)
    moment = timezone.now()
    here = Presence.objects.filter(ticket=ticket, user=user)
    if page and here.filter(left_page=page).exists():
        return
    still = here.filter(writes=writes, seen_at__gte=moment - GONE_AFTER)
    same = still.update(seen_at=moment, page=page)
    if same:
        return
    Presence.objects.update_or_create(
        ticket=ticket,
        user=user,
        defaults={"writes": writes, "seen_at": moment, "changed_at": moment, "page": page},
    )
    _tell(_topic(ticket.number))


def leave(ticket: Ticket, user: User, page: str = "") -> None:
    """Note that somebody closed the page."""
    if _end(Presence.objects.filter(ticket=ticket, user=user), page):
        _tell(_topic(ticket.number))
    elif page:
        Presence.objects.update_or_create(
            ticket=ticket,
            user=user,
            defaults={"left_page": page},
            create_defaults={"seen_at": LONG_AGO, "left_page": page},
        )


def others(ticket: Ticket, reader: User) -> list[Present]:
    """Who else is there, those who write first."""
    rows = Presence.objects.filter(ticket=ticket, seen_at__gte=_since()).exclude(user=reader.pk)
    found = rows.select_related("user").order_by("-writes", "pk")[:MOST_SHOWN]
    return [Present(row.user, row.writes) for row in found]


# At a board --------------------------------------------------------------------------------------------


def come_to_board(board: str, user: User, page: str = "") -> None:
    """Note that somebody has the board of this topic open; the others' pages hear of it when that is new.

    `page`: see `come`.
    """
    moment = timezone.now()
    here = BoardPresence.objects.filter(board=board, user=user)
    if page and here.filter(left_page=page).exists():
        return
    if here.filter(seen_at__gte=_since()).update(seen_at=moment, page=page):
        return
    BoardPresence.objects.update_or_create(
        board=board, user=user, defaults={"seen_at": moment, "changed_at": moment, "page": page}
    )
    _tell(board)


def leave_board(board: str, user: User, page: str = "") -> None:
    """Note that somebody closed the page."""
    if _end(BoardPresence.objects.filter(board=board, user=user), page):
        _tell(board)
    elif page:
        BoardPresence.objects.update_or_create(
            board=board,
            user=user,
            defaults={"left_page": page},
            create_defaults={"seen_at": LONG_AGO, "left_page": page},
        )


def others_at_board(board: str, reader: User) -> list[User]:
    """Who else has it open, in the order in which they came."""
    rows = BoardPresence.objects.filter(board=board, seen_at__gte=_since()).exclude(user=reader.pk)
    return [row.user for row in rows.select_related("user").order_by("pk")]


# At both -----------------------------------------------------------------------------------------------


def forget_gone() -> int:
    """Drop the rows of who is gone; how many."""
    gone = [model.objects.filter(seen_at__lt=_since()) for model in (Presence, BoardPresence)]
    return sum(rows.delete()[0] for rows in gone)


def changes(last_seen: Any) -> tuple[frozenset[tuple[str, int, datetime, bool]], list[Wake]]:
    """For SQLite, which can't tell: who is where now, and a wake for each place where that is not as it was."""
    since = _since()
    at = Presence.objects.values_list("ticket__number", "user", "changed_at", "seen_at")
    boards = BoardPresence.objects.values_list("board", "user", "changed_at", "seen_at")
    here = frozenset(
        (_topic(number), user, changed, seen >= since) for number, user, changed, seen in at
    ) | frozenset((board, user, changed, seen >= since) for board, user, changed, seen in boards)
    if last_seen is None:
        return here, []
    moment = now()
    topics = {topic for topic, *_ in here ^ last_seen}
    return here, [Wake(topic, moment) for topic in sorted(topics)]


def _end(rows: models.QuerySet[Presence] | models.QuerySet[BoardPresence], page: str) -> int:
    """Note that whoever is here by these rows left this page; how many did. Another page of theirs keeps them here."""
    return rows.filter(seen_at__gte=_since(), page__in={"", page}).update(
        seen_at=LONG_AGO, changed_at=timezone.now(), left_page=page
    )


def _topic(number: int) -> str:
    return f"presence:{number}"


def _since() -> datetime:
    return timezone.now() - GONE_AFTER


def _tell(topic: str) -> None:
    publish_topics([Wake(topic, now())])
