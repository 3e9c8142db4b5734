"""Who else has a ticket open, and who writes. The page asks; nothing here holds anybody up."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest, for_agents
from incidents.desk.views.ticket import find
from incidents.live import presence
from incidents.live.models import Presence
from incidents.tickets.models import Ticket


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_presence(request: UserRequest, number: int) -> HttpResponse:
    """GET: who else is there. POST: I am, and `writes` says what I write; with `gone` I am no longer."""
    ticket = find(request, number)
    if request.method == "POST":
        _note(request, ticket)
    if request.POST.get("gone"):
        return HttpResponse(status=204)
    here = presence.others(ticket, request.user)
    return render(request, "desk/ticket/_present.html", {"here": here})


def _note(request: UserRequest, ticket: Ticket) -> None:
    writes = request.POST.get("writes", "")
    if writes not in Presence.Writes.values:
        raise BadRequest("nothing that one writes")
    if request.POST.get("gone"):
        presence.leave(ticket, request.user)
    else:
        presence.come(ticket, request.user, writes)
