"""The lists of the desk: which tickets are in them, and how much of one a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.paging import Page, page
from incidents.desk.filters import TicketFilter
from incidents.desk.news import Seen
from incidents.desk.rows import values
from incidents.desk.sidebar import Sidebar, mine_of, queues_of, unassigned_for
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket, TicketQuerySet

SIZE = 50
BY_URGENCY = ("priority", "created_at", "id")


@dataclass(frozen=True)
class Listing:
    """One list: what it is called, where it is, and which tickets are in it."""

    nav: str
    title: str
    url: str
    topic: str
    tickets: TicketQuerySet
    empty: str
    queue: Team | None = None
    shows_team: bool = True
    shows_assignee: bool = True

    def total(self, sidebar: Sidebar) -> str:
        """How many there are without filters; the sidebar has counted them anyway."""
        if self.queue:
            counts = {team.pk: label for team, _count, label in sidebar.queues}
            return counts.get(self.queue.pk, "")
        return sidebar.mine if self.nav == "mine" else sidebar.unassigned


def queue_of(user: User, slug: str) -> Listing:
    """The queue of a team; 404 for those who don't see it."""
    team = get_object_or_404(queues_of(user), slug=slug)
    return Listing(
        "queue",
        team.name,
        reverse("desk:queue", args=[slug]),
        f"queue:{slug}",
        Ticket.objects.seen_as_staff_by(user).in_team(team).open(),
        _("Nothing waits in this queue."),
        queue=team,
        shows_team=False,
    )


def work_of(user: User) -> Listing:
    return Listing(
        "mine",
        _("My work"),
        reverse("desk:mine"),
        f"mine:{user.pk}",
        mine_of(user),
        _("You have no open tickets. Take one from Unassigned."),
        shows_assignee=False,
    )


def nobodys_for(user: User) -> Listing:
    return Listing(
        "unassigned",
        _("Unassigned"),
        reverse("desk:unassigned"),
        "unassigned",
        unassigned_for(user),
        _("Somebody has every ticket."),
    )


@dataclass(frozen=True)
class Shown:
    """A page of a list, narrowed as the address says."""

    listing: Listing
    filter: TicketFilter
    page: Page[dict[str, Any]]
    after: str

    @classmethod
    def of(cls, listing: Listing, asked: QueryDict, user: User) -> "Shown":
        narrowed = TicketFilter(asked, listing.tickets, by=user, tree=Tree.load())
        after = asked.get("after", "")
        found = page(values(narrowed.qs), keys=BY_URGENCY, after=after, size=SIZE)
        return cls(listing, narrowed, found, after)

    @property
    def versions(self) -> Mapping[int, int]:
        return {row["number"]: row["version"] for row in self.page.rows}

    @property
    def is_part(self) -> bool:
        """Are there rows before or behind these?"""
        return bool(self.after or self.page.next)

    def count(self, total: str) -> str:
        """“14 of 23 open”, where it is known without counting."""
        if not self.filter.asked:
            return _("%(total)s open") % {"total": total}
        if self.is_part:
            return _("some of %(total)s open") % {"total": total}
        return _("%(n)d of %(total)s open") % {"n": len(self.page.rows), "total": total}

    # Tickets that sort behind the page ---------------------------------------------------------------

    def late(self, seen: Seen) -> list[int]:
        """Tickets filed since the list was drawn that are not on this page of it."""
        if not (seen.has_more or self.after):
            return []
        filed = self.filter.qs.filter(created_at__gte=seen.since).order_by("-pk")
        numbers = filed.values_list("number", flat=True)[:SIZE]
        return [n for n in numbers if n not in seen.versions and n not in self.versions]

    def pinned(self, seen: Seen) -> list[dict[str, Any]]:
        """What was offered to the page, and now sorts behind it: shown on top, newest first."""
        wanted = [*seen.pinned, *seen.offered]
        behind = [number for number in wanted if number not in self.versions][:SIZE]
        if not behind:
            return []
        found: QuerySet[Any, dict[str, Any]] = values(self.filter.qs.filter(number__in=behind))
        return list(found.order_by("-pk"))

    # Addresses -------------------------------------------------------------------------------------------

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

    def _address(self, **more: str) -> str:
        added = urlencode({name: value for name, value in more.items() if value})
        query = "&".join(part for part in (self.filter.query, added) if part)
        return f"{self.listing.url}{'?' if query else ''}{query}"
