"""Where a process learns of changes when the database can't tell it (SQLite): new rows, looked for twice a second.

Apps above this one add theirs with `register`. On SQLite one transaction writes at a time, so rows become visible in
the order of their keys and a cursor on the highest key misses nothing; on PostgreSQL that would not hold.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Max

from incidents.live.topics import Wake, topics_of
from incidents.tickets.models import Event

Source = Callable[[Any], tuple[Any, list[Wake]]]
"""Takes what it last saw (None at first: wake nothing) and returns what it saw now, and whom to wake."""

EVERYTHING = Wake("resync", 0)
"""Too much happened to name it all: every page fetches what it shows."""

MOST_EVENTS = 500


def new_events(last_seen: int | None) -> tuple[int, list[Wake]]:
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if last_seen is None or newest <= last_seen:
        return newest, []
    if newest - last_seen > MOST_EVENTS:
        return newest, [EVERYTHING]
    fresh = Event.objects.filter(pk__gt=last_seen, pk__lte=newest).order_by("pk")
    wakes: list[Wake] = []
    for event in fresh.select_related("ticket__team"):
        wakes += topics_of(event)
    return newest, wakes


_sources: list[Source] = [new_events]


def register(source: Source) -> None:
    """Ask `source`, too. It runs in a thread of the web process, outside of any request."""
    if source not in _sources:
        _sources.append(source)


class Poller:
    """Asks every source in turn and remembers what each saw."""

    def __init__(self) -> None:
        self._seen: dict[Source, Any] = {}

    def poll(self) -> list[Wake]:
        wakes: list[Wake] = []
        for source in _sources:
            self._seen[source], found = source(self._seen.get(source))
            wakes += found
        return wakes
