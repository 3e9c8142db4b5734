"""Lists of tickets: the queue of a team, my work, unassigned. Ordered by urgency, narrowed by the address."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk.listings import Listing, Shown, nobodys_for, queue_of, work_of
from incidents.desk.news import Seen, compare
from incidents.desk.rows import rows, values
from incidents.desk.sidebar import Sidebar
from incidents.live import topics
from incidents.tickets.models import Ticket

PAGE = "desk/queue.html"


@for_agents
@require_GET
def queue(request: UserRequest, slug: str) -> HttpResponse:
    return _list(request, queue_of(request.user, slug))


@for_agents
@require_GET
def queue_news(request: UserRequest, slug: str) -> HttpResponse:
    return _news(request, queue_of(request.user, slug))


@for_agents
@require_GET
def mine(request: UserRequest) -> HttpResponse:
    return _list(request, work_of(request.user))


@for_agents
@require_GET
def mine_news(request: UserRequest) -> HttpResponse:
    return _news(request, work_of(request.user))


@for_agents
@require_GET
def unassigned(request: UserRequest) -> HttpResponse:
    return _list(request, nobodys_for(request.user))


@for_agents
@require_GET
def unassigned_news(request: UserRequest) -> HttpResponse:
    return _news(request, nobodys_for(request.user))


def _list(request: UserRequest, listing: Listing) -> HttpResponse:
    """The list; when htmx asks for the table, that and what stands around it.

    With `?since=` (“show new”) tickets that the page was offered are on top, though they may sort behind it.
    """
    is_fragment = bool(request.htmx) and request.htmx.target == "queue"
    now, drawn_at = Shown.of(listing, request.GET, request.user), timezone.now()
    pinned = now.pinned(Seen.read(request.GET.get("since", ""))) if is_fragment else []
    sidebar = Sidebar(request.user)
    seen = Seen(
        {row["number"]: row["version"] for row in [*pinned, *now.page.rows]},
        at=drawn_at,
        has_more=bool(now.page.next),
        pinned=tuple(row["number"] for row in pinned),
    )
    context = {
        "nav": listing.nav,
        "queue": listing.queue,
        "listing": listing,
        "list": now,
        "filter": now.filter,
        "asked": now.filter.asked,
        "chips": list(now.filter.chips()),
        "rows": rows([*pinned, *now.page.rows], request.user),
        "count": now.count(listing.total(sidebar)),
        "sidebar": sidebar,
        "since": seen.token(),
        "live": topics.sign(request.user, [listing.topic]),
        "oob": is_fragment,
    }
    template = f"{PAGE}#list" if is_fragment else PAGE
    response = render(request, template, context, status=200 if now.filter.is_valid() else 400)
    if is_fragment:
        response["HX-Push-Url"] = now.here
    return response


def _news(request: UserRequest, listing: Listing) -> HttpResponse:
    """Since `?since=`: how many new ones came, and the rows that changed where they stand."""
    seen = Seen.read(request.GET.get("since", ""))
    now = Shown.of(listing, request.GET, request.user)
    news = compare(seen, now.versions)
    left = _left(request, seen, news.gone)
    changed = [row for row in now.page.rows if row["number"] in news.changed] + left.changed
    new = frozenset([*news.new, *now.late(seen)])
    if not changed and not left.removed and new == seen.offered:
        return HttpResponse(status=204)
    told = seen.after({row["number"]: row["version"] for row in changed}, left.removed, new)
    context = {
        "listing": listing,
        "list": now,
        "rows": rows(changed, request.user),
        "removed": left.removed,
        "new": len(new),
        "since": told.token(),
        "show_url": now.show_url(told),
        "oob": True,
        "oob_rows": True,
    }
    return render(request, f"{PAGE}#news", context)


@dataclass(frozen=True)
class Left:
    """Rows that are not on the list's page but stand on the screen: as they are now, or to be removed."""

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
