"""The calendar counted minute by minute by the clock on the wall: slow, and too plain to be wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from incidents.sla.calendar import Hours

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Pacific/Chatham", "Africa/Cairo",
)  # fmt: skip
FIRST, LAST = (
    int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2035, 12, 20, tzinfo=UTC).timestamp()),
)
CHANGES = (0, 1, 2, 3, 9, 10)
"""Months (from January) in which the clocks change somewhere."""


def counts(hours: Hours, at: int) -> bool:
    local = datetime.fromtimestamp(at, ZoneInfo(hours.zone))
    if local.date() in hours.holidays:
        return False
    minute = local.hour * 60 + local.minute
    return any(first <= minute < last for first, last in hours.week[local.weekday()])


def between(hours: Hours, start: int, end: int) -> int:
    found, at = 0, start
    while at < end:
        until = min(at - at % 60 + 60, end)
        if counts(hours, at):
            found += until - at
        at = until
    return found


def after(hours: Hours, start: int, seconds: int, *, latest: int) -> int | None:
    """None where that comes after `latest`."""
    at, left = start, seconds
    while left > 0:
        if at > latest:
            return None
        until = at - at % 60 + 60
        if counts(hours, at):
            if until - at >= left:
                return at + left
            left -= until - at
        at = until
    return at


@st.composite
def weeks(draw: Callable) -> tuple:
    kind = draw(st.sampled_from(["office", "always", "night", "odd"]))
    if kind == "always":
        return (((0, 1440),),) * 7
    if kind == "office":
        return (((480, 720), (780, 1080)),) * 5 + ((), ())
    if kind == "night":
        return (((0, 360), (1320, 1440)),) * 7
    days = []
    for _day in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
        days.append(tuple(zip(edges[0::2], edges[1::2], strict=False)))
    return tuple(days)


@st.composite
def cases(draw: Callable, longest_days: int = 5) -> tuple[Hours, int, int]:
    """Hours and two instants; every second time near a change of the clocks."""
    start = draw(st.integers(FIRST, LAST))
    if draw(st.booleans()):
        year, month = draw(st.integers(2020, 2034)), draw(st.sampled_from(CHANGES))
        day = draw(st.integers(0, 30))
        month_start = datetime(year, month + 1, 1, tzinfo=UTC)
        start = int(month_start.timestamp()) + day * 86400 + draw(st.integers(0, 86399))
    end = start + draw(st.integers(0, longest_days * 86400))
    first = date.fromtimestamp(start)
    away = draw(st.sets(st.integers(-1, longest_days + 1), max_size=2))
    holidays = {first + timedelta(days=at): "Holiday" for at in away}
    return Hours(draw(st.sampled_from(ZONES)), draw(weeks()), holidays), start, end
