"""Promised times as people write and read them: “15 min”, “4 h”, “1 h 30 min”, “1:30”."""

import re

from incidents.tickets import durations

LONGEST = 10_000 * 60
"""Minutes that can be promised: more than a year of round-the-clock hours."""

_WRITTEN = re.compile(
    r"(?:(?P<hours>\d{1,5}(?:[.,]\d{1,2})?)\s*(?:h|hrs?|hours?|std\.?|stunden?))?\s*"
    r"(?:(?P<minutes>\d{1,6})\s*(?:m|min\.?|mins|minutes?|minuten?)?)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(r"(?P<hours>\d{1,5}):(?P<minutes>[0-5]\d)", re.ASCII)


def read(text: str) -> int | None:
    """The minutes that somebody wrote; a bare number is minutes. None where it can't be read."""
    text = text.strip()
    found = _CLOCK.fullmatch(text) or _WRITTEN.fullmatch(text)
    if not text or found is None:
        return None
    hours = float((found["hours"] or "0").replace(",", "."))
    minutes = round(hours * 60) + int(found["minutes"] or 0)
    return minutes if 0 < minutes <= LONGEST else None


def show(minutes: int) -> str:
    return durations.show(minutes)


def show_seconds(seconds: int) -> str:
    """To the minute; what is over, too."""
    minutes = abs(seconds) // 60
    return f"−{show(minutes)}" if seconds < 0 and minutes else show(minutes)
