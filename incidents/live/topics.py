"""What an open page may listen to: the names of topics, who may hold which, and which ones an event touches.

A topic only says that something changed. It is never a pattern: names are compared as a whole, and a name that the
expression below does not match exists nowhere.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

from accounts import signed
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets.models import Event, Ticket

NAME = re.compile(
    r"(?P<kind>ticket|desk-ticket|presence|mine|requester|bell):(?P<number>[1-9][0-9]{0,17})"
    r"|(?P<queue>queue|board):(?P<slug>[A-Za-z0-9][A-Za-z0-9_-]{0,49})"
    r"|(?P<alone>unassigned|board-all|board-unassigned)",
    re.ASCII,
)
MOST_TOPICS = 60
"""That one stream, and so one signed list, may name. The browser knows it, too (live-line.js)."""

SALT = "live"
OPENS_FOR = timedelta(minutes=15)
RENEWS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wake:
    """Something changed under this topic. A list's version is a time in milliseconds, a ticket's its own."""

    topic: str
    version: int


def now() -> int:
    """Milliseconds since 1970, the version of lists and the id of frames."""
    return time.time_ns() // 1_000_000


# What an event touches -------------------------------------------------------------------------------


def topics_of(event: Event) -> list[Wake]:
    """Topics that `event` wakes; the event's ticket is as it is after it.

    Topics that people outside the desk may hold (`ticket`, `requester`) are woken by public events only, so an
    internal note can't be told from silence.
    """
    ticket = event.ticket
    before, after = event.data.get("was", {}), event.data.get("set", {})
    moment = int(event.recorded_at.timestamp() * 1000)

    topics = {f"queue:{slug}" for slug in _slugs(ticket, before)}
    assignees = {
        ticket.assignee_id,
        after.get("assignee_id", ticket.assignee_id),
        before.get("assignee_id", ticket.assignee_id),
    }
    topics |= {f"mine:{pk}" if pk else "unassigned" for pk in assignees}
    wakes = [Wake(f"desk-ticket:{ticket.number}", ticket.version)]
    if event.is_public:
        wakes.append(Wake(f"ticket:{ticket.number}", ticket.public_version))
        topics |= {f"requester:{pk}" for pk in (ticket.requester_id, ticket.reporter_id)}
    return wakes + [Wake(topic, moment) for topic in sorted(topics)]


def _slugs(ticket: Ticket, before: dict[str, Any]) -> set[str]:
    """The team's address, and that of the team it came from."""
    slugs = {ticket.team.slug} if ticket.team else set()
    former = before.get("team_id", ticket.team_id)
    if former and former != ticket.team_id:
        slugs.update(Team.objects.filter(pk=former).values_list("slug", flat=True))
    return slugs


# Who may listen --------------------------------------------------------------------------------------


def allowed(user: User, topic: str) -> bool:
    return topic in permitted(user, [topic])


def permitted(user: User, topics: Iterable[str]) -> set[str]:
    """Those of `topics` that this person may follow, by the predicates that pages start from.

    At most one query for each kind of topic, and one for the person's roles.
    """
    if not (user.is_authenticated and user.is_active):
        return set()
    by_kind: dict[str, dict[str, str]] = defaultdict(dict)
    for topic in topics:
        if match := NAME.fullmatch(topic):
            kind = match["kind"] or match["queue"] or match["alone"]
            by_kind[kind][match["number"] or match["slug"] or ""] = topic
    may: set[str] = set()
    for kind, by_key in by_kind.items():
        keys = _keys(user, kind, by_key)
        may.update(topic for key, topic in by_key.items() if key in keys)
    return may


def _keys(user: User, kind: str, asked: Iterable[str]) -> set[str]:
    """Of the keys asked for, those that the person may follow under this kind."""
    match kind:
        case "ticket":
            seen = Ticket.objects.visible_to(user).filter(number__in=asked)
            return {str(number) for number in seen.values_list("number", flat=True)}
        case "desk-ticket" | "presence":
            seen = Ticket.objects.seen_as_staff_by(user).filter(number__in=asked)
            return {str(number) for number in seen.values_list("number", flat=True)}
        case "queue" | "board":
            teams = Team.objects.filter(slug__in=asked)
            return {t.slug for t in teams if user.permits.allows(Permission.TICKETS_SEE, t)}
        case "unassigned" | "board-all" | "board-unassigned":
            return {""} if user.is_agent else set()
        case "mine":  # notes wake it, so it is the desk's
            return {str(user.pk)} if user.is_agent else set()
        case _:  # requester, bell
            return {str(user.pk)}


# Signed lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """A list of topics that a page was given, and when (in milliseconds)."""

    topics: tuple[str, ...]
    at: int


def sign(user: User, topics: Iterable[str]) -> str:
    """The list as a page carries it in `data-live`: bound to the person, good to open a stream for 15 minutes.

    Signing grants nothing by itself: rights are asked again when a stream opens, and while it is open.

    Raises:
        ValueError: a name that no topic has, or more than `MOST_TOPICS`.
    """
    names = sorted(set(topics))
    if len(names) > MOST_TOPICS:
        raise ValueError(f"more than {MOST_TOPICS} topics")
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f"not a topic: {name!r}")
    return signed.dumps([user.pk, now(), names], salt=SALT)


def read(signed: str, user_pk: int, *, within: timedelta = OPENS_FOR) -> Signed:
    """The list again.

    Raises:
        BadSignature: it is not ours, not this person's, or too old.
    """
    owner, at, names = signing.loads(signed, salt=SALT, max_age=within)
    if owner != user_pk:
        raise signing.BadSignature("of another person")
    return Signed(tuple(names), at)
