"""Who else has a ticket or a board open, and who writes. The page asks; nothing here holds anybody up."""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest, for_agents
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk.sidebar import queues_of
from incidents.desk.views.ticket import find
from incidents.live import presence, topics
from incidents.live.models import Presence
from incidents.tickets import policies
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
    writes_here = not ticket.merged_into_id and policies.can_work(request.user, ticket)
    context = {"here": presence.others(ticket, request.user), "has_composer": writes_here}
    return render(request, "desk/ticket/_present.html", context)


@for_agents
@require_http_methods(["GET", "POST"])
def board_presence(request: UserRequest) -> HttpResponse:
    """GET: who else has the board open. POST: I do; with `gone` no longer. `board` is its topic."""
    sent = request.POST if request.method == "POST" else request.GET
    board = sent.get("board", "")
    if not board.startswith("board") or not topics.allowed(request.user, board):
        raise Http404
    if request.POST.get("gone"):
        presence.leave_board(board, request.user, _page(request))
        return HttpResponse(status=204)
    if request.method == "POST":
        presence.come_to_board(board, request.user, _page(request))
    here = presence.others_at_board(board, request.user)
    if not board.startswith("board:"):  # whoever may have a team's board open sees the same one
        here = _colleagues(here[:MOST_ASKED], request.user)
    shown = here[: presence.MOST_SHOWN]
    context = {"here": shown, "more": len(here) - len(shown)}
    return render(request, "desk/board/_present.html", context)


MOST_ASKED = 12
"""People of whom it is asked what they see, since that is a query each."""


def _colleagues(people: list[User], reader: User) -> list[User]:
    """Those who see a queue that the reader sees, too: a board of all queues is not the same one for everybody."""
    teams = list(queues_of(reader)) if people else []
    return [
        one
        for one in people
        if any(one.permits.allows(Permission.TICKETS_SEE, team) for team in teams)
    ]


def _note(request: UserRequest, ticket: Ticket) -> None:
    writes = request.POST.get("writes", "")
    if writes not in Presence.Writes.values:
        raise BadRequest("nothing that one writes")
    if request.POST.get("gone"):
        presence.leave(ticket, request.user, _page(request))
    else:
        presence.come(ticket, request.user, writes, _page(request))


def _page(request: UserRequest) -> str:
    """Which opening of the page says so; a word of the page's own, and only compared."""
    return request.POST.get("page", "")[:36].replace("\x00", "")
