"""Answers to the questions of a ticket's category and type, corrected by whoever works on it.

GET is the form, by htmx where the answers stand and otherwise as a page of its own.
"""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import EditConflict, InvalidInput, require
from accounts.http import UserRequest, for_agents
from incidents.desk.views.ticket import done, expected, find
from incidents.desk.workspace import Workspace
from incidents.tickets import actions, policies
from incidents.tickets.models import Ticket
from incidents.tickets.questions import QuestionsChanged
from incidents.tickets.questions.form import Several, for_ticket

PAGE = "desk/answers.html"


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_answers(request: UserRequest, number: int) -> HttpResponse:
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not change this."))
    space = Workspace(ticket, request.user)
    if not space.asks:
        raise InvalidInput(
            _("The category of this ticket asks nothing now, or the ticket is closed.")
        )
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = Several([for_ticket(ticket, one, *sent, by=request.user) for one in space.asks])
    if request.method == "GET":
        return _show(request, space, form)
    if not form.is_bound:
        return _show(request, space, form, refused=QuestionsChanged().message, status=422)
    if form.errors:
        return _show(request, space, form, status=422)
    try:
        _answer(request, ticket, form)
    except EditConflict as clash:
        now = Workspace(find(request, number), request.user)
        return _show(request, now, form, refused=clash.message, status=clash.status)
    return done(request, number)


@transaction.atomic
def _answer(request: UserRequest, ticket: Ticket, form: Several) -> None:
    """All parts or none; what was changed first is no clash for the second."""
    seen = expected(request)
    for answers in form.checked:
        actions.answer(ticket, answers=answers, by=request.user, expected=seen)
        seen = None


def _show(
    request: UserRequest,
    space: Workspace,
    form: Several,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "nav": "queue",
        "queue": space.ticket.team,
        "ticket": space.ticket,
        "space": space,
        "form": form,
        "refused": refused,
    }
    return render(request, f"{PAGE}#form" if request.htmx else PAGE, context, status=status)
