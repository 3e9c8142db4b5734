"""Public holidays of countries and their regions, as the library of that name knows them."""

from collections.abc import Iterable
from datetime import date

import holidays
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput

YEARS_AHEAD = 10
LONGEST_NAME = 120


def countries() -> list[str]:
    """ISO codes."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


def regions(country: str) -> list[str]:
    return list(holidays.list_supported_countries(include_aliases=False).get(country, ()))


def days(country: str, region: str, years: Iterable[int]) -> dict[date, str]:
    """Its holidays in these years, named in the reader's language where the library has it, else as at home.

    Raises:
        InvalidInput: the library knows no such country, or no such region of it.
    """
    if country not in countries():
        raise InvalidInput(_("Choose a country from the list."), field="country")
    if region and region not in regions(country):
        known = ", ".join(regions(country)) or gettext("none")
        raise InvalidInput(
            _("There is no such region. Known are: %(known)s.") % {"known": known},
            field="subdivision",
        )
    found = holidays.country_holidays(
        country, subdiv=region or None, years=list(years), language=_language(country)
    )
    return {day: name[:LONGEST_NAME] for day, name in sorted(found.items())}


def _language(country: str) -> str | None:
    known = holidays.list_localized_countries().get(country, [])
    wanted = {"en": "en_US"}.get((get_language() or "en")[:2], (get_language() or "en")[:2])
    return wanted if wanted in known else None
