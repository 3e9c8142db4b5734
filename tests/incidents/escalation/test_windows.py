"""At which times a chain is a ticket's, held against looking at every quarter of an hour."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from incidents.escalation.windows import Window, first_instant
from incidents.sla.calendar import DAY, Hours, seconds_of

QUARTER = 900
WEDNESDAY = seconds_of(datetime(2026, 12, 2, tzinfo=UTC))
OFFICE = Hours("UTC", (((480, 1080),),) * 5 + ((), ()), {date(2026, 12, 3): "Holiday"})
ALWAYS = Hours("UTC", (((0, 1440),),) * 7)
NEVER = Hours("UTC", ((),) * 7)


def at(day, hour):
    return WEDNESDAY + day * DAY + hour * 3600


@pytest.mark.parametrize(
    ("window", "moment", "begins", "ends"),
    [
        (Window(OFFICE), at(0, 7), at(0, 8), at(0, 7)),
        (Window(OFFICE), at(0, 9), at(0, 9), at(0, 18)),
        (Window(OFFICE), at(0, 18), at(2, 8), at(0, 18)),
        (Window(OFFICE, is_outside=True), at(0, 9), at(0, 18), at(0, 9)),
        (Window(OFFICE, is_outside=True), at(0, 18), at(0, 18), at(2, 8)),
        (Window(ALWAYS), at(0, 9), at(0, 9), None),
        (Window(ALWAYS, is_outside=True), at(0, 9), None, at(0, 9)),
        (Window(NEVER), at(0, 9), None, at(0, 9)),
        (Window(NEVER, is_outside=True), at(0, 9), at(0, 9), None),
    ],
)
def test_when_it_begins_and_ends(window, moment, begins, ends):
    assert (window.begins(moment), window.ends(moment)) == (begins, ends)


hours = some.lists(some.integers(0, 95), min_size=2, max_size=2, unique=True).map(
    lambda ends: Hours("Europe/Berlin", (((min(ends) * 15, max(ends) * 15),),) * 7)
)
windows = some.builds(Window, hours, some.booleans())


@settings(max_examples=200, deadline=None)
@given(some.integers(0, 200), some.none() | windows, some.lists(windows, max_size=2))
def test_the_first_instant_is_the_one_that_a_search_finds(quarter, own, before):
    def is_in(window, moment):
        return (window.hours.between(moment, moment + 1) == 1) != window.is_outside

    start = WEDNESDAY + quarter * QUARTER
    fits = (
        moment
        for moment in range(start, start + 3 * DAY, QUARTER)
        if (own is None or is_in(own, moment)) and not any(is_in(one, moment) for one in before)
    )
    assert first_instant(start, own, before) == next(fits, None)
