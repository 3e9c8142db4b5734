"""Variables in the texts of letters: a fixed list of names, each replaced by a value once.

The text is data and never a template: nothing in it is evaluated, and a value that itself looks like a variable stays
as it is. Names that a kind of letter doesn't have are refused when its text is saved, and left alone when it is filled.
"""

import re
from collections.abc import Collection, Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VARIABLE = re.compile(r"\{\{([^{}\n]*)\}\}")

OF_SITE: dict[str, str | Promise] = {
    "site.name": _("Name of this portal"),
    "site.phone": _("Telephone number of the desk"),
    "site.hours": _("Hours of the desk"),
}
OF_READER: dict[str, str | Promise] = {
    "reader.first_name": _("First name of whoever gets the letter"),
    "reader.name": _("Name of whoever gets the letter"),
}
OF_NEWS: dict[str, str | Promise] = {
    "actor.name": _("Who did it"),
    "news": _("Our sentence: what happened"),
}
OF_TICKET: dict[str, str | Promise] = {
    "ticket.number": _("Number of the ticket"),
    "ticket.title": _("Title of the ticket"),
    "ticket.status": _("Status of the ticket, as the reader sees it"),
    "team.name": _("Team of the ticket"),
}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables that have a value replaced by it."""
    return VARIABLE.sub(lambda found: values.get(found[1].strip(), found[0]), text)


def unknown(text: str, known: Collection[str]) -> list[str]:
    """What stands between double braces and is no variable here, in the order of the text and each once."""
    found = (match[0] for match in VARIABLE.finditer(text) if match[1].strip() not in known)
    return list(dict.fromkeys(found))


def of_site() -> dict[str, str]:
    """What is said of the portal in every letter."""
    return {
        "site.name": settings.SITE_NAME,
        "site.phone": settings.SITE_PHONE,
        "site.hours": settings.SITE_HOURS,
    }
