"""Taking back what one just did to one ticket; and the word that offers it, with any answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.digits import whole
from accounts.errors import require
from accounts.http import UserRequest, for_agents, go, safe_next
from accounts.permissions import Permission
from incidents.desk import undoing
from incidents.desk.views.ticket import find


@for_agents
@require_POST
def ticket_undo(request: UserRequest, number: int) -> HttpResponse:
    """Set back what the events `of` changed; whatever page asked, by htmx its parts then ask for news."""
    ticket = find(request, number)
    require(
        request.user.permits.anywhere(Permission.TICKETS_WORK), _("You may not work on tickets.")
    )
    given = [whole(text, 9) for text in request.POST.get("of", "").split(",")[: undoing.MOST]]
    numbers = [one for one in given if one is not None]
    said = undoing.undo(ticket, numbers, by=request.user, at=timezone.now())
    messages.success(request, said)
    if not request.htmx:
        return go(request, safe_next(request, ticket.desk_url))
    response = render(request, "components/_messages.html", {"floats": True})
    return trigger_client_event(reswap(retarget(response, "#notices"), "innerHTML"), "live:poll")
