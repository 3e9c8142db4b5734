"""Working hours: how much of them lies between two instants, and when so much of them is used up.

No database. Instants are whole seconds since 1970 in UTC, and the clock on the wall of the zone decides: an instant
counts when the local time then lies in one of its day's intervals and the day is no holiday. So an hour that the clocks
skip counts for nobody, and one that comes twice counts twice. A zone's offset is constant between two changes, which
makes every interval one subtraction; the results of 64 days at a time are kept and then found by bisection.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

DAY = 86400
CHUNK = 64 * DAY
YEAR = 366 * DAY
FARTHEST = 200
"""Chunks (35 years) after which a calendar counts as never open."""
EPOCH = date(1970, 1, 1).toordinal()
THURSDAY = 3

Interval = tuple[int, int]
Week = tuple[tuple[Interval, ...], ...]


@dataclass(frozen=True)
class _Chunk:
    """Working hours of 64 days: where each begins and ends, and how much lies before it."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def until(self, at: int) -> int:
        """How much of them has passed at this instant."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def when(self, used: int) -> int:
        """The first instant at which so much has passed: more than none, at most all."""
        place = bisect_left(self.before, used) - 1
        return self.starts[place] + used - self.before[place]


@dataclass(frozen=True)
class Stretch:
    """A stretch of time that counts, or does not for this reason: a holiday's name, or the hours of the day."""

    start: int
    end: int
    kind: Literal["open", "closed", "holiday"]
    holiday: str = ""


@dataclass(frozen=True, eq=False)
class Hours:
    """The hours of a week in a zone, as minutes since midnight for each day from Monday on, and the days without."""

    zone: str
    week: Week
    holidays: Mapping[date, str] = field(default_factory=dict)
    _chunks: dict[int, _Chunk] = field(default_factory=dict, repr=False)

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _days_off(self) -> frozenset[int]:
        return frozenset(day.toordinal() - EPOCH for day in self.holidays)

    @property
    def is_ever_open(self) -> bool:
        return any(self.week)

    def between(self, start: int, end: int) -> int:
        """Seconds that count from one instant to another; none when they are the wrong way round."""
        if end <= start:
            return 0
        first, last = start // CHUNK, end // CHUNK
        if first == last:
            chunk = self._chunk(first)
            return chunk.until(end) - chunk.until(start)
        opening = self._chunk(first)
        whole = sum(self._chunk(at).total for at in range(first + 1, last))
        return opening.total - opening.until(start) + whole + self._chunk(last).until(end)

    def after(self, start: int, seconds: int) -> int | None:
        """The first instant at which so many seconds have counted since `start`; None when that never comes."""
        if seconds <= 0:
            return start
        if not self.is_ever_open:
            return None
        first = start // CHUNK
        left = seconds + self._chunk(first).until(start)
        at = first
        while (chunk := self._chunk(at)).total < left:
            left -= chunk.total
            at += 1
            if at - first > FARTHEST:
                return None
        return chunk.when(left)

    def opens(self, at: int) -> int | None:
        """The first instant from this one on that counts; None when that never comes."""
        after = self.after(at, 1)
        return None if after is None else after - 1

    def shuts(self, at: int) -> int | None:
        """The first instant from this one on that does not count; None where a whole year counts."""
        first = next(self._open(at, at + YEAR), None)
        if first is None or first[0] > at:
            return at
        return first[1] if first[1] < at + YEAR else None

    def stretches(self, start: int, end: int) -> Iterator[Stretch]:
        """Everything between two instants, in order: what counts, and what does not and why."""
        at = start
        for opens, closes in self._open(start, end):
            if opens > at:
                yield from self._closed(at, opens)
            yield Stretch(opens, closes, "open")
            at = closes
        if at < end:
            yield from self._closed(at, end)

    def _open(self, start: int, end: int) -> Iterator[Interval]:
        """Working hours in it, cut to it; those that touch at the border of two chunks are one."""
        held: Interval | None = None
        for index in range(start // CHUNK, end // CHUNK + 1):
            chunk = self._chunk(index)
            for one in zip(chunk.starts, chunk.ends, strict=True):
                opens, closes = max(one[0], start), min(one[1], end)
                if opens >= closes:
                    continue
                if held and held[1] == opens:
                    held = held[0], closes
                    continue
                if held:
                    yield held
                held = opens, closes
        if held:
            yield held

    def _closed(self, start: int, end: int) -> Iterator[Stretch]:
        """Time outside of the hours, with each run of days that a holiday takes apart."""
        at = start
        held: Stretch | None = None
        while at < end:
            day = datetime.fromtimestamp(at, self.tz).date()
            until = min(max(self._midnight_after(day), at + 1), end)
            name = self.holidays.get(day) if day.toordinal() - EPOCH in self._days_off else None
            kind: Literal["closed", "holiday"] = "closed" if name is None else "holiday"
            if held and (held.kind, held.holiday) == (kind, name or ""):
                held = Stretch(held.start, until, kind, name or "")
            else:
                if held:
                    yield held
                held = Stretch(at, until, kind, name or "")
            at = until
        if held:
            yield held

    def _midnight_after(self, day: date) -> int:
        following = date.fromordinal(day.toordinal() + 1)
        midnight = datetime(following.year, following.month, following.day, tzinfo=self.tz)
        return int(midnight.timestamp())

    def _chunk(self, index: int) -> _Chunk:
        found = self._chunks.get(index)
        if found is None:
            found = self._chunks[index] = self._made(index * CHUNK, (index + 1) * CHUNK)
        return found

    def _made(self, start: int, end: int) -> _Chunk:
        starts: list[int] = []
        ends: list[int] = []
        before: list[int] = []
        total = 0
        for opens, closes in self._worked(start, end):
            if ends and ends[-1] == opens:
                ends[-1] = closes
            else:
                starts.append(opens)
                ends.append(closes)
                before.append(total)
            total += closes - opens
        return _Chunk(starts, ends, before, total)

    def _worked(self, start: int, end: int) -> Iterator[Interval]:
        for since, until, offset in self._offsets(start, end):
            for day in range((since + offset) // DAY, (until + offset - 1) // DAY + 1):
                if day in self._days_off:
                    continue
                midnight = day * DAY - offset
                for opens, closes in self.week[(day + THURSDAY) % 7]:
                    first, last = midnight + opens * 60, midnight + closes * 60
                    if first < until and last > since:
                        yield max(first, since), min(last, until)

    def _offsets(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Stretches in which the zone's offset stays the same. It is looked at once a day; no zone changes it oftener."""
        since, offset = start, self._offset(start)
        for at in range(start, end, DAY):
            following = min(at + DAY, end - 1)
            if (changed := self._offset(following)) == offset:
                continue
            turn = self._turn(at, following, offset)
            yield since, turn, offset
            since, offset = turn, changed
        yield since, end, offset

    def _turn(self, low: int, high: int, offset: int) -> int:
        """The instant from which the offset is another one."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, at: int) -> int:
        local = datetime.fromtimestamp(at, self.tz).utcoffset()
        return int(local.total_seconds()) if local else 0


def seconds_of(moment: datetime) -> int:
    return int(moment.timestamp())


def moment_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
