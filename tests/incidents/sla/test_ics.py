"""Holidays out of a file: which days they are, and what is said about a file that can't be read."""

from datetime import date

import pytest

from accounts.errors import InvalidInput
from incidents.sla import ics

TODAY = date(2026, 3, 4)


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def file(*events: str) -> bytes:
    body = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""])
    return body.encode()


def read(*events: str) -> dict:
    return ics.read(file(*events), today=TODAY)


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        ics.read(content, today=TODAY)
    return refused.value.message


def test_an_all_day_event_is_a_holiday():
    day = event("SUMMARY:Company day", "DTSTART;VALUE=DATE:20260710")
    assert read(day) == {date(2026, 7, 10): "Company day"}


def test_an_event_of_several_days_ends_before_its_end():
    days = read(
        event("SUMMARY:Shutdown", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227")
    )
    assert list(days) == [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)]


def test_what_recurs_is_told_for_ten_years():
    days = read(event("SUMMARY:Founders", "DTSTART;VALUE=DATE:20100501", "RRULE:FREQ=YEARLY"))
    assert (min(days), max(days), len(days)) == (date(2025, 5, 1), date(2036, 5, 1), 12)


def test_what_recurs_on_a_weekday_leaves_out_what_is_taken_out():
    days = read(
        event(
            "SUMMARY:Fridays",
            "DTSTART;VALUE=DATE:20260703",
            "RRULE:FREQ=WEEKLY;UNTIL=20260731T235959Z",
            "EXDATE;VALUE=DATE:20260717",
        )
    )
    assert [day.day for day in days] == [3, 10, 24, 31]


def test_a_folded_line_is_one_line():
    assert read(
        "BEGIN:VEVENT\r\nSUMMARY:Company\r\n  day\r\nDTSTART;VALUE=DATE:20260710\r\nEND:VEVENT"
    ) == {date(2026, 7, 10): "Company day"}


def test_a_meeting_is_no_holiday():
    words = refusal(file(event("SUMMARY:Meeting", "DTSTART:20260710T090000Z")))
    assert words == "There is no all-day event in the next ten years in this file."


def test_a_file_with_ten_thousand_events_is_refused_where_they_are_too_many():
    one = event("SUMMARY:x", "DTSTART;VALUE=DATE:20260710")
    words = refusal(file(*[one] * 10_000))
    assert words == "Line 8003: the file has more than 2000 events."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nwhat is this\nEND:VEVENT\nEND:VCALENDAR", "Line 3: this is no line of the format."),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VCALENDAR", "Line 4: “VCALENDAR” ends, but did not begin."),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x", "Line 2: “VEVENT” begins here and never ends."),
        (b"SUMMARY:x", "Line 1: this stands outside of the calendar."),
        (b"BEGIN:VCALENDAR\nSUMMARY:\xff\nEND:VCALENDAR", "Line 2: this is no UTF-8 text."),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR", "There is no event in this file."),
        (b"", "There is no event in this file."),
        (b"x" * 2_000_001, "The file is larger than 2 MB."),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_place_and_reason(content, words):
    assert refusal(content) == words


@pytest.mark.parametrize(
    "line",
    ["DTSTART;VALUE=DATE:20261399", "RRULE:FREQ=SECONDLY", "DTEND;VALUE=DATE:20990101", "RRULE:FREQ=NEVER", "X:1"],
)  # fmt: skip
def test_a_broken_event_is_refused_by_its_name(line):
    start = [] if line.startswith(("DTSTART", "X")) else ["DTSTART;VALUE=DATE:20260710"]
    assert "Founders" in refusal(file(event("SUMMARY:Founders", *start, line)))
