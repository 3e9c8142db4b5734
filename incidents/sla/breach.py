"""What a policy does besides telling, when a time runs out: by the same verbs as people, in the name of the desk."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.workflow.priority import Priority

log = logging.getLogger("firebreak.sla")

WARNED, MISSED = "warned", "missed"

DEEDS: dict[str, str | Promise] = {
    "raise_priority": gettext_lazy("raise the priority by one"),
    "notify": gettext_lazy("tell a person or a team"),
    "tag": gettext_lazy("set a tag"),
}


@dataclass(frozen=True)
class Told:
    """Who hears of it besides those whose matter it is."""

    people: frozenset[int]
    teams: frozenset[int]


def told(deeds: Iterable[Mapping[str, Any]], on: str) -> Told:
    named = [deed for deed in deeds if deed["on"] == on and deed["do"] == "notify"]
    return Told(
        frozenset(deed["person"] for deed in named if deed.get("person")),
        frozenset(deed["team"] for deed in named if deed.get("team")),
    )


def act(ticket: Ticket, deeds: Iterable[Mapping[str, Any]], on: str, *, by: User) -> None:
    """Do what is to be done. What a rule refuses (the ticket was closed meanwhile) is left out, and logged."""
    for deed in deeds:
        if deed["on"] != on:
            continue
        try:
            _do(ticket, deed, by=by)
        except Refused as refusal:
            log.info("%s on %s: %s", deed["do"], ticket.ref, refusal.message)


def _do(ticket: Ticket, deed: Mapping[str, Any], *, by: User) -> None:
    if deed["do"] == "raise_priority" and ticket.priority > Priority.P1:
        actions.set_priority(
            ticket, override=ticket.priority - 1, reason=_("A promised time is over."), by=by
        )
    elif deed["do"] == "tag":
        actions.tag(ticket, add=[deed["tag"]], by=by)
