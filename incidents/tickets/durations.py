"""Minutes as people write and read them: “1h 20m”, “1:20”, “90”."""

import re

from django.utils.translation import gettext as _

LONGEST = 24 * 60
"""Minutes that one entry can have: a day."""

_HOURS, _MINUTES = r"(?:h|hrs?|hours?|std\.?|stunden?)", r"(?:m|min\.?|mins|minutes?|minuten?)"
_WRITTEN = re.compile(
    rf"(?:(?P<hours>\d{{1,3}}(?:[.,]\d{{1,2}})?)\s*{_HOURS})?\s*(?:(?P<minutes>\d{{1,4}})\s*{_MINUTES}?)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)", re.ASCII)


def read(text: str) -> int | None:
    """The minutes that somebody wrote; a bare number is minutes. None where it can't be read, is nothing or more than a day."""
    text = text.strip()
    found = _CLOCK.fullmatch(text) or _WRITTEN.fullmatch(text)
    if not text or found is None:
        return None
    hours = float((found["hours"] or "0").replace(",", "."))
    minutes = round(hours * 60) + int(found["minutes"] or 0)
    return minutes if 0 < minutes <= LONGEST else None


def show(minutes: int) -> str:
    """“1 h 20 min”."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
