"""Thousands of open pages, each with its live stream, and how long one event takes to reach the last of them."""

import asyncio
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.bench.server import Server

AT_ONCE = 40
"""Streams that open at the same moment."""
PATIENCE = 30
SETTLE = 2


@dataclass(frozen=True)
class Listener:
    """Somebody with a signed list of topics."""

    session: str
    signed: str


@dataclass(frozen=True)
class Heard:
    """What was measured; times in seconds, memory in megabytes."""

    streams: int
    memory_before: float
    memory: float
    to_last: list[float]
    to_middle: list[float]


class Stream:
    """One open response."""

    def __init__(self) -> None:
        self.heard_at = 0.0
        self.opened = asyncio.Event()

    async def listen(self, server: Server, listener: Listener, topic: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            f"GET /live/?topics={quote(listener.signed)} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Cookie: sid={listener.session}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"A stream was not opened: {status.decode()}")
        self.opened.set()
        wanted = f"event: {topic}\n".encode()
        try:
            async for line in reader:
                if line == wanted:
                    self.heard_at = time.perf_counter()
        finally:
            writer.close()


def listen(
    server: Server, listeners: list[Listener], topic: str, happen: Callable[[], None], *, times: int
) -> Heard:
    """Open a stream for each listener, let something happen some times, and note when each heard of it."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 4 * len(listeners) + 1024), limit[1]))
    return asyncio.run(_listen(server, listeners, topic, happen, times))


async def _listen(
    server: Server, listeners: list[Listener], topic: str, happen: Callable[[], None], times: int
) -> Heard:
    before = server.memory()
    streams: list[Stream] = []
    tasks: list[asyncio.Task[None]] = []
    for start in range(0, len(listeners), AT_ONCE):
        fresh = [Stream() for _ in listeners[start : start + AT_ONCE]]
        tasks += [
            asyncio.create_task(stream.listen(server, listener, topic))
            for stream, listener in zip(fresh, listeners[start:], strict=False)
        ]
        await asyncio.wait_for(_all_open(fresh, tasks), PATIENCE)
        streams += fresh
    await asyncio.sleep(SETTLE)
    memory = server.memory()
    to_last, to_middle = [], []
    for _ in range(times):
        delays = await _once(streams, happen)
        to_last.append(delays[-1])
        to_middle.append(statistics.median(delays))
        await asyncio.sleep(SETTLE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Heard(len(streams), before, memory, to_last, to_middle)


async def _all_open(streams: list[Stream], tasks: list[asyncio.Task[None]]) -> None:
    while not all(stream.opened.is_set() for stream in streams):
        for task in tasks:
            if task.done() and task.exception():
                raise task.exception() or RuntimeError
        await asyncio.sleep(0.01)


async def _once(streams: list[Stream], happen: Callable[[], None]) -> list[float]:
    """Seconds from before the change to each stream's hearing of it, in order."""
    for stream in streams:
        stream.heard_at = 0.0
    began = time.perf_counter()
    await asyncio.to_thread(happen)
    while not all(stream.heard_at for stream in streams):
        if time.perf_counter() > began + PATIENCE:
            deaf = sum(not stream.heard_at for stream in streams)
            raise RuntimeError(f"{deaf} of {len(streams)} streams heard nothing.")
        await asyncio.sleep(0.005)
    return sorted(stream.heard_at - began for stream in streams)
