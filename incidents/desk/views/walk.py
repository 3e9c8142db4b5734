"""From ticket to ticket in the order of a list, without going back to it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk.came_from import CameFrom, Way
from incidents.desk.views.ticket import find


@for_agents
@require_GET
def ticket_next(request: UserRequest, number: int) -> HttpResponse:
    return _walk(request, number, "next")


@for_agents
@require_GET
def ticket_previous(request: UserRequest, number: int) -> HttpResponse:
    return _walk(request, number, "previous")


def _walk(request: UserRequest, number: int, way: Way) -> HttpResponse:
    """To the neighbour; from the end of the list back to the list."""
    ticket = find(request, number)
    came = CameFrom.of(request.GET) or CameFrom.usual(ticket)
    found = came.neighbour(ticket, way, request.user)
    if found is None:
        end = _("That was the last one.") if way == "next" else _("That was the first one.")
        messages.info(request, end)
        return redirect(came.back(came.listing(request.user, ticket)))
    there, behind = found
    return redirect(reverse("desk:ticket", args=[there]) + behind)
