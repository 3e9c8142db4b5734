"""Lists of tickets: the queue of a team, my work, unassigned. Ordered by urgency, narrowed by the address."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from accounts.models import Team
from accounts.paging import Page, page
from incidents.desk.filters import TicketFilter
from incidents.desk.news import Seen, compare
from incidents.desk.rows import rows, values
from incidents.desk.sidebar import Sidebar, mine_of, queues_of, unassigned_for
from incidents.live import topics
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket, TicketQuerySet

PAGE = "desk/queue.html"
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

    def total(self, sidebar: Sidebar) -> str:
        """How many there are without filters; the sidebar has counted them anyway."""
        if self.queue:
            counts = {team.pk: label for team, _count, label in sidebar.queues}
            return counts.get(self.queue.pk, "")
        return sidebar.mine if self.nav == "mine" else sidebar.unassigned


@dataclass(frozen=True)
class Shown:
    """A list as it is drawn for one request."""

    listing: Listing
    filter: TicketFilter
    page: Page[dict[str, Any]]
    after: str

    @property
    def here(self) -> str:
        return self._address("after", self.after)

    @property
    def next(self) -> str:
        return self._address("after", self.page.next) if self.page.next else ""

    @property
    def first(self) -> str:
        return self._address() if self.after else ""

    def count(self, total: str) -> str:
        """“14 of 23 open”, where it is known without counting."""
        if not self.filter.asked:
            return _("%(total)s open") % {"total": total}
        if self.after or self.page.next:
            return _("some of %(total)s open") % {"total": total}
        return _("%(n)d of %(total)s open") % {"n": len(self.page.rows), "total": total}

    def news_url(self, seen: Seen) -> str:
        return self._address(
            "after", self.after, since=seen.token(), path=f"{self.listing.url}news/"
        )

    def versions(self) -> dict[int, int]:
        return {row["number"]: row["version"] for row in self.page.rows}

    def _address(self, name: str = "", value: str = "", *, since: str = "", path: str = "") -> str:
        parts = [
            self.filter.query,
            f"{name}={value}" if value else "",
            f"since={since}" if since else "",
        ]
        query = "&".join(part for part in parts if part)
        return f"{path or self.listing.url}{'?' if query else ''}{query}"


@for_agents
@require_GET
def queue(request: UserRequest, slug: str) -> HttpResponse:
    return _list(request, _queue(request, slug))


@for_agents
@require_GET
def queue_news(request: UserRequest, slug: str) -> HttpResponse:
    return _news(request, _queue(request, slug))


@for_agents
@require_GET
def mine(request: UserRequest) -> HttpResponse:
    return _list(request, _mine(request))


@for_agents
@require_GET
def mine_news(request: UserRequest) -> HttpResponse:
    return _news(request, _mine(request))


@for_agents
@require_GET
def unassigned(request: UserRequest) -> HttpResponse:
    return _list(request, _unassigned(request))


@for_agents
@require_GET
def unassigned_news(request: UserRequest) -> HttpResponse:
    return _news(request, _unassigned(request))


def _queue(request: UserRequest, slug: str) -> Listing:
    team = get_object_or_404(queues_of(request.user), slug=slug)
    return Listing(
        "queue",
        team.name,
        reverse("desk:queue", args=[slug]),
        f"queue:{slug}",
        Ticket.objects.seen_as_staff_by(request.user).in_team(team).open(),
        _("Nothing waits in this queue."),
        queue=team,
        shows_team=False,
    )


def _mine(request: UserRequest) -> Listing:
    return Listing(
        "mine",
        _("My work"),
        reverse("desk:mine"),
        f"mine:{request.user.pk}",
        mine_of(request.user),
        _("You have no open tickets. Take one from Unassigned."),
    )


def _unassigned(request: UserRequest) -> Listing:
    return Listing(
        "unassigned",
        _("Unassigned"),
        reverse("desk:unassigned"),
        "unassigned",
        unassigned_for(request.user),
        _("Somebody has every ticket."),
    )


def _show(request: UserRequest, listing: Listing) -> Shown:
    tree = Tree.load()
    narrowed = TicketFilter(request.GET, listing.tickets, by=request.user, tree=tree)
    after = request.GET.get("after", "")
    return Shown(
        listing, narrowed, page(values(narrowed.qs), keys=BY_URGENCY, after=after, size=SIZE), after
    )


def _list(request: UserRequest, listing: Listing) -> HttpResponse:
    """The list; for the table alone, with what stands around it, when a fragment asks."""
    is_fragment = bool(request.htmx) and request.htmx.target == "queue"
    shown_list = _show(request, listing)
    narrowed, sidebar = shown_list.filter, Sidebar(request.user)
    seen = Seen(shown_list.versions(), has_more=bool(shown_list.page.next))
    context = {
        "nav": listing.nav,
        "queue": listing.queue,
        "listing": listing,
        "list": shown_list,
        "filter": narrowed,
        "asked": narrowed.asked,
        "chips": list(narrowed.chips()),
        "rows": rows(shown_list.page.rows, request.user),
        "count": shown_list.count(listing.total(sidebar)),
        "sidebar": sidebar,
        "news_url": shown_list.news_url(seen),
        "live": topics.sign(request.user, [listing.topic]),
        "oob": is_fragment,
    }
    response = render(
        request,
        f"{PAGE}#list" if is_fragment else PAGE,
        context,
        status=200 if narrowed.is_valid() else 400,
    )
    if is_fragment:
        response["HX-Push-Url"] = shown_list.here
    return response


def _news(request: UserRequest, listing: Listing) -> HttpResponse:
    """Since `?since=`: how many new ones came, and the rows that changed where they stand."""
    seen = Seen.read(request.GET.get("since", "")) or Seen()
    now = _show(request, listing)
    news = compare(seen, now.versions())
    left = _left(request, seen, news.gone)
    changed = [row for row in now.page.rows if row["number"] in news.changed] + left.changed
    if not changed and not left.removed and set(news.new) == seen.offered:
        return HttpResponse(status=204)
    versions = seen.versions | {row["number"]: row["version"] for row in changed}
    for number in left.removed:
        del versions[number]
    told = Seen(versions, has_more=seen.has_more, offered=frozenset(news.new))
    context = {
        "listing": listing,
        "list": now,
        "rows": rows(changed, request.user),
        "removed": left.removed,
        "new": len(news.new),
        "news_url": now.news_url(told),
        "oob": True,
        "oob_rows": True,
    }
    return render(request, f"{PAGE}#news", context)


@dataclass(frozen=True)
class Left:
    """Rows that no longer belong to the list but still stand on the page: as they are now, or to be removed."""

    changed: list[dict[str, Any]]
    removed: list[int]


def _left(request: UserRequest, seen: Seen, gone: list[int]) -> Left:
    if not gone:
        return Left([], [])
    still = list(values(Ticket.objects.seen_as_staff_by(request.user).filter(number__in=gone)))
    return Left(
        [row for row in still if row["version"] != seen.versions[row["number"]]],
        sorted(set(gone) - {row["number"] for row in still}),
    )
