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

from accounts.models import Grant, Role, Team, User
from incidents.live.hub import Hub, Stream
from incidents.live.threads import in_thread
from incidents.live.topics import permitted

log = logging.getLogger("firebreak.live")

LOOKS_EVERY = 3.0
ASKS_AGAIN_AFTER = 60.0
MOST_ASKED = 200
"""People whose topics are asked for in one pass."""
BLIND_FOR = 20.0
"""Without an answer from the database for this long, all streams end: nobody can tell who may still listen."""
A_QUERY = 500

Item = TypeVar("Item")


async def guard(hub: Hub) -> None:
    """Watch the streams of `hub` until cancelled."""
    saw = time.monotonic()
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        try:
            await look(hub)
            saw = time.monotonic()
        except DatabaseError as error:
            log.warning("could not check who listens: %s", type(error).__name__)
            if time.monotonic() - saw > BLIND_FOR:
                hub.close_all()


async def look(hub: Hub) -> None:
    """One pass."""
    streams = list(hub.streams)
    if not streams:
        return
    stirred, hub.stirred = hub.stirred, set()
    sessions = await in_thread(living, {stream.session for stream in streams})
    people = await in_thread(standing, {stream.user for stream in streams})

    staying: list[Stream] = []
    urgent: set[int] = set()
    for stream in streams:
        identity, rights = people.get(stream.user, (None, None))
        if stream.session not in sessions or stream.identity != identity:
            stream.close()
            continue
        staying.append(stream)
        if stream.rights != rights or stream in stirred:
            stream.rights = rights
            urgent.add(stream.user)
    await _ask_again(staying, urgent)


async def _ask_again(streams: list[Stream], urgent: set[int]) -> None:
    """Ask for the topics of the urgent, then of those not asked for longest."""
    by_user: dict[int, list[Stream]] = defaultdict(list)
    for stream in streams:
        by_user[stream.user].append(stream)
    old = time.monotonic() - ASKS_AGAIN_AFTER
    asked = {user: min(s.checked_at for s in own) for user, own in by_user.items()}
    due = [user for user, at in asked.items() if at < old and user not in urgent]
    due.sort(key=lambda user: asked[user])

    for some in _parts([*urgent, *due[:MOST_ASKED]], 25):  # pages' sessions are opened in between
        wanted = {user: {t for s in by_user[user] for t in s.topics} for user in some}
        may = await in_thread(rights_of, wanted)
        for user in some:
            for stream in by_user[user]:
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
    """For active people a mark of who they are (changes with the password) and one of the roles they hold."""
    roles = list(Role.objects.order_by("pk").values_list("pk", "permissions"))
    teams = list(Team.objects.order_by("pk").values_list("pk", "slug", "is_private"))
    shape = repr((roles, teams))
    found: dict[int, tuple[int, int]] = {}
    for pks in _parts(list(users), A_QUERY):
        held: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        grants = Grant.objects.filter(user__in=pks).order_by("pk")
        for user, role, team in grants.values_list("user", "role", "team"):
            held[user].append((role, team))
        active = User.objects.filter(pk__in=pks, is_active=True)
        for user, password in active.values_list("pk", "password"):
            found[user] = (identity_of(password), hash((shape, tuple(held[user]))))
    return found


def identity_of(password: str) -> int:
    """A mark that changes with the (hashed) password, without keeping it."""
    return hash(password)


def rights_of(wanted: dict[int, set[str]]) -> dict[int, set[str]]:
    """Of the topics wanted, those that each person may follow now."""
    people = User.objects.in_bulk(list(wanted))
    return {
        user: permitted(people[user], topics) if user in people else set()
        for user, topics in wanted.items()
    }


def _parts(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
