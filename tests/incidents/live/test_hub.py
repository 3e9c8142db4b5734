"""What each open stream is told, without a server around it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from incidents.live import hub as hubs
from incidents.live.hub import Hub, Listener, Stream
from incidents.live.sources import EVERYTHING
from incidents.live.topics import Wake, now
from incidents.live.wake import parse, payloads


@pytest.fixture(autouse=True)
def _without_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "BREATH", 0)


ANYBODY = Listener(user=1, session="a", identity=0, rights=0)


class Reader:
    """The other end of a stream; reads only while `reads` is set."""

    def __init__(
        self, hub: Hub, *topics: str, since: float | None = None, who: Listener = ANYBODY
    ) -> None:
        self.told: list[tuple[str, int]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.stream = Stream(who, frozenset(topics), self._send)
        self.stream.task = None
        hub.join(self.stream, {} if since is None else dict.fromkeys(topics, since))

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        for block in message["body"].decode().strip().split("\n\n"):
            if block.startswith("event"):
                lines = dict(line.split(": ", 1) for line in block.split("\n"))
                self.told.append((lines["event"], int(lines["data"])))


def live(test: Callable[[Hub], Awaitable[None]]) -> None:
    async def run() -> None:
        hub = Hub()
        hub.hears()
        await test(hub)

    asyncio.run(run())


async def settle() -> None:
    for _turn in range(5):
        await asyncio.sleep(0)


def test_a_stream_is_told_its_own_topics() -> None:
    async def test(hub: Hub) -> None:
        one, other = Reader(hub, "ticket:1"), Reader(hub, "ticket:2", "unassigned")
        hub.deliver([Wake("ticket:1", 5), Wake("unassigned", 7)])
        await settle()

        assert (one.told, other.told) == ([("ticket:1", 5)], [("unassigned", 7)])

    live(test)


def test_who_does_not_read_is_told_only_the_latest_of_each_topic() -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub, "ticket:1", "ticket:2")
        reader.reads.clear()
        for version in range(1, 1000):
            hub.deliver([Wake("ticket:1", version), Wake("ticket:2", version)])
            await asyncio.sleep(0)
        reader.reads.set()
        await settle()

        assert len(reader.told) <= 4
        assert reader.told[-2:] == [("ticket:1", 999), ("ticket:2", 999)]

    live(test)


def test_a_storm_is_told_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "BREATH", 0.1)

    async def test(hub: Hub) -> None:
        reader = Reader(hub, "queue:network")
        for version in range(1, 100):
            hub.deliver([Wake("queue:network", version)])
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.15)

        assert len(reader.told) < 8
        assert reader.told[-1] == ("queue:network", 99)

    live(test)


def test_what_happened_since_a_page_was_made_is_told_when_its_stream_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "MARGIN", 0)

    async def test(hub: Hub) -> None:
        await asyncio.sleep(0.01)
        made = now()
        hub.deliver([Wake("ticket:1", 5)])
        newer, older = Reader(hub, "ticket:1", since=now() + 1), Reader(hub, "ticket:1", since=made)
        await settle()

        assert (newer.told, older.told) == ([], [("ticket:1", 5)])

    live(test)


def test_a_page_older_than_our_memory_fetches_everything() -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub, "ticket:1", since=now() - 60_000)
        await settle()

        assert [topic for topic, _version in reader.told] == ["resync"]

    live(test)


def test_memory_is_bounded_and_knows_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "REMEMBERED", 10)
    monkeypatch.setattr(hubs, "MARGIN", 0)

    async def test(hub: Hub) -> None:
        await asyncio.sleep(0.005)
        made = now()
        for number in range(50):
            hub.deliver([Wake(f"ticket:{number + 1}", 1)])
        reader = Reader(hub, "ticket:1", since=made)
        await settle()

        assert len(hub._recent) == 10
        assert [topic for topic, _version in reader.told] == ["resync"]

    live(test)


@pytest.mark.parametrize("lost", [lambda hub: hub.hears(), lambda hub: hub.deliver([EVERYTHING])])
def test_after_a_gap_everybody_fetches_everything(lost: Callable[[Hub], None]) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub, "ticket:1")
        lost(hub)
        await settle()

        assert [topic for topic, _version in reader.told] == ["resync"]

    live(test)


def test_whoever_opens_while_nothing_is_heard_fetches_everything() -> None:
    async def test(hub: Hub) -> None:
        hub.is_deaf()
        reader = Reader(hub, "ticket:1", since=now() + 10_000)
        await settle()

        assert [topic for topic, _version in reader.told] == ["resync"]

    live(test)


def test_a_closed_stream_is_told_nothing_and_forgotten() -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub, "ticket:1")
        reader.stream.close()
        hub.deliver([Wake("ticket:1", 1)])
        hub.leave(reader.stream)
        await settle()

        assert reader.told == []
        assert not hub.streams
        assert not hub._listeners

    live(test)


def test_one_person_has_a_limited_number_of_streams() -> None:
    async def test(hub: Hub) -> None:
        for _number in range(hubs.STREAMS_PER_PERSON):
            assert not hub.is_full_for(ANYBODY.user)
            Reader(hub, "ticket:1")

        assert hub.is_full_for(ANYBODY.user)
        assert not hub.is_full_for(2)

    live(test)


def test_changes_of_tickets_stir_their_streams_for_the_guard() -> None:
    async def test(hub: Hub) -> None:
        one, _other = Reader(hub, "desk-ticket:1"), Reader(hub, "desk-ticket:2", "unassigned")
        hub.deliver([Wake("desk-ticket:1", 2), Wake("unassigned", 1)])

        assert hub.stirred == {one.stream}

    live(test)


def test_every_stream_is_pinged_in_its_turn() -> None:
    async def test(hub: Hub) -> None:
        sent: list[bytes] = []
        reader = Reader(hub, "ticket:1")

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message["body"])

        reader.stream._send = keep
        for _second in range(hubs.PING_EVERY):
            hub.ping_some()
            await settle()

        assert sent == [b": ping\n\n"]

    live(test)


def test_a_reader_that_is_cut_off_again_and_again_misses_no_final_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is told, a page that fetches on every word ends with the newest version."""
    chance = random.Random(7)
    monkeypatch.setattr(hubs, "MARGIN", 0)

    async def test(hub: Hub) -> None:
        version = fetched = 0
        reader: Reader | None = None
        for _cut in range(1000):
            made, fetched = now(), version  # the page is made with what is true now
            for _event in range(chance.randrange(3)):
                version += 1
                hub.deliver([Wake("ticket:1", version)])
            if chance.random() < 0.05:
                hub.hears()
            reader = Reader(hub, "ticket:1", since=made)
            for _event in range(chance.randrange(3)):
                version += 1
                hub.deliver([Wake("ticket:1", version)])
            await settle()
            if reader.told:
                fetched = version
            assert fetched == version
            hub.leave(reader.stream)

    live(test)


def test_notifications_stay_small_and_say_it_all() -> None:
    wakes = [Wake(f"queue:{'x' * 50}", 10**13 + number) for number in range(500)]
    sent = list(payloads(wakes))

    assert [wake for payload in sent for wake in parse(payload)] == wakes
    assert max(len(payload) for payload in sent) < 8000
