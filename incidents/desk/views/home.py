"""Where an agent starts the day: what is theirs, what nobody has, what waits, what came in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk.came_from import CameFrom
from incidents.desk.orders import OPEN_FIRST
from incidents.desk.rows import Row, rows, values
from incidents.desk.saved import start_url
from incidents.desk.sidebar import Sidebar, mine_of, unassigned_for
from incidents.live import topics
from incidents.tickets.models import COUNT_CAP, Rating, Ticket, TicketQuerySet
from incidents.workflow.states import WAITING

PAGE = "desk/home.html"
MOST = 8
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Card:
    """One short list."""

    name: str
    title: str
    rows: list[Row]
    empty: str
    url: str = ""


@for_agents
@require_GET
def home(request: UserRequest) -> HttpResponse:
    """What this person opens the desk with; the overview, until they chose something else."""
    sidebar = Sidebar(request.user)
    if (chosen := sidebar.settings.start) and (start := start_url(chosen, request.user)):
        return redirect(start)
    return _overview(request, sidebar)


@for_agents
@require_GET
def overview(request: UserRequest) -> HttpResponse:
    return _overview(request, Sidebar(request.user))


def _overview(request: UserRequest, sidebar: Sidebar) -> HttpResponse:
    user = request.user
    listens_to = [f"mine:{user.pk}", "unassigned"]
    context: dict[str, Any] = {
        "nav": "home",
        "sidebar": sidebar,
        "greeting": _greeting(user),
        "cards": _cards(user),
        "topics": listens_to,
        "live": topics.sign(user, listens_to),
    }
    if request.htmx and request.htmx.target == "lists":
        return render(request, f"{PAGE}#lists", context)
    context["satisfaction"] = _satisfaction(user)
    return render(request, PAGE, context)


def _satisfaction(user: User) -> dict[str, Any]:
    """How requesters found it lately, over the tickets that this person sees as staff: the newest thousand at most."""
    lately = Rating.objects.seen_as_staff_by(user).since(timezone.now() - LATELY)
    newest = lately.order_by("-created_at")[:COUNT_CAP]
    found = newest.aggregate(average=Avg("score"), count=Count("pk"))
    return {**found, "is_capped": found["count"] == COUNT_CAP}


def _cards(user: User) -> list[Card]:
    """Four short lists, one query each."""
    mine = mine_of(user)
    active = mine.exclude(status__in=WAITING).by_urgency()
    free = unassigned_for(user).by_urgency()
    waiting = mine.filter(status__in=WAITING).by_urgency()
    return [
        Card("mine", _("My work"), _rows(active, user, "mine"), _("Nothing of yours waits for you."), reverse("desk:mine")),
        Card(
            "unassigned", _("Unassigned"), _rows(free, user, "unassigned"), _("Somebody has every ticket."), reverse("desk:unassigned")
        ),
        Card("waiting", _("Waiting for others"), _rows(waiting, user), _("You wait for nobody.")),
        Card("newest", _("Newest in my teams"), _rows(_newest(user), user), _("Nothing came in.")),
    ]  # fmt: skip


def _rows(tickets: TicketQuerySet, user: User, place: str = "") -> list[Row]:
    links = [CameFrom(place).links(OPEN_FIRST)] if place else []
    return rows(values(tickets)[:MOST], user, *links)


def _newest(user: User) -> TicketQuerySet:
    """In the teams where the person works; for those who work everywhere, in all."""
    newest = Ticket.objects.seen_as_staff_by(user).open().order_by("-pk")
    teams = user.permits.teams_with(Permission.TICKETS_WORK)
    return newest.filter(team__in=teams) if teams else newest


def _greeting(user: User) -> str:
    hour = timezone.localtime().hour
    if hour < 12:
        words = _("Good morning, %s")
    else:
        words = _("Good afternoon, %s") if hour < 18 else _("Good evening, %s")
    return words % user.first_name
