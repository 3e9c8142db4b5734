"""The hours of a week as somebody types them: for each day pairs of times, also past midnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from django.utils.translation import gettext as _

Pair = tuple[time | None, time | None]
Interval = list[int]

MIDNIGHT = 24 * 60


@dataclass(frozen=True)
class Fault:
    """What can't be, and on which day (0 is Monday)."""

    day: int
    words: str


def day_names() -> list[str]:
    return [
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    ]  # fmt: skip


def read(days: Sequence[Sequence[Pair]]) -> tuple[list[list[Interval]], list[Fault]]:
    """The week as it is kept, and everything that is wrong with it.

    A time that ends at or before its beginning goes on into the next day; from midnight to midnight is the whole day.
    """
    week: list[list[Interval]] = [[] for _day in range(7)]
    faults: list[Fault] = []
    for day, pairs in enumerate(days):
        for opens, closes in pairs:
            if opens is None and closes is None:
                continue
            if opens is None or closes is None:
                faults.append(Fault(day, _("Give both a beginning and an end.")))
                continue
            start, end = _minutes(opens), _minutes(closes) or MIDNIGHT
            if end > start:
                week[day].append([start, end])
            else:
                week[day].append([start, MIDNIGHT])
                week[(day + 1) % 7].append([0, end])
    for day, intervals in enumerate(week):
        intervals.sort()
        faults += _overlaps(day, intervals)
        week[day] = _joined(intervals)
    if not any(week) and not faults:
        faults.append(Fault(0, _("A calendar without any hours can’t keep a promise.")))
    return week, faults


def pairs(week: Sequence[Sequence[Sequence[int]]]) -> list[list[tuple[str, str]]]:
    """As it is typed. What goes on past midnight is one pair again, on the day on which it begins."""
    if all(list(map(list, day)) == [[0, MIDNIGHT]] for day in week):
        return [[("00:00", "00:00")] for _day in week]
    ends_at_night = [any(end == MIDNIGHT and start > 0 for start, end in day) for day in week]
    found = []
    for day, intervals in enumerate(week):
        typed = []
        for start, end in intervals:
            begins_before = start == 0 and end < MIDNIGHT and ends_at_night[day - 1]
            if begins_before:
                continue
            following = week[(day + 1) % 7]
            goes_on = end == MIDNIGHT and start > 0 and following and following[0][0] == 0
            if goes_on and following[0][1] < MIDNIGHT:
                end = following[0][1]
            typed.append((show(start), show(end)))
        found.append(typed)
    return found


def show(minutes: int) -> str:
    minutes %= MIDNIGHT
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _overlaps(day: int, intervals: Sequence[Interval]) -> list[Fault]:
    return [
        Fault(
            day,
            _("%(first)s–%(end)s and %(second)s–%(until)s overlap.")
            % {
                "first": show(one[0]), "end": show(one[1]),
                "second": show(other[0]), "until": show(other[1]),
            },
        )
        for one, other in pairwise(intervals)
        if other[0] < one[1]
    ]  # fmt: skip


def _joined(intervals: Sequence[Interval]) -> list[Interval]:
    """Those that touch are one."""
    found: list[Interval] = []
    for start, end in intervals:
        if found and found[-1][1] >= start:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found
