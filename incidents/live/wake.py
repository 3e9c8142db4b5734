"""Waking the streams of all web processes when a transaction commits.

On PostgreSQL the database carries the word (`NOTIFY`, delivered at commit, dropped on roll-back). SQLite can't, so
there each web process looks for new rows twice a second, see `incidents.live.sources`.
"""

import json
from collections.abc import Iterable, Iterator

from django.db import connection

from incidents.live.topics import Wake, now, topics_of
from incidents.tickets.models import Event

CHANNEL = "firebreak_live"
A_PAYLOAD = 80
"""Topics in one notification: at most 8,000 bytes may travel, the longest topic takes under 90."""


def publish(event: Event) -> None:
    """Tell the streams of everything that `event` touches. Call inside its transaction."""
    if connection.vendor == "postgresql":
        publish_topics(topics_of(event))


def publish_bell(user_pks: Iterable[int]) -> None:
    """Tell these people's pages that their notifications changed."""
    moment = now()
    publish_topics(Wake(f"bell:{pk}", moment) for pk in user_pks)


def publish_topics(wakes: Iterable[Wake]) -> None:
    """Tell the streams at commit. On SQLite a no-op: what shall be seen there needs a source."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for payload in payloads(wakes):
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def payloads(wakes: Iterable[Wake]) -> Iterator[str]:
    pairs = [[wake.topic, wake.version] for wake in wakes]
    for start in range(0, len(pairs), A_PAYLOAD):
        yield json.dumps(pairs[start : start + A_PAYLOAD], separators=(",", ":"))


def parse(payload: str) -> list[Wake]:
    return [Wake(str(topic), int(version)) for topic, version in json.loads(payload)]
