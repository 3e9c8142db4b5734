"""Why a ticket is due when it is: its promises, with everything that counted and what did not."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk.views.ticket import find
from incidents.sla.explanation import explain_all


@for_agents
@require_GET
def ticket_clocks(request: UserRequest, number: int) -> HttpResponse:
    """With htmx the explanations alone, else a page of its own."""
    ticket = find(request, number)
    context = {"told": explain_all(ticket), "ticket": ticket, "nav": "queue", "queue": ticket.team}
    template = "desk/clocks.html#clocks" if request.htmx else "desk/clocks.html"
    return render(request, template, context)
