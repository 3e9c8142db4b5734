"""Whole days out of an ICS file (RFC 5545). A file that can't be understood is refused with the line and the reason."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput

LARGEST = 2_000_000
MOST_EVENTS = 2_000
MOST_DAYS = 5_000
YEARS = 10
LONGEST_EVENT = 366
LONGEST_NAME = 120

_LINE = re.compile(
    r"[A-Za-z0-9-]+(?:;[A-Za-z0-9-]+=(?:\"[^\"]*\"|[^\";:,]*)(?:,(?:\"[^\"]*\"|[^\";:,]*))*)*:"
)

Days = dict[date, str]


def read(content: bytes, *, today: date) -> Days:
    """Every day that an all-day event covers, from a year ago to ten years ahead; what recurs is told for those years.

    Raises:
        InvalidInput: with the number of the line, or the name of the event, and what is wrong with it.
    """
    if len(content) > LARGEST:
        raise _refused(_("The file is larger than %(most)d MB.") % {"most": LARGEST // 1_000_000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        raise _at(line, _("this is no UTF-8 text")) from broken
    _check_lines(text)
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as broken:
        raise _refused(_("The file can’t be read: %(reason)s") % {"reason": broken}) from broken
    days: Days = {}
    first, last = today - timedelta(days=366), date(today.year + YEARS, 12, 31)
    for event in calendar.walk("VEVENT"):
        for day, name in _days_of(event, first, last):
            days.setdefault(day, name)
            if len(days) > MOST_DAYS:
                raise _refused(_("These are more than %(most)d days.") % {"most": MOST_DAYS})
    if not days:
        raise _refused(_("There is no all-day event in the next ten years in this file."))
    return dict(sorted(days.items()))


def _check_lines(text: str) -> None:
    """Every line is one of the format, and what begins ends."""
    open_parts: list[tuple[str, int]] = []
    events = 0
    for number, line in _unfolded(text):
        if not _LINE.match(line):
            raise _at(number, _("this is no line of the format"))
        name, _colon, value = line.partition(":")
        name, value = name.upper(), value.strip().upper()
        if name == "BEGIN":
            open_parts.append((value, number))
            events += value == "VEVENT"
            if events > MOST_EVENTS:
                raise _at(
                    number, _("the file has more than %(most)d events") % {"most": MOST_EVENTS}
                )
        elif name == "END":
            if not open_parts or open_parts[-1][0] != value:
                raise _at(number, _("“%(part)s” ends, but did not begin") % {"part": value[:40]})
            open_parts.pop()
        elif not open_parts:
            raise _at(number, _("this stands outside of the calendar"))
    if open_parts:
        part, number = open_parts[-1]
        raise _at(number, _("“%(part)s” begins here and never ends") % {"part": part[:40]})
    if not events:
        raise _refused(_("There is no event in this file."))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with the number of their first; one that begins with a blank goes on with the one above."""
    held, at = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in {" ", "\t"} and held:
            held += line[1:]
        else:
            if held:
                yield at, held
            held, at = line, number
    if held:
        yield at, held


def _days_of(event: Any, first: date, last: date) -> Iterator[tuple[date, str]]:
    """The days of one event and of its repetitions. A meeting at some hour is no holiday."""
    name = " ".join(str(event.get("summary", "")).split())[:LONGEST_NAME] or str(_("Holiday"))
    try:
        start = event.decoded("dtstart")
        if isinstance(start, datetime):
            return
        length = _length(event, start)
        for begins in _begins(event, start, first - timedelta(days=length), last):
            for offset in range(length):
                day = begins + timedelta(days=offset)
                if first <= day <= last:
                    yield day, name
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as broken:
        raise _refused(
            _("The event “%(name)s” can’t be read: %(reason)s") % {"name": name, "reason": broken}
        ) from broken


def _length(event: Any, start: date) -> int:
    length = max(1, (_end(event, start) - start).days)
    if length > LONGEST_EVENT:
        raise ValueError(_("it is longer than a year"))
    return length


def _end(event: Any, start: date) -> date:
    if "dtend" in event:
        end = event.decoded("dtend")
        return end.date() if isinstance(end, datetime) else end
    if "duration" in event:
        return start + event.decoded("duration")  # type: ignore[no-any-return]
    return start + timedelta(days=1)


def _begins(event: Any, start: date, first: date, last: date) -> Iterator[date]:
    if "rrule" not in event:
        yield start
        return
    rule = event["rrule"]
    if str(rule.get("FREQ", [""])[0]).upper() not in {"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}:
        raise ValueError(_("it repeats oftener than daily"))
    since = datetime(start.year, start.month, start.day)  # noqa: DTZ001 (a date of whatever zone the calendar has)
    written = re.sub(r"UNTIL=(\d{8})[^;]*", r"UNTIL=\1", rule.to_ical().decode())
    left_out = set(_left_out(event))
    repeated = rrulestr(written, dtstart=since, ignoretz=True)
    until = datetime(last.year, last.month, last.day)  # noqa: DTZ001
    for count, moment in enumerate(repeated.xafter(since, inc=True)):
        if moment > until or count > MOST_DAYS:
            return
        if moment.date() >= first and moment.date() not in left_out:
            yield moment.date()


def _left_out(event: Any) -> Iterator[date]:
    given = event.get("exdate", [])
    for one in given if isinstance(given, list) else [given]:
        for each in one.dts:
            yield each.dt.date() if isinstance(each.dt, datetime) else each.dt


def _at(line: int, reason: str) -> InvalidInput:
    return _refused(_("Line %(line)d: %(reason)s.") % {"line": line, "reason": reason})


def _refused(words: str) -> InvalidInput:
    return InvalidInput(words, field="file")
