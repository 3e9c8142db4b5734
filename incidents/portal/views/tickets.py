"""My tickets: lists that only grow, so they are read page by page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from accounts.models import User
from accounts.paging import page
from incidents.live import topics
from incidents.portal import mine

LONGEST_SEARCH = 200


@for_everyone
@require_GET
def tickets(request: UserRequest) -> HttpResponse:
    """One of the lists (`?state=`), searched (`?q=`). With htmx its card alone; nothing when it is as `?seen=`."""
    tabs = mine.tabs(request.user)
    tab = next((tab for tab in tabs if tab.state == request.GET.get("state")), tabs[0])
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    found = mine.search(tab.tickets(request.user), words)
    here = page(mine.for_list(found, request.user), after=request.GET.get("after", ""))
    lines = mine.with_last_words(here.rows, request.user)
    lines = mine.with_promises(lines, now=timezone.localtime())
    stamp = mine.stamp(lines)
    if request.htmx and request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    context = {
        "nav": "tickets",
        "tabs": tabs,
        "tab": tab,
        "words": words,
        "is_first": not request.GET.get("after"),
        "lines": lines,
        "next": here.next,
        "stamp": stamp,
        **_live(request.user, tab, lines),
    }
    template = "portal/tickets.html" + ("#my-tickets" if request.htmx else "")
    return render(request, template, context)


def _live(user: User, tab: mine.Tab, lines: list[mine.Line]) -> dict[str, Any]:
    """What wakes the list: anything on one's own tickets; of others' tickets those that are shown."""
    if tab.is_own:
        names = [f"requester:{user.pk}"]
    else:
        names = [f"ticket:{line.ticket.number}" for line in lines]
    return {"live": topics.sign(user, names) if names else "", "topics": names}
