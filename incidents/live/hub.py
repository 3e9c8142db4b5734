"""The streams that are open in this process, and what has to be told to each.

Everything here runs in the process's event loop. A stream's memory is bounded: for each of its topics at most the
latest version waits to be sent. The hub remembers for a while which topics were woken when, so that a stream that
opens after a page was made also tells what changed in between; where that memory does not reach, it says `resync`
and the page fetches everything it shows.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.live.sources import EVERYTHING
from incidents.live.topics import Wake, now

Send = Callable[[dict[str, Any]], Awaitable[None]]

STREAMS_PER_PERSON = 12
REMEMBERED = 5_000
"""Topics whose last wake is remembered."""
MARGIN = 2_000
"""Milliseconds by which a page may be older than its signed list, which is made last."""
PING_EVERY = 25
"""Seconds; proxies cut what is silent for a minute."""
BREATH = 0.2
"""Seconds between two sendings on one stream: an import may wake a queue hundreds of times a second."""
PING = b": ping\n\n"


def frame(topic: str, version: int) -> bytes:
    return f"event: {topic}\nid: {now()}\ndata: {version}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, by which session; and marks that change with their password and with the roles they hold."""

    user: int
    session: str
    identity: int
    rights: int


class Stream:
    """One open response. Frames are sent by a short task of its own, so an idle stream is one waiting coroutine."""

    __slots__ = (
        "_flushing",
        "_pending",
        "_send",
        "checked_at",
        "closing",
        "listener",
        "task",
        "topics",
    )

    def __init__(self, listener: Listener, topics: frozenset[str], send: Send) -> None:
        self.listener, self.topics = listener, topics
        self.checked_at = time.monotonic()
        self.closing = False
        self.task: asyncio.Task[None] | None = asyncio.current_task()
        self._send = send
        self._pending: dict[str, bytes] = {}
        self._flushing: asyncio.Task[None] | None = None

    def tell(self, topic: str, message: bytes) -> None:
        """Say this, unless something newer of the same topic comes first."""
        self._pending[topic] = message
        if self._flushing is None and not self.closing:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._pending and not self.closing:
                frames = b"".join(self._pending.values())
                self._pending.clear()
                await self._send({"type": "http.response.body", "body": frames, "more_body": True})
                await asyncio.sleep(BREATH)
        finally:
            self._flushing = None

    def close(self) -> None:
        """End the response. The page opens another one, which asks for all rights again."""
        if self.closing:
            return
        self.end()
        if self.task:
            self.task.cancel()

    def end(self) -> None:
        """Say nothing more."""
        self.closing = True
        if self._flushing:  # it may be waiting for a reader that does not read
            self._flushing.cancel()


class Hub:
    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.stirred: set[Stream] = set()
        """Streams whose tickets changed since the guard last looked; the change may have taken a right away."""
        self._listeners: dict[str, set[Stream]] = {}
        self._recent: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._knows_since: float = math.inf
        self._ping_round = 0

    # Streams ------------------------------------------------------------------------------------------

    def is_full_for(self, user: int) -> bool:
        return sum(stream.listener.user == user for stream in self.streams) >= STREAMS_PER_PERSON

    def join(self, stream: Stream, since: Mapping[str, float]) -> None:
        """Tell `stream` from now on, and what happened to its topics since the given times (in milliseconds)."""
        self.streams.add(stream)
        for topic in stream.topics:
            self._listeners.setdefault(topic, set()).add(stream)
        if min(since.values(), default=math.inf) - MARGIN <= self._knows_since:
            stream.tell(*_resync())
            return
        for topic, moment in since.items():
            version, at = self._recent.get(topic, (0, -math.inf))
            if at >= moment - MARGIN:
                stream.tell(topic, frame(topic, version))

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self.stirred.discard(stream)
        for topic in stream.topics:
            if listeners := self._listeners.get(topic):
                listeners.discard(stream)
                if not listeners:
                    del self._listeners[topic]

    def close_all(self) -> None:
        for stream in list(self.streams):
            stream.close()

    # What happened --------------------------------------------------------------------------------------

    def deliver(self, wakes: Iterable[Wake]) -> None:
        for wake in wakes:
            if wake == EVERYTHING:
                self.hears()
                continue
            self._remember(wake)
            listeners = self._listeners.get(wake.topic, ())
            message = frame(wake.topic, wake.version)
            for stream in listeners:
                stream.tell(wake.topic, message)
            if "ticket:" in wake.topic:
                self.stirred.update(listeners)

    def _remember(self, wake: Wake) -> None:
        self._recent[wake.topic] = (wake.version, now())
        self._recent.move_to_end(wake.topic)
        if len(self._recent) > REMEMBERED:
            _topic, (_version, at) = self._recent.popitem(last=False)
            self._knows_since = at

    def hears(self) -> None:
        """From now on nothing is missed; what was before is unknown, so every open page fetches afresh."""
        self._recent.clear()
        self._knows_since = now()
        for stream in self.streams:
            stream.tell(*_resync())

    def is_deaf(self) -> None:
        """Until `hears`, streams that open can't rely on what is remembered."""
        self._knows_since = math.inf

    def ping_some(self) -> None:
        """Called once a second: each stream's turn comes every `PING_EVERY` calls."""
        self._ping_round = (self._ping_round + 1) % PING_EVERY
        for stream in self.streams:
            if id(stream) // 64 % PING_EVERY == self._ping_round:
                stream.tell("", PING)


def _resync() -> tuple[str, bytes]:
    return EVERYTHING.topic, frame(EVERYTHING.topic, now())


hub = Hub()
"""This process's one."""
