"""Where one is named (“@”): the list of notes, and the people and teams that a note may name."""

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.digits import whole
from accounts.http import UserRequest, for_agents
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk.sidebar import queues_of
from incidents.desk.views.ticket import find
from incidents.tickets import actions
from incidents.tickets.models import Mention, Ticket

A_PAGE = 30
MOST_OFFERED, MOST_LISTED = 8, 100


@for_agents
@require_GET
def mentions(request: UserRequest) -> HttpResponse:
    """Notes that name this person and that they may read, newest first."""
    found = _of(request.user).select_related("ticket", "team", "message__author")
    if before := _key(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: A_PAGE + 1])
    context: dict[str, Any] = {
        "nav": "mentions",
        "rows": rows[:A_PAGE],
        "earlier": rows[A_PAGE - 1].pk if len(rows) > A_PAGE else None,
        "newest": rows[0].pk if rows and not before and rows[0].seen_at is None else None,
    }
    return render(request, "desk/mentions.html", context)


@for_agents
@require_POST
def mentions_seen(request: UserRequest) -> HttpResponse:
    """Note that this person saw the list, up to the newest that was on it."""
    until = _key(request.POST.get("until", ""))
    if until is None:
        raise BadRequest("not a mention")
    actions.note_mentions_seen(by=request.user, until=until)
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("desk:mentions"))


@for_agents
@require_GET
def ticket_mentionable(request: UserRequest, number: int) -> HttpResponse:
    """People who may read this ticket's notes, and teams, by the letters after the “@”; as a page, how each is named."""
    ticket = find(request, number)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    people = User.objects.people().holding(
        Permission.TICKETS_SEE, ticket.team, confined=ticket.is_confined
    )
    for word in words.split():
        people = people.filter(display_name__icontains=word)
    most = MOST_OFFERED if request.htmx else MOST_LISTED
    teams = queues_of(request.user).filter(name__icontains=words)
    context: dict[str, Any] = {
        "people": people.exclude(pk=request.user.pk).select_related("department").order_by("display_name")[:most],
        "teams": teams.order_by("name")[: most // 2],
    }  # fmt: skip
    if request.htmx:
        return render(request, "desk/_mentionable.html", context)
    context |= {"nav": "queue", "queue": ticket.team, "ticket": ticket, "words": words}
    return render(request, "desk/mentionable.html", context)


def _of(user: User) -> QuerySet[Mention]:
    """Mentions of this person in tickets that they still see as staff."""
    still = Ticket.objects.seen_as_staff_by(user).filter(pk=OuterRef("ticket"))
    return Mention.objects.filter(Exists(still), user=user)


def _key(given: str) -> int | None:
    if not given:
        return None
    if (key := whole(given, 17)) is None:
        raise BadRequest("not a mention")
    return key
