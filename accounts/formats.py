"""Dates, times and numbers as the reader's language writes them. The languages' own forms are in `config.formats`."""

from datetime import date, datetime

from django.utils.formats import date_format, number_format, time_format
from django.utils.translation import gettext, pgettext


def grouped(number: int) -> str:
    """“1,234”, or “1.234”."""
    return number_format(number, force_grouping=True)


def capped(number: int, most: int) -> str:
    """A count that was not taken further than `most`: “1,000+”."""
    if number <= most:
        return grouped(number)
    return gettext("%(most)s+") % {"most": grouped(most)}


def clock(moment: datetime) -> str:
    """The time of day; `moment` is in the reader's time zone."""
    return time_format(moment, "TIME_FORMAT")


def short_day(day: date, today: date) -> str:
    """“3 Nov”, with the year where it is another one."""
    if day.year == today.year:
        # Translators: a short date of this year, in Django's date format characters (“3 Nov”).
        return date_format(day, pgettext("date format", "j M"))
    # Translators: a short date, in Django's date format characters (“3 Nov 2025”).
    return date_format(day, pgettext("date format", "j M Y"))


def weekday(day: date, today: date) -> str:
    """“Monday, 3 November”, with the year where it is another one."""
    if day.year == today.year:
        # Translators: a day of this year, in Django's date format characters (“Monday, 3 November”).
        return date_format(day, pgettext("date format", "l, j F"))
    # Translators: a day, in Django's date format characters (“Monday, 3 November 2025”).
    return date_format(day, pgettext("date format", "l, j F Y"))
