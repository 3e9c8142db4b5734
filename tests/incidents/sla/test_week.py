"""The hours of a week, as typed and as kept."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.sla import week

NONE: list = []


def at(text: str):
    return time.fromisoformat(text) if text else None


def read(*days):
    full = [[(at(a), at(b)) for a, b in day] for day in days]
    return week.read([*full, *([NONE] * (7 - len(full)))])


def test_several_intervals_a_day_are_kept_in_order():
    kept, faults = read([("13:00", "18:00"), ("08:00", "12:00")])

    assert kept[0] == [[480, 720], [780, 1080]]
    assert faults == []


def test_a_night_shift_goes_on_into_the_next_day():
    kept, faults = read([("22:00", "06:00")])

    assert (kept[0], kept[1], faults) == ([[1320, 1440]], [[0, 360]], [])
    assert week.pairs(kept)[0] == [("22:00", "06:00")]
    assert week.pairs(kept)[1] == []


def test_from_midnight_to_midnight_is_the_whole_day():
    kept, faults = week.read([[(time(0), time(0))]] * 7)

    assert (kept, faults) == ([[[0, 1440]]] * 7, [])
    assert week.pairs(kept) == [[("00:00", "00:00")]] * 7


@pytest.mark.parametrize(
    ("days", "day", "words"),
    [
        ([[("08:00", "12:00"), ("11:00", "18:00")]], 0, "08:00–12:00 and 11:00–18:00 overlap."),
        ([[("22:00", "06:00")], [("05:00", "09:00")]], 1, "00:00–06:00 and 05:00–09:00 overlap."),
        ([[], [("08:00", "")]], 1, "Give both a beginning and an end."),
        ([], 0, "A calendar without any hours can’t keep a promise."),
    ],
)
def test_what_cannot_be_is_refused_with_its_day(days, day, words):
    _kept, faults = read(*days)

    assert [(fault.day, fault.words) for fault in faults] == [(day, words)]


@st.composite
def weeks(draw):
    days = []
    for _day in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
        found = []
        for start, end in zip(edges[0::2], edges[1::2], strict=False):
            if not found or found[-1][1] < start:
                found.append([start, end])
        days.append(found)
    return days


@given(weeks().filter(any))
def test_what_is_shown_is_read_as_the_same(kept):
    typed = [[(at(a), at(b)) for a, b in day] for day in week.pairs(kept)]

    assert week.read(typed) == (kept, [])
