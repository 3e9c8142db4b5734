"""The list that somebody came from. It travels in the ticket's address, so that “next” and “previous” follow it.

`?in=view:12` or `?in=queue:network?priority=1&sort=updated` names it: its place, and the query string that it had. `?in=search?q=vpn` names
what a search found, in its order. `at` is where the ticket stood in it, in orders by something that work on the ticket changes: else whoever answers the first of
the longest untouched ones would find themselves at the end.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Literal, Self

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.paging import neighbour
from incidents.desk import operators
from incidents.desk.filters import NAMES, UnknownFilter
from incidents.desk.listings import (
    Listing,
    everything_for,
    nobodys_for,
    queue,
    queue_of,
    work_of,
)
from incidents.desk.narrowing import narrow
from incidents.desk.orders import Order
from incidents.desk.saved import listing_of, view_of
from incidents.desk.sidebar import Sidebar
from incidents.tickets.models import NEVER, Ticket
from incidents.tickets.search import find

Way = Literal["next", "previous"]

SEARCH = "search"
PLACE = re.compile(
    r"mine|unassigned|all|search|queue:[-A-Za-z0-9_]{1,60}|view:[1-9][0-9]{0,8}", re.ASCII
)
AT = re.compile(r"(?:[0-9]{1,18}(?:-[0-9]{1,18})?)?", re.ASCII)
FOUND_AT_ONCE, FOUND_IN = 25, 8
"""Hits of a search that are looked through for the ticket: so many at a time, so many times."""
CHANGING = {"priority", "updated_at", "due_at"}
"""Fields by which lists are sorted, and that change while somebody works."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class CameFrom:
    """A list as an address names it. What it names is looked up only to go along it."""

    place: str
    query: str = ""
    at: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self | None:
        """What the address says; nothing if it names no list.

        Raises:
            UnknownFilter: it names what no list knows.
        """
        if not given.get("in"):
            return None
        place, _mark, query = given["in"].partition("?")
        if not PLACE.fullmatch(place):
            raise UnknownFilter([_("the list “%(name)s”") % {"name": place[:60]}])
        known = {"q"} if place == SEARCH else NAMES | {"sort", "changed"}
        if strange := [f"“{name[:60]}”" for name in QueryDict(query) if name not in known]:
            raise UnknownFilter(strange)
        if not AT.fullmatch(given.get("at", "")):
            raise UnknownFilter([_("the place “%(place)s”") % {"place": given["at"][:60]}])
        return cls(place, query, given.get("at", ""))

    @classmethod
    def usual(cls, ticket: Ticket) -> Self:
        """Where somebody comes from who came from no list: the queue of the ticket's team."""
        place = f"queue:{ticket.team.slug}" if ticket.team else "unassigned"
        return cls(place, at=f"{ticket.priority}-{_whole(ticket.due_at)}")

    @classmethod
    def searching(cls, words: str) -> Self:
        """What these words find."""
        return cls(SEARCH, urlencode({"q": words}))

    @classmethod
    def along(cls, listing: Listing, query: str = "") -> Self:
        key = listing.queue.slug if listing.queue else listing.view and listing.view.pk
        return cls(f"{listing.nav}:{key}" if key else listing.nav, query)

    # In addresses ----------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return f"{self.place}?{self.query}" if self.query else self.place

    @property
    def address(self) -> str:
        """What stands behind the “?” of a ticket's address."""
        return urlencode({"in": self.name, **({"at": self.at} if self.at else {})})

    def links(self, order: Order) -> Callable[[Mapping[str, Any]], str]:
        """For a row of the list, what its link has behind the ticket's address."""
        base, fields = f"?{urlencode({'in': self.name})}", _changing(order)
        if not fields:
            return lambda row: base
        return lambda row: f"{base}&at={'-'.join(str(_whole(row[field])) for field in fields)}"

    # Going along it --------------------------------------------------------------------------------------

    def listing(self, user: User, ticket: Ticket, sidebar: Sidebar | None = None) -> Listing:
        """The list; where it is gone or out of sight, the one that somebody without a list goes along.

        With the page's sidebar, which has most lists at hand, without a further query.
        """
        kind, _colon, key = self.place.partition(":")
        if ticket.team and kind == "queue" and key == ticket.team.slug:
            return queue(ticket.team)
        if sidebar and (beside := _beside(sidebar, kind, key)):
            return beside
        try:
            match kind:
                case "queue":
                    return queue_of(user, key)
                case "view":
                    return listing_of(view_of(user, int(key)))
        except Http404:
            return CameFrom.usual(ticket).listing(user, ticket)
        others = {
            "mine": work_of,
            "unassigned": nobodys_for,
            "all": everything_for,
            SEARCH: everything_for,
        }
        return others[kind](user)

    def neighbour(self, ticket: Ticket, way: Way, user: User) -> tuple[int, str] | None:
        """The number of the ticket after or before this one, whether or not this one still is among them, and what
        stands behind its address; nothing at the end.

        Raises:
            UnknownFilter: a value of a filter stands for nothing.
        """
        if self.place == SEARCH:
            there = self._neighbour_found(ticket, way, user)
            return (there, f"?{self.address}") if there else None
        listing = self.listing(user, ticket)
        kept = self if CameFrom.along(listing).place == self.place else CameFrom.along(listing)
        found = listing.narrowed(QueryDict(kept.query), user)
        here = [getattr(ticket, key.lstrip("-")) for key in found.order.keys]
        fields = _changing(found.order)
        given = kept.at.split("-") if kept.at else []
        for at, (field, value) in enumerate(zip(fields, given, strict=False)):
            here[at] = _again(field, int(value))
        others = found.tickets.exclude(pk=ticket.pk)  # it may stand further on by now
        row = neighbour(
            others.values("number", *fields), found.order.keys, here, back=way == "previous"
        )
        return (row["number"], kept.links(found.order)(row)) if row else None

    def _neighbour_found(self, ticket: Ticket, way: Way, user: User) -> int | None:
        """Among what the search finds now, as far down as somebody goes; nothing where the ticket is not among it."""
        asked = operators.parse(self.words, today=timezone.localdate())
        question = narrow(asked, user).question
        before, is_found, after = None, False, None
        for _part in range(FOUND_IN):
            results = find(question, user=user, limit=FOUND_AT_ONCE, after=after)
            for hit in results.hits:
                if is_found:
                    return hit.number
                if hit.number == ticket.number:
                    if way == "previous":
                        return before
                    is_found = True
                before = hit.number
            if not results.more:
                break
            after = results.more
        return None

    @property
    def words(self) -> str:
        """What was looked for."""
        return QueryDict(self.query).get("q", "").replace("\x00", "")[: operators.LONGEST]

    def title(self, listing: Listing) -> str:
        """What the list is called."""
        return _("Search") if self.place == SEARCH else str(listing.title)

    def back(self, listing: Listing) -> str:
        """The address of the list itself."""
        if self.place == SEARCH:
            return f"{reverse('desk:search')}?{urlencode({'q': self.words, 'kind': 'tickets'})}"
        is_it = self.query and CameFrom.along(listing).place == self.place
        return f"{listing.url}?{self.query}" if is_it else listing.url


def _beside(sidebar: Sidebar, kind: str, key: str) -> Listing | None:
    """The list, if the sidebar names it."""
    if kind == "view":
        return next((listing_of(view) for view in sidebar.views if str(view.pk) == key), None)
    if kind == "queue":
        return next((queue(team) for team, _n, _label in sidebar.queues if team.slug == key), None)
    return None


def _changing(order: Order) -> list[str]:
    """The first fields of the order, as far as they change while somebody works."""
    fields = (key.lstrip("-") for key in order.keys)
    return list(takewhile(CHANGING.__contains__, fields))


def _again(field: str, whole: int) -> Any:
    """What `_whole` made of a value, as the value; a moment after all that there are is never."""
    if field == "priority":
        return whole
    return min(EPOCH + min(whole, _whole(NEVER)) * MICROSECOND, NEVER)


def _whole(value: Any) -> int:
    """A priority as it is, a moment in microseconds."""
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else int(value)
