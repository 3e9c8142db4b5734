"""Ends streams whose reason ended: the session, the person's account, the password, or the right to a topic.

Every few seconds one pass over all open streams, in a constant number of queries, finds the sessions and accounts
that ended and the people whose roles changed. Rights to topics are asked again, by the same predicates as pages use,
for people whose roles changed, for tickets that changed, and for everybody once a minute.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Department, Grant, Role, Team, User
from accounts.permits import Permits, combine
from incidents.live.hub import Hub, Stream
from incidents.live.threads import in_thread
from incidents.live.topics import permitted
from incidents.tickets.models import Category

log = logging.getLogger("firebreak.live")

LOOKS_EVERY = 3.0
ASKS_AGAIN_AFTER = 60.0
MOST_ASKED = 200
"""People whose topics are asked for in one pass."""
BLIND_FOR = 20.0
"""Without an answer from the database for this long, all streams end: nobody can tell who may still listen."""
A_QUERY = 500

Item = TypeVar("Item")
Held = tuple[list[str], int | None]
"""A role's permissions, and the team it is held in."""


class Guard:
    """Watches the streams of one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._teams: int | None = None

    async def watch(self) -> None:
        """Until cancelled."""
        saw = time.monotonic()
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            try:
                await self.look()
                saw = time.monotonic()
            except DatabaseError as error:
                log.warning("could not check who listens: %s", type(error).__name__)
                if time.monotonic() - saw > BLIND_FOR:
                    self._hub.close_all()

    async def look(self) -> None:
        """One pass: end what ended, ask again where something changed, and where it was not asked for long."""
        streams = list(self._hub.streams)
        if not streams:
            return
        stirred, self._hub.stirred = self._hub.stirred, set()
        sessions = await in_thread(living, {stream.listener.session for stream in streams})
        people = await in_thread(standing, {stream.listener.user for stream in streams})
        teams = await in_thread(teams_mark)
        reshaped, self._teams = teams != self._teams, teams

        staying: dict[int, list[Stream]] = defaultdict(list)
        urgent: set[int] = set()
        for stream in streams:
            who = stream.listener
            identity, rights = people.get(who.user, (None, None))
            if who.session not in sessions or who.identity != identity:
                stream.close()
                continue
            staying[who.user].append(stream)
            if reshaped or who.rights != rights or stream in stirred:
                urgent.add(who.user)
        await self._ask_again(staying, urgent)

    async def _ask_again(self, streams: dict[int, list[Stream]], urgent: set[int]) -> None:
        old = time.monotonic() - ASKS_AGAIN_AFTER
        asked = {user: min(stream.checked_at for stream in own) for user, own in streams.items()}
        due = sorted((at, user) for user, at in asked.items() if at < old and user not in urgent)
        users = [*urgent, *(user for _at, user in due[:MOST_ASKED])]

        for some in _parts(users, 25):  # new streams are let in between
            wanted = {user: {t for s in streams[user] for t in s.topics} for user in some}
            may = await in_thread(rights_of, wanted)
            for user in some:
                for stream in streams[user]:
                    stream.checked_at = time.monotonic()
                    if not stream.topics <= may[user]:
                        stream.close()


# In a thread, with the database ----------------------------------------------------------------------


def living(sessions: Iterable[str]) -> set[str]:
    """Those sessions that have not ended."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    found: set[str] = set()
    for keys in _parts(list(sessions), A_QUERY):
        found.update(alive.filter(pk__in=keys).values_list("pk", flat=True))
    return found


def standing(users: Iterable[int]) -> dict[int, tuple[int, int]]:
    """For active people the marks of who they are and of what they may do (see `Listener`).

    Only a change of the marks counts; what it means is asked of the predicates.
    """
    roles = list(Role.objects.values_list("pk", "permissions", "is_everybody"))
    permissions = {role: given for role, given, _everybody in roles}
    of_everybody: list[Held] = [(given, None) for _role, given, everybody in roles if everybody]
    found: dict[int, tuple[int, int]] = {}
    for pks in _parts(list(users), A_QUERY):
        held: dict[int, list[Held]] = defaultdict(of_everybody.copy)
        for user, role, team in Grant.objects.filter(user__in=pks).values_list(
            "user", "role", "team"
        ):
            held[user].append((permissions.get(role, []), team))
        active = User.objects.filter(pk__in=pks, is_active=True)
        for user, password in active.values_list("pk", "password"):
            found[user] = (identity_mark(password), rights_mark(combine(held[user])))
    return found


def identity_mark(password: str) -> int:
    """Changes with the (hashed) password, without keeping it."""
    return hash(password)


def rights_mark(permits: Permits) -> int:
    return hash((permits.everywhere, frozenset(permits.by_team.items())))


def teams_mark() -> int:
    """Changes with everything that opens or closes tickets to many: private teams, sharing departments, confidential categories."""
    teams = Team.objects.order_by("pk").values_list("pk", "slug", "is_private")
    sharing = Department.objects.filter(shares_tickets=True).order_by("pk").values_list("pk")
    closed = Category.objects.filter(is_confined=True).order_by("pk").values_list("pk")
    return hash((tuple(teams), tuple(sharing), tuple(closed)))


def rights_of(wanted: dict[int, set[str]]) -> dict[int, set[str]]:
    """Of the topics wanted, those that each person may follow now."""
    people = User.objects.select_related("department").in_bulk(list(wanted))
    return {
        user: permitted(people[user], topics) if user in people else set()
        for user, topics in wanted.items()
    }


def _parts(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
