"""My tickets: a list that only grows, so it is read page by page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from accounts.paging import page
from incidents.portal import mine


@for_everyone
@require_GET
def tickets(request: UserRequest) -> HttpResponse:
    is_closed = request.GET.get("state") == "closed"
    found = mine.closed(request.user) if is_closed else mine.unfinished(request.user)
    here = page(found.for_my_tickets(), after=request.GET.get("after", ""))
    context = {
        "nav": "tickets",
        "is_closed": is_closed,
        "is_first": not request.GET.get("after"),
        "lines": mine.with_last_words(here.rows, request.user),
        "next": here.next,
    }
    return render(request, "portal/tickets.html", context)
