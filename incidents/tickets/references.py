"""People, teams and tickets that are named in a text, and how they are shown to one reader.

A text keeps keys (`@[Sasha Vole](person:12)`) or a ticket's number, so that it survives renaming; what they are called
and whether there is a link is worked out when it is shown, for all texts of a page at once.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Team, User
from incidents.tickets.models import Service, Ticket, TicketQuerySet
from knowledge.markup import with_names

MENTION = re.compile(r"@\[([^\[\]\n]{1,120})\]\((person|team):([1-9][0-9]{0,17})\)")
NUMBER = re.compile(r"\bINC-([1-9][0-9]{0,14})\b")
MOST_NUMBERS = 200
"""Tickets that are looked up for one page; others stay plain numbers."""


def mentioned(texts: Iterable[str]) -> tuple[set[int], set[int]]:
    """Keys of the people and of the teams that are named."""
    people: set[int] = set()
    teams: set[int] = set()
    for text in texts:
        for _name, what, key in MENTION.findall(text) if "@[" in text else ():
            (people if what == "person" else teams).add(int(key))
    return people, teams


def shown_plain(text: str) -> str:
    """The text with names as they were typed instead of their keys, for where it is only quoted."""
    return MENTION.sub(lambda found: f"@{found[1]}", text)


def names_of_services(slugs: Iterable[str]) -> dict[str, str]:
    """How services are called, by their address."""
    return dict(Service.objects.filter(slug__in=list(slugs)).values_list("slug", "name"))


def addresses(reader: Any, refs: Collection[str]) -> dict[str, str]:
    """Addresses of those tickets that the reader may open, by number as it is written: what articles link to."""
    numbers = [int(found[1]) for found in map(NUMBER.fullmatch, refs) if found]
    if not numbers or not reader.is_authenticated:
        return {}
    tickets = Ticket.objects.visible_to(reader).filter(number__in=numbers[:MOST_NUMBERS])
    as_staff = set(
        Ticket.objects.seen_as_staff_by(reader)
        .filter(number__in=numbers[:MOST_NUMBERS])
        .values_list("pk", flat=True)
    )
    return {
        one.ref: one.desk_url if one.pk in as_staff else one.get_absolute_url()
        for one in tickets.only("number")
    }


def existing(refs: Collection[str]) -> set[str]:
    """Those that are the number of a ticket, whoever may open it."""
    numbers = [int(found[1]) for found in map(NUMBER.fullmatch, refs) if found]
    found = Ticket.objects.filter(number__in=numbers[:MOST_NUMBERS]).only("number")
    return {one.ref for one in found}


@dataclass
class References:
    """What the texts of a page name, looked up: at most three queries, and none where nothing is named."""

    people: dict[int, str] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    """Addresses of those that the reader may open, by number as it is written."""

    @classmethod
    def of(
        cls,
        texts: Collection[str],
        seen: Callable[[], TicketQuerySet],
        *,
        on_desk: bool,
        mentions: bool = True,
    ) -> "References":
        """`seen` gives the tickets that the reader may open; only asked where one is named."""
        found = cls()
        people, teams = mentioned(texts) if mentions else (set(), set())
        if people:
            rows = User.objects.filter(pk__in=people)
            found.people = dict(rows.values_list("pk", "display_name"))
        if teams:
            found.teams = dict(Team.objects.filter(pk__in=teams).values_list("pk", "name"))
        numbers = {int(n) for text in texts if "INC-" in text for n in NUMBER.findall(text)}
        if numbers:
            some = sorted(numbers)[:MOST_NUMBERS]
            for ticket in seen().filter(number__in=some).only("number"):
                address = ticket.desk_url if on_desk else ticket.get_absolute_url()
                found.tickets[ticket.ref] = address
        return found

    def show(self, text: str, *, plain: bool = False) -> SafeString:
        """The text as safe HTML, with names as they are now and links to what the reader may open."""
        return with_names(text, self._shown, plain=plain)

    def _shown(self, what: str, words: str) -> str:
        kind, _colon, key = what.partition(":")
        if not key:
            address = self.tickets.get(what)
            return format_html('<a href="{}">{}</a>', address, what) if address else words
        known = {"person": self.people, "team": self.teams}.get(kind, {}).get(int(key))
        return format_html('<span class="fb-mention">@{}</span>', known) if known else words
