"""Lists of tickets: the queue of a team, my work, unassigned, all of them, saved views. The address is their state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents, go
from incidents.desk import columns
from incidents.desk.came_from import CameFrom
from incidents.desk.columns import COLUMNS, Head
from incidents.desk.filters import UnknownFilter
from incidents.desk.listings import (
    Listing,
    Shown,
    everything_for,
    nobodys_for,
    queue_of,
    work_of,
)
from incidents.desk.models import DeskSettings
from incidents.desk.news import Seen, compare
from incidents.desk.orders import ORDERS
from incidents.desk.rows import Row, drawn, rows, values
from incidents.desk.saved import settings_of
from incidents.desk.sharing import can_change
from incidents.desk.sidebar import Sidebar
from incidents.live import topics
from incidents.tickets import numbers
from incidents.tickets.models import Ticket

PAGE = "desk/queue.html"


@for_agents
@require_GET
def queue(request: UserRequest, slug: str) -> HttpResponse:
    return show(request, queue_of(request.user, slug))


@for_agents
@require_GET
def queue_news(request: UserRequest, slug: str) -> HttpResponse:
    return news(request, queue_of(request.user, slug))


@for_agents
@require_GET
def mine(request: UserRequest) -> HttpResponse:
    return show(request, work_of(request.user))


@for_agents
@require_GET
def mine_news(request: UserRequest) -> HttpResponse:
    return news(request, work_of(request.user))


@for_agents
@require_GET
def unassigned(request: UserRequest) -> HttpResponse:
    return show(request, nobodys_for(request.user))


@for_agents
@require_GET
def unassigned_news(request: UserRequest) -> HttpResponse:
    return news(request, nobodys_for(request.user))


@for_agents
@require_GET
def everything(request: UserRequest) -> HttpResponse:
    return show(request, everything_for(request.user))


@for_agents
@require_GET
def everything_news(request: UserRequest) -> HttpResponse:
    return news(request, everything_for(request.user))


def show(request: UserRequest, listing: Listing) -> HttpResponse:
    """The list; when htmx asks for the table, that and what stands around it.

    With `?since=` (“show new”) tickets that the page was offered are on top, though they may sort behind it.
    """
    try:
        now, drawn_at = Shown.of(listing, request.GET, request.user), timezone.now()
    except UnknownFilter as unknown:
        return _unknown(request, listing, unknown)
    is_fragment = bool(request.htmx) and request.htmx.target == "queue"
    pinned = now.pinned(Seen.read(request.GET.get("since", ""))) if is_fragment else []
    sidebar = Sidebar(request.user)
    seen = Seen(
        {row["number"]: row["version"] for row in [*pinned, *now.page.rows]},
        at=drawn_at,
        has_more=bool(now.page.next),
        pinned=tuple(row["number"] for row in pinned),
    )
    found = rows([*pinned, *now.page.rows], request.user, _links(now))
    context = {
        "nav": listing.nav,
        "queue": listing.queue,
        "count": now.count(listing.total(request.user, sidebar)),
        "sidebar": sidebar,
        "oob": is_fragment,
        **_table(now, found, seen, sidebar.settings),
        "topics": listing.topics(request.user, sidebar),
    }
    if is_fragment:
        response = render(request, f"{PAGE}#list", context)
        response["HX-Push-Url"] = now.here
        return response
    context["live"] = topics.sign(request.user, context["topics"])
    return render(request, PAGE, context)


def _links(now: Shown) -> Callable[[Mapping[str, Any]], str]:
    return CameFrom.along(now.listing, now.query).links(now.narrowed.order)


def _table(
    now: Shown, found: list[Row], seen: Seen, own: DeskSettings, *, out_of_band: bool = False
) -> dict[str, Any]:
    """What the table and its surroundings are drawn from. Rows `out_of_band` go each to its place."""
    shown = columns_of(now, own)
    names = {one.name for one in shown}
    view = now.listing.view
    return {
        "listing": now.listing,
        "came_from": CameFrom.along(now.listing, now.query).name,
        "list": now,
        "narrowed": now.narrowed,
        "chips": now.narrowed.chips(now.without),
        "rows": found,
        "drawn": drawn(found, names, out_of_band=out_of_band),
        "heads": [_head(one, now) for one in shown],
        "columns": ",".join(one.name for one in shown),
        "are_columns_usual": not (own.columns or (view and view.columns)),
        "every_column": [
            (one, name in names) for name, one in COLUMNS.items() if name not in now.listing.same
        ],
        "save_url": f"{reverse('desk:view-new')}?{now.narrowed.query}",
        "can_change_view": view is not None and can_change(now.reader, view),
        "orders": [(one, now.sorted(one.name)) for one in ORDERS.values()],
        "since": seen.token(),
    }


def columns_of(now: Shown, own: DeskSettings) -> list[columns.Column]:
    """As the saved view has them, else as the person has, else as they come; and what somebody sorted it by."""
    view = now.listing.view
    narrowed = now.narrowed
    return columns.chosen(
        view.columns if view else [],
        own.columns,
        without=now.listing.same,
        ordered_by=narrowed.order.column if narrowed.sort else columns.ALWAYS,
    )


def _head(column: columns.Column, now: Shown) -> Head:
    order = now.narrowed.order
    leads_to = columns.next_order(column, order)
    if order.column != column.name:
        return Head(column, now.sorted(leads_to) if leads_to else "")
    falls = order.is_descending != column.is_span
    return Head(column, now.sorted(leads_to), "descending" if falls else "ascending")


def _unknown(request: UserRequest, listing: Listing, unknown: UnknownFilter) -> HttpResponse:
    """What was not understood, and the way to the list without it. A change by htmx leads to that page, too."""
    if request.htmx:
        return go(request, request.get_full_path())
    understood = f"{listing.url}?{unknown.understood}" if unknown.understood else ""
    context = {
        "nav": listing.nav,
        "queue": listing.queue,
        "title": listing.title,
        "what": unknown.what,
        "understood": understood + ("&changed=1" if understood and listing.view else ""),
        "cleared": f"{listing.url}?changed=1" if listing.view else listing.url,
    }
    return render(request, "desk/queue/unknown.html", context, status=unknown.status)


# News -------------------------------------------------------------------------------------------------------


def news(request: UserRequest, listing: Listing) -> HttpResponse:
    """Since `?since=`: how many new ones came, and the rows that changed where they stand."""
    seen = Seen.read(request.GET.get("since", ""))
    now = Shown.of(listing, request.GET, request.user)
    found = compare(seen, now.versions)
    left = _left(request, seen, found.gone)
    changed = [row for row in now.page.rows if row["number"] in found.changed] + left.changed
    new = frozenset([*found.new, *now.late(seen)])
    if not changed and not left.removed and new == seen.offered:
        return HttpResponse(status=204)
    told = seen.after({row["number"]: row["version"] for row in changed}, left.removed, new)
    context = {
        **_table(
            now,
            rows(changed, request.user, _links(now)),
            told,
            settings_of(request.user),
            out_of_band=True,
        ),
        "removed": left.removed,
        "went": _went(left.removed),
        "new": len(new),
        "show_url": now.show_url(told),
        "oob": True,
    }
    return render(request, f"{PAGE}#news", context)


def _went(removed: list[int]) -> str:
    """Why rows go while somebody looks at the list."""
    if not removed:
        return ""
    refs = ", ".join(numbers.show(number) for number in removed)
    return _("Now with a team whose tickets you don’t see: %(refs)s") % {"refs": refs}


@dataclass(frozen=True)
class Left:
    """Rows that are not on the list's page but stand on the screen: as they are now, or to be removed."""

    changed: list[dict[str, Any]]
    removed: list[int]


def _left(request: UserRequest, seen: Seen, gone: list[int]) -> Left:
    if not gone:
        return Left([], [])
    visible = Ticket.objects.seen_as_staff_by(request.user).filter(number__in=gone)
    still = list(values(visible, request.user))
    return Left(
        [row for row in still if row["version"] != seen.versions[row["number"]]],
        sorted(set(gone) - {row["number"] for row in still}),
    )
