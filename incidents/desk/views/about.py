"""What helps to judge a ticket: who has the problem, who can see it, and tickets like it. Each is fetched when it is needed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk.readers import Readers
from incidents.desk.requester import Card
from incidents.desk.views.ticket import find
from incidents.tickets import similar


@for_agents
@require_GET
def ticket_requester(request: UserRequest, number: int) -> HttpResponse:
    """The requester's other tickets; as a page, with their card."""
    ticket = find(request, number)
    card = Card(ticket.requester, request.user, apart_from=ticket)
    context = {"card": card, "ticket": ticket, "nav": "queue", "queue": ticket.team}
    template = "desk/requester.html#tickets" if request.htmx else "desk/requester.html"
    return render(request, template, context)


@for_agents
@require_GET
def ticket_readers(request: UserRequest, number: int) -> HttpResponse:
    """Everybody who can see the ticket, counted and the first of them by name."""
    ticket = find(request, number)
    context = {"readers": Readers(ticket), "ticket": ticket, "nav": "queue", "queue": ticket.team}
    template = "desk/readers.html#readers" if request.htmx else "desk/readers.html"
    return render(request, template, context)


@for_agents
@require_GET
def ticket_similar(request: UserRequest, number: int) -> HttpResponse:
    ticket = find(request, number)
    found = similar.find(ticket, user=request.user)
    context = {"found": found, "ticket": ticket, "nav": "queue", "queue": ticket.team}
    template = "desk/similar.html#similar" if request.htmx else "desk/similar.html"
    return render(request, template, context)
