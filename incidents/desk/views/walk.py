"""From ticket to ticket in the order of a list, without going back to it.

`?in=` names the list that somebody came from; without it, it is the queue of the ticket's team.
"""

from typing import Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from accounts.models import User
from incidents.desk.sidebar import mine_of, unassigned_for
from incidents.desk.views.ticket import find
from incidents.tickets.models import Ticket, TicketQuerySet

Way = Literal["next", "previous"]


@for_agents
@require_GET
def ticket_next(request: UserRequest, number: int) -> HttpResponse:
    return _walk(request, find(request, number), "next")


@for_agents
@require_GET
def ticket_previous(request: UserRequest, number: int) -> HttpResponse:
    return _walk(request, find(request, number), "previous")


def _walk(request: UserRequest, ticket: Ticket, way: Way) -> HttpResponse:
    """To the neighbour; from the end of the list back to the list."""
    came_from = request.GET.get("in", "")
    tickets, address = _list(request.user, ticket, came_from)
    number = tickets.neighbour_of(ticket, way)
    if number is None:
        end = _("That was the last one.") if way == "next" else _("That was the first one.")
        messages.info(request, end)
        return redirect(address)
    query = f"?{urlencode({'in': came_from})}" if came_from in {"mine", "unassigned"} else ""
    return redirect(reverse("desk:ticket", args=[number]) + query)


def _list(user: User, ticket: Ticket, came_from: str) -> tuple[TicketQuerySet, str]:
    """The tickets of the list, and its address."""
    if came_from == "mine":
        return mine_of(user), reverse("desk:mine")
    if came_from == "unassigned" or ticket.team is None:
        return unassigned_for(user), reverse("desk:unassigned")
    waiting = Ticket.objects.seen_as_staff_by(user).in_team(ticket.team).open()
    return waiting, reverse("desk:queue", args=[ticket.team.slug])
