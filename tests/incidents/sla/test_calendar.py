"""Working hours: against the clock on the wall, minute by minute, and where clocks change."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.sla.calendar import CHUNK, FARTHEST, Hours, seconds_of
from tests.incidents.sla import oracle

BERLIN = "Europe/Berlin"
OFFICE = (((480, 1080),),) * 5 + ((), ())
ALWAYS = (((0, 1440),),) * 7


def local(text: str, zone: str = BERLIN, *, fold: int = 0) -> int:
    return seconds_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


@settings(max_examples=300, deadline=None)
@given(oracle.cases(longest_days=3))
def test_hours_are_counted_as_the_clock_on_the_wall_says(case):
    hours, start, end = case
    assert hours.between(start, end) == oracle.between(hours, start, end)


@settings(max_examples=150, deadline=None)
@given(oracle.cases(longest_days=2), st.integers(1, 10 * 3600))
def test_a_time_is_used_up_when_the_clock_on_the_wall_says(case, seconds):
    hours, start, _end = case
    latest = start + 6 * 86400
    expected = oracle.after(hours, start, seconds, latest=latest)
    found = hours.after(start, seconds)
    assert found == expected or (expected is None and (found is None or found > latest))


@settings(max_examples=200, deadline=None)
@given(oracle.cases(longest_days=400), st.floats(0, 1))
def test_the_sum_over_a_split_is_the_whole(case, share):
    hours, start, end = case
    middle = start + int((end - start) * share)
    assert hours.between(start, middle) + hours.between(middle, end) == hours.between(start, end)


@settings(max_examples=200, deadline=None)
@given(oracle.cases(), st.integers(1, 400 * 3600))
def test_what_is_used_up_then_has_counted_by_then(case, seconds):
    hours, start, _end = case
    due = hours.after(start, seconds)
    if due is None:  # nobody waits for what lies decades ahead
        assert hours.between(start, start + FARTHEST * CHUNK) < seconds
    else:
        assert hours.between(start, due) == seconds
        assert hours.between(start, due - 1) == seconds - 1


def test_friday_evening_goes_on_on_monday():
    hours = Hours(BERLIN, OFFICE)

    assert hours.after(local("2026-03-06 17:00"), 7200) == local("2026-03-09 09:00")


def test_a_time_that_ends_with_the_day_is_due_that_evening():
    hours = Hours(BERLIN, OFFICE)

    assert hours.after(local("2026-03-06 17:00"), 3600) == local("2026-03-06 18:00")


def test_the_lunch_break_does_not_count():
    hours = Hours(BERLIN, (((480, 720), (780, 1020)),) * 5 + ((), ()))

    assert hours.between(local("2026-03-04 11:00"), local("2026-03-04 14:00")) == 2 * 3600


def test_an_hour_that_is_skipped_counts_for_nobody():
    hours = Hours(BERLIN, ALWAYS)

    assert hours.between(local("2026-03-29 00:00"), local("2026-03-30 00:00")) == 23 * 3600


def test_an_hour_that_comes_twice_counts_twice():
    night = Hours(BERLIN, (((0, 360),),) * 7)

    assert night.between(local("2026-10-25 00:00"), local("2026-10-25 12:00")) == 7 * 3600


def test_half_an_hour_comes_twice_on_lord_howe():
    zone = "Australia/Lord_Howe"
    hours = Hours(zone, ALWAYS)

    assert (
        hours.between(local("2026-04-05 00:00", zone), local("2026-04-06 00:00", zone))
        == 24.5 * 3600
    )


def test_a_holiday_does_not_count():
    hours = Hours(
        BERLIN, OFFICE, {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}
    )

    assert hours.after(local("2026-04-02 17:00"), 7200) == local("2026-04-07 09:00")


def test_stretches_name_the_holiday_and_leave_nothing_out():
    hours = Hours(BERLIN, OFFICE, {date(2026, 4, 3): "Good Friday"})
    start, end = local("2026-04-02 17:00"), local("2026-04-06 09:00")

    told = list(hours.stretches(start, end))

    assert [(one.kind, one.holiday) for one in told] == [
        ("open", ""), ("closed", ""), ("holiday", "Good Friday"), ("closed", ""), ("open", ""),
    ]  # fmt: skip
    assert [one.end for one in told[:-1]] == [one.start for one in told[1:]]
    assert (told[0].start, told[-1].end) == (start, end)


def test_a_calendar_without_hours_is_never_due():
    assert Hours(BERLIN, ((),) * 7).after(local("2026-01-01 00:00"), 60) is None
