"""What was sent to whom, and why."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents, for_everyone
from accounts.paging import page
from incidents.notify import sent
from incidents.notify.failures import in_words
from incidents.notify.rules import RULES
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket

ROWS = 30
MOST_POSTINGS = 20


@for_everyone
@require_GET
def own(request: UserRequest) -> HttpResponse:
    """What left for oneself, newest first."""
    found = page(sent.to(request.user), keys=("-id",), after=request.GET.get("after", ""), size=ROWS)  # fmt: skip
    context = {
        "rows": [sent.for_recipient(row, request.user) for row in found.rows],
        "next": found.next,
        "is_first": "after" not in request.GET,
    }
    return render(request, "notify/sent.html", context)


@for_agents
@require_GET
def of_ticket(request: UserRequest, number: int) -> HttpResponse:
    """Who was told of a ticket, how, and why."""
    ticket = get_object_or_404(Ticket.objects.seen_as_staff_by(request.user), number=number)
    rows = sent.about(ticket, request.user)
    found = page(rows, keys=("-id",), after=request.GET.get("after", ""), size=ROWS)
    postings = list(sent.postings_about(ticket, request.user)[:MOST_POSTINGS])
    context = {
        "ticket": ticket,
        "rows": [sent.for_colleague(row) for row in found.rows],
        "postings": [
            (row, RULES[Kind(row.event.kind)].tell(row.event, request.user), in_words(row.last_error))
            for row in postings
        ],
        "next": found.next,
        "is_first": "after" not in request.GET,
    }  # fmt: skip
    return render(request, "notify/ticket_sent.html", context)
