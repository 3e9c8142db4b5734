"""The lists of the desk: which tickets are in them, and how much of one a page shows."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import kept
from accounts.models import Team, User
from accounts.paging import Page, first, is_place, page
from incidents.desk.filters import ME, NAMES, NOBODY, Chip, Named, TicketFilter, UnknownFilter
from incidents.desk.models import SavedView
from incidents.desk.news import Seen
from incidents.desk.orders import OPEN_FIRST, ORDERS, SETTLED_FIRST, Order
from incidents.desk.rows import values
from incidents.desk.sidebar import Sidebar, capped, queues_of, shown
from incidents.live.topics import MOST_TOPICS
from incidents.tickets.models import Ticket, TicketQuerySet

SIZE = 50
OF_LISTS = frozenset({"sort", "after", "since", "changed"})
"""What an address of a list may have besides filters."""


# Narrowing --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Narrowed:
    """The tickets that a query string stands for, in no order yet; `order` is how they are to be sorted.

    `filter.asked` is what is on, by name; `fixed` the part of it that an address says by its path.
    """

    tickets: TicketQuerySet
    filter: TicketFilter
    order: Order
    fixed: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """What is on besides the fixed part."""
        return {n: values for n, values in self.filter.asked.items() if n not in self.fixed}

    @property
    def sort(self) -> str:
        """The order where it is another than comes by itself."""
        return "" if self.order == _default(self.filter) else self.order.name

    @property
    def query(self) -> str:
        """The query string for all of it, the fixed part too: what other pages (a board, a saved view) are given."""
        return _urlencode({**self.fixed, **self.filter.asked}, self.sort)

    def address(self, *, leave_out: str = "", sort: str | None = None) -> str:
        """The query string without the fixed part, from the list's start."""
        kept = {name: values for name, values in self.asked.items() if name != leave_out}
        return _urlencode(kept, self.sort if sort is None else sort)

    def chips(self, without: Callable[[str], str] | None = None) -> list[Chip]:
        """The filters that are on, each with the address of the list without it (by default its query string)."""
        leads = without or (lambda name: self.address(leave_out=name))
        return [chip for chip in self.filter.chips(leads) if chip.name not in self.fixed]


def narrowed(
    asked: QueryDict,
    user: User,
    *,
    fixed: Mapping[str, str] | None = None,
    also: Collection[str] = (),
    known: dict[Any, Any] | None = None,
) -> Narrowed:
    """The tickets that this person sees as staff and that fit the query string of a list.

    For every page that works on “what the list shows”: lists, boards, changes to all that match. Give it the query
    string as `request.GET`, or `QueryDict(text)` where it was sent along; open tickets only, unless it names a status.

        found = narrowed(QueryDict(request.POST["query"]), request.user)
        found.tickets.order_by("pk")              # a TicketQuerySet, already limited to what they may see
        found.chips(), found.query, found.order.keys

    `fixed` is what the page's own path says (`{"team": "network"}`) and wins over the query string. `also` names what
    else the page's address may have: its own parameters, which are left alone. Who narrows several times for one person
    gives the same dictionary as `known`, so that nothing is looked up twice.

    Raises:
        UnknownFilter: there is a name, or a value, that no list knows (a `Refused`, answered with 400). Nothing of it
            reached a query. So a change to “all that match” can't become one to more than was meant.
    """
    fixed = fixed or {}
    given = asked.copy()
    for name, value in fixed.items():
        given[name] = value
    found = TicketFilter(given, Ticket.objects.seen_as_staff_by(user), by=user, known=known)
    strange = [
        (name[:60], f"“{name[:60]}”") for name in asked if name not in NAMES | OF_LISTS | set(also)
    ]
    strange += [
        (name, str(found.filters[name].label))
        for name, value in fixed.items()
        if any(given != value for given in asked.getlist(name))
    ]
    sort = asked.get("sort", "")
    if sort and sort not in ORDERS:
        strange.append(("sort", _("the order “%(name)s”") % {"name": sort[:60]}))
    errors = found.errors_by_name
    if strange or errors:
        kept = {n: v for n, v in found.asked.items() if n not in errors and n not in fixed}
        wrong = [(name, str(found.filters[name].label)) for name in errors] + strange
        names, what = zip(*wrong, strict=True)
        understood = _urlencode(kept, sort if sort in ORDERS else "")
        raise UnknownFilter(what, understood, names=names)
    return Narrowed(found.tickets, found, ORDERS.get(sort, _default(found)), fixed)


def _default(narrowing: TicketFilter) -> Order:
    return SETTLED_FIRST if narrowing.is_settled_only else OPEN_FIRST


def _urlencode(asked: Mapping[str, Any], sort: str) -> str:
    return urlencode({**asked, **({"sort": sort} if sort else {})}, doseq=True)


# Lists ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listing:
    """One list: what it is called, where it is, and what its path says about the tickets in it."""

    nav: str
    title: str
    url: str
    empty: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    queue: Team | None = None
    view: SavedView | None = None
    same: frozenset[str] = frozenset()
    """Columns that would say the same in every row."""

    def asked(self, query: QueryDict) -> QueryDict:
        """What is asked of it: of a saved view what was saved, until the address says otherwise."""
        if self.view is None or not (NAMES | {"sort", "changed"}).isdisjoint(query):
            return query
        saved = QueryDict(self.view.query, mutable=True)
        for name in {"after", "since"}.intersection(query):
            saved[name] = query.get(name, "")
        return saved

    def narrowed(self, query: QueryDict, user: User) -> Narrowed:
        """Its tickets, as the address says.

        Raises:
            UnknownFilter: see `narrowed`.
        """
        known: dict[Any, Any] = {}
        if self.queue:
            named = {self.queue.slug: Named(self.queue.name, (self.queue.pk,))}
            known["team", self.queue.slug] = named
        return narrowed(self.asked(query), user, fixed=self.fixed, known=known)

    def topics(self, user: User, sidebar: Sidebar) -> list[str]:
        """What changes it: of a list over several teams each of their queues."""
        if self.queue:
            return [f"queue:{self.queue.slug}"]
        if self.nav in {"mine", "unassigned"}:
            return [f"mine:{user.pk}" if self.nav == "mine" else "unassigned"]
        queues = [f"queue:{team.slug}" for team, _count, _label in sidebar.queues]
        return ["unassigned", *queues][:MOST_TOPICS]

    def total(self, user: User, sidebar: Sidebar) -> str:
        """How many open ones it has without filters; the sidebar has counted most of them anyway."""
        if self.queue:
            counts = {team.pk: label for team, _count, label in sidebar.queues}
            return counts.get(self.queue.pk, "")
        if self.nav in {"mine", "unassigned"}:
            return sidebar.mine if self.nav == "mine" else sidebar.unassigned
        everything = Ticket.objects.seen_as_staff_by(user).open()
        return shown(User.objects.filter(pk=user.pk).values_list(capped(everything)).get()[0])


def queue_of(user: User, slug: str) -> Listing:
    """The queue of a team; 404 for those who don't see it."""
    key = ("queue", user.reach)
    found = kept.instances(key, lambda: queues_of(user).filter(slug=kept.Hole("slug")), slug=slug)
    if not found:
        raise Http404
    return queue(found[0])


def queue(team: Team) -> Listing:
    return Listing(
        "queue",
        team.name,
        reverse("desk:queue", args=[team.slug]),
        _("Nothing waits in this queue."),
        {"team": team.slug},
        queue=team,
        same=frozenset({"team"}),
    )


def work_of(user: User) -> Listing:
    return Listing(
        "mine",
        _("My work"),
        reverse("desk:mine"),
        _("You have no open tickets. Take one from Unassigned."),
        {"assignee": ME},
        same=frozenset({"assignee"}),
    )


def nobodys_for(user: User) -> Listing:
    return Listing(
        "unassigned",
        _("Unassigned"),
        reverse("desk:unassigned"),
        _("Somebody has every ticket."),
        {"assignee": NOBODY},
    )


def everything_for(user: User) -> Listing:
    """Over all teams that this person sees."""
    return Listing("all", _("All tickets"), reverse("desk:all"), _("No ticket is open."))


def _page(listing: Listing, found: Narrowed, user: User, after: str) -> Page[dict[str, Any]]:
    """One page of a list. The first of one that nobody narrowed, which is what is opened most, by a kept query."""
    keys = found.order.keys
    if after or found.asked:
        return page(values(found.tickets, user), keys=keys, after=after, size=SIZE)
    of = listing.nav, listing.queue and listing.queue.pk
    kept_as = "list", user.reach, of, found.order.name, SIZE
    rows = kept.dicts(kept_as, lambda: values(found.tickets, user).order_by(*keys)[: SIZE + 1])
    return first(rows, keys, Ticket, SIZE)


@dataclass(frozen=True)
class Shown:
    """A page of a list, narrowed as the address says."""

    listing: Listing
    narrowed: Narrowed
    page: Page[dict[str, Any]]
    after: str
    reader: User

    @classmethod
    def of(cls, listing: Listing, query: QueryDict, user: User) -> "Shown":
        found = listing.narrowed(query, user)
        after = query.get("after", "")
        if after and not is_place(after, found.order.keys, Ticket):
            raise UnknownFilter([_("the place in the list")], found.address())
        rows = _page(listing, found, user, after)
        return cls(listing, found, rows, after, user)

    @property
    def versions(self) -> Mapping[int, int]:
        return {row["number"]: row["version"] for row in self.page.rows}

    @property
    def is_part(self) -> bool:
        """Are there rows before or behind these?"""
        return bool(self.after or self.page.next)

    def count(self, total: str) -> str:
        """“14 of 23 open”, where it is known without counting."""
        here = len(self.page.rows)
        if self.listing.view or not self.narrowed.filter.is_open_only:
            if self.is_part:
                return _("%(n)d of many") % {"n": here}
            return ngettext("%(n)d ticket", "%(n)d tickets", here) % {"n": here}
        if not self.narrowed.asked:
            return _("%(total)s open") % {"total": total}
        if self.is_part:
            return _("some of %(total)s open") % {"total": total}
        return _("%(n)d of %(total)s open") % {"n": here, "total": total}

    # Tickets that sort behind the page ---------------------------------------------------------------

    def late(self, seen: Seen) -> list[int]:
        """Tickets filed since the list was drawn that are not on this page of it."""
        if not (seen.has_more or self.after):
            return []
        filed = self.narrowed.tickets.filter(created_at__gte=seen.since).order_by("-pk")
        numbers = filed.values_list("number", flat=True)[:SIZE]
        return [n for n in numbers if n not in seen.versions and n not in self.versions]

    def pinned(self, seen: Seen) -> list[dict[str, Any]]:
        """What was offered to the page, and now sorts behind it: shown on top, newest first."""
        wanted = [*seen.pinned, *seen.offered]
        behind = [number for number in wanted if number not in self.versions][:SIZE]
        if not behind:
            return []
        found: QuerySet[Any, dict[str, Any]] = values(
            self.narrowed.tickets.filter(number__in=behind), self.reader
        )
        return list(found.order_by("-pk"))

    # Addresses -------------------------------------------------------------------------------------------

    @property
    def is_changed(self) -> bool:
        """Does a saved view show something else than was saved?"""
        view = self.listing.view
        return view is not None and view.query != self.narrowed.query

    @property
    def here(self) -> str:
        return self._address(after=self.after)

    @property
    def next(self) -> str:
        return self._address(after=self.page.next) if self.page.next else ""

    @property
    def first(self) -> str:
        return self._address() if self.after else ""

    def show_url(self, seen: Seen) -> str:
        return self._address(after=self.after, since=seen.token())

    def without(self, name: str) -> str:
        """The list without this filter."""
        return self._address(self.narrowed.address(leave_out=name))

    def sorted(self, order: str) -> str:
        """The list in another order."""
        return self._address(self.narrowed.address(sort=order))

    @property
    def query(self) -> str:
        """The query string that leads to it from its start."""
        return self._address().partition("?")[2]

    @property
    def fields_query(self) -> str:
        """What the page of filters is asked, where there is no script."""
        hidden = ",".join(self.narrowed.fixed)
        own = urlencode({"next": self.listing.url, "hide": hidden})
        return "&".join(part for part in (self.narrowed.address(), own) if part)

    @property
    def cleared(self) -> str:
        """The list without any filter."""
        return self._address("")

    def _address(self, query: str | None = None, **more: str) -> str:
        query = self.narrowed.address() if query is None else query
        view = self.listing.view
        changed = "changed=1" if view is not None and query != view.query else ""
        query = "" if view is not None and not changed else query
        added = urlencode({name: value for name, value in more.items() if value})
        whole = "&".join(part for part in (query, changed, added) if part)
        return f"{self.listing.url}{'?' if whole else ''}{whole}"
