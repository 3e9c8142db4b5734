"""What became of one promise: from what happened on a ticket to the time that counted, paused and is left.

No database. Everything is worked out from the beginning by the rules of the moment, so whatever changed meanwhile (a
priority, a calendar) no time that the clock stood is ever lost. Instants are whole seconds since 1970 in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from incidents.sla.calendar import Hours

MISSED = 100
"""The share of the time, in percent, that is the miss; less is a warning."""

SETTLED = frozenset({"resolved", "closed"})

Why = Literal["counted", "paused", "settled"]
State = Literal["running", "paused", "met", "missed", "cancelled"]


@dataclass(frozen=True)
class Happening:
    """One line of the log as clocks read it."""

    at: int
    status: str = ""
    """What the ticket became; empty where that stayed."""
    spoke: Literal["", "staff", "requester"] = ""
    """Whose side said something in public."""
    gives_up: bool | None = None
    """It was withdrawn or goes on in another ticket: what was not done is promised no more. None where nothing is said of
    that, as when what was resolved is closed."""


@dataclass(frozen=True)
class Promise:
    """So much working time for one thing."""

    kind: str
    seconds: int
    hours: Hours
    pauses_on: frozenset[str] = frozenset()
    warn_at: tuple[int, ...] = ()


@dataclass(frozen=True)
class Period:
    """The clock went, stood or was off; without an end it still does."""

    start: int
    end: int | None
    why: Why
    status: str


@dataclass(frozen=True)
class Reckoned:
    """One promise as it stands at `at`."""

    promise: Promise
    state: State
    started_at: int
    due_at: int | None
    stopped_at: int | None
    paused_since: int | None
    used: int
    at: int
    periods: tuple[Period, ...]

    def when(self, share: int) -> int | None:
        """The instant at which this share of the time was used up, or will be; None when it stands before that."""
        return _when(self.periods, self.promise, self.promise.seconds * share // 100)

    def share_told_by(self, at: int) -> int:
        """The highest share that was reached by then."""
        reached = [share for share in self._steps if (when := self.when(share)) and when <= at]
        return max(reached, default=0)

    def steps_after(self, told: int) -> list[tuple[int, int]]:
        """Shares that were not told and the instants of it, in order: warnings while it runs, and the miss."""
        if self.state in {"met", "cancelled"}:
            return []
        shares = [MISSED] if self.stopped_at is not None else self._steps
        found = [(share, self.when(share)) for share in shares if share > told]
        return [(share, when) for share, when in found if when is not None]

    @property
    def _steps(self) -> list[int]:
        return [*(share for share in self.promise.warn_at if share < MISSED), MISSED]


def reckon(promise: Promise, log: Sequence[Happening], *, now: int) -> Reckoned | None:
    """What became of the promise by `now`; None where nobody waits for it and nobody ever did.

    Where the clock on the wall went back, what happened last is the earliest that now can be.
    """
    log = _in_order(log)
    now = max(now, log[-1].at)
    if promise.kind == "resolution":
        span = _Span(log[0].at, _settled_since(log))
    elif promise.kind == "first_response":
        span = _first_response(log)
    else:
        found = _next_response(log)
        if found is None:
            return None
        span = found
    periods = tuple(_periods(promise, log, span))
    return _judged(promise, periods, span, log, now)


@dataclass(frozen=True)
class _Span:
    """From when to when something was waited for."""

    start: int
    stop: int | None
    is_done: bool = True
    """Where it stopped: was it done, or only nobody waits any more?"""


def _in_order(log: Sequence[Happening]) -> list[Happening]:
    """The log is in the order of writing; an instant before the line above is that line's."""
    ordered: list[Happening] = []
    last = log[0].at
    for one in log:
        last = max(last, one.at)
        ordered.append(
            one if one.at == last else Happening(last, one.status, one.spoke, one.gives_up)
        )
    return ordered


def _settled_since(log: Sequence[Happening]) -> int | None:
    """When it was resolved, or closed without that; None while it is open."""
    since = None
    for one in log:
        if one.status in SETTLED:
            since = one.at if since is None else since
        elif one.status:
            since = None
    return since


def _gave_up(log: Sequence[Happening]) -> bool:
    """By what was said last since it is settled."""
    for one in reversed(log):
        if one.status and (one.status not in SETTLED or one.gives_up is not None):
            return one.status in SETTLED and bool(one.gives_up)
    return False


def _first_response(log: Sequence[Happening]) -> _Span:
    start = log[0].at
    answered = next((one.at for one in log if one.spoke == "staff"), None)
    if answered is not None:
        return _Span(start, answered)
    return _Span(start, _settled_since(log), is_done=False)


def _next_response(log: Sequence[Happening]) -> _Span | None:
    """The last time that the requester's side spoke after an answer and waited for the next one."""
    answered, since = False, None
    last: _Span | None = None
    for one in log:
        if one.spoke == "staff":
            if since is not None:
                last, since = _Span(since, one.at), None
            answered = True
        elif one.spoke == "requester" and answered and since is None:
            since = one.at
    if since is None:
        return last
    settled = _settled_since(log)
    return _Span(since, None if settled is None else max(settled, since), is_done=False)


def _periods(promise: Promise, log: Sequence[Happening], span: _Span) -> list[Period]:
    """What the clock did from start to stop, one after the other; neighbours of one kind and status are one."""
    found: list[Period] = []
    status, since = "new", span.start

    def close(end: int | None) -> None:
        if end is not None and end <= since:
            return
        why: Why = (
            "settled"
            if status in SETTLED
            else "paused"
            if status in promise.pauses_on
            else "counted"
        )
        if found and (found[-1].why, found[-1].status) == (why, status):
            found[-1] = Period(found[-1].start, end, why, status)
        else:
            found.append(Period(since, end, why, status))

    for one in log:
        if not one.status or one.status == status:
            continue
        if one.at > span.start:
            if span.stop is not None and one.at >= span.stop:
                break
            close(one.at)
            since = max(since, one.at)
        status = one.status
    close(span.stop)
    return found


def _judged(
    promise: Promise, periods: tuple[Period, ...], span: _Span, log: Sequence[Happening], now: int
) -> Reckoned:
    used = sum(
        promise.hours.between(one.start, now if one.end is None else one.end)
        for one in periods
        if one.why == "counted"
    )
    due = _when(periods, promise, promise.seconds)
    standing = periods[-1] if periods and periods[-1].end is None else None
    paused_since = standing.start if standing and standing.why == "paused" else None
    stop = span.stop
    state: State
    if stop is not None:
        is_late = due is not None and due < stop
        gone = not span.is_done or (promise.kind == "resolution" and _gave_up(log))
        state = "missed" if is_late else "cancelled" if gone else "met"
        if state == "met":
            due = _had_it_gone_on(periods, promise, used)
    elif due is not None and due < now:
        state = "missed"
    else:
        state = "paused" if paused_since is not None else "running"
    return Reckoned(promise, state, span.start, due, stop, paused_since, used, now, periods)


def _when(periods: Sequence[Period], promise: Promise, seconds: int) -> int | None:
    """The instant at which so much has counted."""
    left = seconds
    for one in periods:
        if one.why != "counted":
            continue
        if one.end is None:
            return promise.hours.after(one.start, left)
        counted = promise.hours.between(one.start, one.end)
        if counted >= left:
            return promise.hours.after(one.start, left)
        left -= counted
    return None


def _had_it_gone_on(periods: Sequence[Period], promise: Promise, used: int) -> int | None:
    """When it would have been due: for “met, two hours before”."""
    if not periods or periods[-1].why != "counted" or periods[-1].end is None:
        return None
    return promise.hours.after(periods[-1].end, promise.seconds - used)
