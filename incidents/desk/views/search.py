"""Search over tickets and articles; a ticket's number goes straight to it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk.forms import ticket_number
from incidents.tickets.models import Ticket
from incidents.tickets.search import find as find_tickets
from knowledge.search import find as find_articles

MOST_TICKETS = 50
MOST_ARTICLES = 10
LONGEST_QUESTION = 200


@for_agents
@require_GET
def search(request: UserRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    number = ticket_number(words)
    if number is not None:
        mine = Ticket.objects.seen_as_staff_by(request.user)
        if ticket := mine.filter(number=number).first():
            return redirect(ticket.desk_url)
    context: dict[str, Any] = {"nav": "search", "words": words}
    if words:
        context["tickets"] = find_tickets(words, user=request.user, limit=MOST_TICKETS)
        context["articles"] = find_articles(words, user=request.user, limit=MOST_ARTICLES)
    return render(request, "desk/search.html", context)
