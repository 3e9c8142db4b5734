"""The board: its page, what changed on it, the place of a card, and the limits of its lanes."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import trigger_client_event

from accounts.errors import EditConflict, InvalidInput, NotAllowed, Refused, require
from accounts.http import UserRequest, for_agents, go
from incidents.desk.board.axes import ME, NONE, OTHERS, Axis, Lane, Move
from incidents.desk.board.board import Board
from incidents.desk.board.words import LimitsForm, WordsForm
from incidents.desk.filters import UnknownFilter
from incidents.desk.models import LaneLimit
from incidents.desk.saved import ViewGone
from incidents.desk.views.saved import gone
from incidents.desk.views.ticket import expected, find, offer_undo
from incidents.live import topics
from incidents.tickets import policies
from incidents.tickets.models import Event, Ticket
from incidents.workflow.states import Status

PAGE = "desk/board.html"
PLACE = "desk/board/place.html"
UNLIMITED = {Status.RESOLVED.value, OTHERS, NONE}


@for_agents
@require_GET
def board(request: UserRequest) -> HttpResponse:
    try:
        shown = Board(request.GET, request.user)
    except UnknownFilter as unknown:
        return _unknown(request, unknown)
    except ViewGone:
        return gone(request)
    context = {
        "nav": "board",
        "board": shown,
        "sidebar": shown.sidebar,
        "live": topics.sign(request.user, shown.scope.topics),
        "present": shown.scope.presence,
        "present_live": topics.sign(request.user, filter(None, [shown.scope.presence])),
    }
    return render(request, PAGE, context)


def _unknown(request: UserRequest, unknown: UnknownFilter) -> HttpResponse:
    here = reverse("desk:board")
    context = {
        "nav": "board",
        "title": _("Board"),
        "what": unknown.what,
        "understood": f"{here}?{unknown.understood}" if unknown.understood else "",
        "cleared": f"{here}?of=all",
        "is_board": True,
    }
    return render(request, "desk/queue/unknown.html", context, status=unknown.status)


@for_agents
@require_GET
def board_news(request: UserRequest) -> HttpResponse:
    """Cells and heads that are not as `?seen=` says; nothing when all are."""
    shown = Board(request.GET, request.user)
    seen = request.GET.get("seen", "")
    return HttpResponse(status=204) if shown.seen == seen else _changes(request, shown, seen)


def _changes(request: UserRequest, shown: Board, seen: str) -> HttpResponse:
    context = {
        "board": shown,
        "changed": shown.changed_since(seen),
        "oob": True,
    }
    return render(request, f"{PAGE}#news", context)


# Moving a card -----------------------------------------------------------------------------------------


@for_agents
@require_http_methods(["GET", "POST"])
def board_place(request: UserRequest, number: int) -> HttpResponse:
    """Where a card stands: the lanes it can go to, and the move itself."""
    ticket = find(request, number)
    shown = Board(request.GET, request.user)
    if request.method == "GET":
        return _show(request, shown, Places.of(shown, ticket))
    since = ticket.version
    axis = shown.axis(request.POST.get("axis", shown.lanes.name))
    lane = axis.lane(request.POST.get("to", ""))
    require(_may(axis, request, ticket), _("You may not move this card."))
    are_sent = bool({"body", "reason"} & set(request.POST))
    words = axis.words(ticket, lane.key, are_sent=are_sent)
    asking = Asking(axis, lane, words(request.POST if are_sent else None) if words else None)
    if asking.form and not asking.form.is_valid():
        return _ask(request, shown, ticket, asking, status=422)
    try:
        axis.move(ticket, _move(request, lane, asking.form))
    except Refused as refusal:
        if asking.form is None or isinstance(refusal, NotAllowed):
            raise
        return _again(request, shown, ticket, asking, refusal)
    return _moved(request, Board(request.GET, request.user), ticket, axis, lane, since)


@dataclass
class Asking:
    """A move that needs words first."""

    axis: Axis
    lane: Lane
    form: WordsForm | None
    changes: list[Event] = field(default_factory=list)
    is_clash: bool = False

    def kept_as(self, ticket: Ticket) -> str:
        """Where these words stand again if the session ends meanwhile: the workspace's composer."""
        return f"{self.form.panel}:{ticket.ref}" if self.form else ""


@dataclass(frozen=True)
class Places:
    """For the menu of a card: what it can be moved along, and to which lanes."""

    ticket: Ticket
    groups: list[tuple[Axis, list[tuple[Lane, bool]]]]
    can_take: bool

    @classmethod
    def of(cls, shown: Board, ticket: Ticket) -> "Places":
        values = {
            "status": ticket.status,
            "step": ticket.step,
            "priority": ticket.priority,
            "assignee_id": ticket.assignee_id,
            "team_id": ticket.team_id,
        }
        groups = []
        for axis in (shown.lanes, shown.rows):
            here = axis.key_of(values)
            lanes = [(lane, lane.key == here) for lane in axis.lanes]
            lanes = [
                (lane, is_here)
                for lane, is_here in lanes
                if is_here or axis.takes(ticket, lane, here)
            ]
            may = axis.may(shown.user, ticket.team, confined=ticket.is_confined)
            if len(axis.lanes) > 1 and may and not ticket.is_closed:
                groups.append((axis, lanes))
        works = policies.can_work(shown.user, ticket) and ticket.is_open
        return cls(ticket, groups, works and ticket.assignee_id != shown.user.pk)


def _may(axis: Axis, request: UserRequest, ticket: Ticket) -> bool:
    return axis.may(request.user, ticket.team, confined=ticket.is_confined)


def _move(request: UserRequest, lane: Lane, form: WordsForm | None) -> Move:
    return Move(
        lane.key,
        request.user,
        expected(request),
        form.cleaned_data if form else None,
        request.POST.get("key", ""),
    )


def _moved(
    request: UserRequest, shown: Board, ticket: Ticket, axis: Axis, lane: Lane, since: int
) -> HttpResponse:
    said = _("%(ref)s is now in “%(lane)s”.") % {"ref": ticket.ref, "lane": lane.label}
    over = [
        head
        for head in shown.heads
        if axis is not shown.rows and head.key == lane.key and head.is_over
    ]
    if over and axis.name == shown.lanes.name:
        said += " " + _("That lane is over its limit of %(most)d.") % {"most": over[0].limit}
    now = Ticket.objects.seen_as_staff_by(request.user).filter(pk=ticket.pk)
    if still := now.select_related("assignee").first():
        # “In Me” is nobody’s way to say who has a ticket.
        offer_undo(request, still, since, "" if axis.name == "assignee" and not over else said)
    else:
        messages.success(request, said)
    if not request.htmx:
        return go(request, f"{shown.here}#card-{ticket.number}")
    return trigger_client_event(
        _changes(request, shown, request.POST.get("seen", "")),
        "board-moved",
        after="settle",
    )


def _again(
    request: UserRequest, shown: Board, ticket: Ticket, asking: Asking, refusal: Refused
) -> HttpResponse:
    """The words stay as they were written, with what is wrong or what happened meanwhile."""
    form = asking.form
    assert form is not None  # noqa: S101 (for the type checker)
    of_field = isinstance(refusal, InvalidInput) and refusal.field in form.fields
    form.add_error(refusal.field if of_field else None, refusal.message)  # type: ignore[attr-defined]
    if isinstance(refusal, EditConflict):
        asking.changes, asking.is_clash = list(refusal.changes), True
    return _ask(request, shown, find(request, ticket.number), asking, status=refusal.status)


def _ask(
    request: UserRequest, shown: Board, ticket: Ticket, asking: Asking, *, status: int
) -> HttpResponse:
    """Asks for the words, and first tells what happened since the card was drawn."""
    seen = expected(request)
    if not asking.changes and seen is not None and seen < ticket.version:
        later = ticket.events.filter(number__gt=seen).select_related("actor")
        asking.changes = list(later[:5])
    return _show(request, shown, Places.of(shown, ticket), asking, status=status)


def _show(
    request: UserRequest,
    shown: Board,
    places: Places,
    asking: Asking | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "nav": "board",
        "board": shown,
        "sidebar": shown.sidebar,
        "ticket": places.ticket,
        "places": places,
        "asking": asking,
        "changes": asking.changes if asking else [],
        "kept_as": asking.kept_as(places.ticket) if asking else "",
        "me": ME,
    }
    template = f"{PLACE}#form" if request.htmx else PLACE
    return render(request, template, context, status=status)


# Limits ---------------------------------------------------------------------------------------------------


@for_agents
@require_http_methods(["GET", "POST"])
def board_limits(request: UserRequest) -> HttpResponse:
    """How many cards each lane of a team's board should hold at most: who leads the team says so."""
    shown = Board(request.GET, request.user)
    team = shown.scope.team
    if team is None:
        raise Http404
    require(shown.can_set_limits, _("Only who leads the team sets the limits of its board."))
    lanes = [lane for lane in shown.lanes.lanes if lane.key not in UNLIMITED]
    rows = LaneLimit.objects.filter(team=team, lanes=shown.lanes.name)
    now = dict(rows.values_list("lane", "most"))
    form = LimitsForm(lanes, now, request.POST if request.method == "POST" else None)
    if form.is_valid():
        _set_limits(shown, form.cleaned_data)
        messages.success(request, _("Saved. The limits are on the board."))
        return go(request, shown.here)
    context = {"nav": "board", "board": shown, "sidebar": shown.sidebar, "team": team, "form": form}
    return render(request, "desk/board/limits.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _set_limits(shown: Board, limits: dict[str, int | None]) -> None:
    rows = LaneLimit.objects.filter(team=shown.scope.team, lanes=shown.lanes.name)
    rows.filter(lane__in=[lane for lane, most in limits.items() if most is None]).delete()
    for lane, most in limits.items():
        if most is not None:
            LaneLimit.objects.update_or_create(
                team=shown.scope.team, lanes=shown.lanes.name, lane=lane, defaults={"most": most}
            )
