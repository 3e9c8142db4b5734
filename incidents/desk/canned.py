"""Variables in canned replies and macros: a fixed list of names, each replaced by a value once.

The text is data and never a template: nothing in it is evaluated, and a value that itself looks like a variable stays
as it is. Names that are not on the list are refused when the text is saved, and left alone when it is filled.
"""

import re
from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.tickets.models import Ticket

Value = Callable[[Ticket, User], str]

VARIABLE = re.compile(r"\{\{([^{}\n]*)\}\}")
VALUES: dict[str, Value] = {
    "requester.first_name": lambda ticket, _agent: ticket.requester.first_name,
    "requester.name": lambda ticket, _agent: ticket.requester.display_name,
    "ticket.number": lambda ticket, _agent: ticket.ref,
    "ticket.title": lambda ticket, _agent: ticket.title,
    "agent.first_name": lambda _ticket, agent: agent.first_name,
    "agent.name": lambda _ticket, agent: agent.display_name,
    "team.name": lambda ticket, _agent: ticket.team.name if ticket.team else "",
}
LABELS: dict[str, str | Promise] = {
    "requester.first_name": _("First name of the requester"),
    "requester.name": _("Name of the requester"),
    "ticket.number": _("Number of the ticket"),
    "ticket.title": _("Title of the ticket"),
    "agent.first_name": _("Your first name"),
    "agent.name": _("Your name"),
    "team.name": _("Team of the ticket"),
}


def fill(text: str, ticket: Ticket, user: User) -> str:
    """The text with its variables replaced: by what the ticket says, and by the name of `user`, who sends it."""

    def value(found: re.Match[str]) -> str:
        known = VALUES.get(found[1].strip())
        return known(ticket, user) if known else found[0]

    return VARIABLE.sub(value, text)


def unknown(text: str) -> list[str]:
    """What stands between double braces and is no variable, in the order of the text and each once."""
    found = (match[0] for match in VARIABLE.finditer(text) if match[1].strip() not in VALUES)
    return list(dict.fromkeys(found))
