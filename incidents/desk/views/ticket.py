"""The workspace of one ticket: its page, what keeps it current, and what stands around it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from accounts import kept
from accounts.digits import whole
from accounts.http import UserRequest, for_agents, go, safe_next
from accounts.models import User
from incidents.desk import merging, readers, undoing
from incidents.desk.beside import Beside, news
from incidents.desk.came_from import CameFrom
from incidents.desk.orders import ORDERS
from incidents.desk.rows import drawn, rows, values
from incidents.desk.sidebar import Sidebar
from incidents.desk.templatetags.undo import mark
from incidents.desk.thread import View
from incidents.desk.workspace import PANELS, Workspace
from incidents.live import topics
from incidents.tickets import actions, numbers, unsent
from incidents.tickets.models import Answers, DeskReading, Draft, FormerAnswers, Message, Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import Status

PAGE = "desk/ticket.html"


@for_agents
@require_GET
def ticket(request: UserRequest, number: int) -> HttpResponse:
    found = find(request, number)
    drafts = unsent.restore_all(request, panels_of(number), has_drafts=found.has_drafts)
    view = replace(View.of(request.GET), start=None, seen=found.read_until)
    panel = request.GET.get("compose", "reply")
    quoted = whole(request.GET.get("quote", ""), 9)
    said = quotation(found, quoted, by=request.user) if quoted is not None else ""
    space = Workspace(found, request.user, unsent=drafts, panel=panel, view=view, quoted=said)
    return page(request, space)


@for_agents
@require_GET
def ticket_live(request: UserRequest, number: int) -> HttpResponse:
    """Head, properties and timeline as they are now; nothing when the page has this version."""
    found = find(request, number)
    parts = news(found, request.GET)
    if request.GET.get("version") == str(found.version) and not parts:
        return HttpResponse(status=204)
    return regions(request, found, parts=parts)


@for_agents
@require_GET
def ticket_timeline(request: UserRequest, number: int) -> HttpResponse:
    """The history as another view of it, or with `before` the part that comes before what is on the screen."""
    found = find(request, number)
    given = View.of(request.GET)
    if not request.htmx:
        return go(request, f"{found.desk_url}?{request.GET.urlencode()}")
    view = given if given.before else replace(given, start=None, seen=_on_the_screen(request).seen)
    context = {"ticket": found, "space": Workspace(found, request.user, view=view)}
    return render(request, f"{PAGE}#{'earlier' if view.before else 'thread'}", context)


@for_agents
@require_POST
def ticket_reading(request: UserRequest, number: int) -> HttpResponse:
    """Note how far this person has read; sent by the page once somebody can see it."""
    found = find(request, number)
    version = whole(request.POST.get("version", ""), 9)
    if version is None:
        raise BadRequest("not a version")
    actions.note_desk_reading(found, by=request.user, version=version)
    return HttpResponse(status=204)


@for_agents
@require_GET
def ticket_related(request: UserRequest, number: int) -> HttpResponse:
    """Links, followers, articles and the requester's other tickets; fetched after the ticket itself is on the screen."""
    space = Workspace(find(request, number), request.user)
    template = "desk/related.html#related" if request.htmx else "desk/related.html"
    return render(request, template, {"space": space, "ticket": space.ticket})


@for_agents
@require_POST
def ticket_take(request: UserRequest, number: int) -> HttpResponse:
    """“Take it”, from the ticket or from a row of a list."""
    found = find(request, number)
    since = found.version
    actions.take(found, by=request.user, expected=expected(request))
    if request.htmx and (request.htmx.target or "").startswith("row-"):
        if still := still_seen(request, number):
            offer_undo(request, still, since)
        return row(request, number)
    return done(request, number, since=since)


@for_agents
@require_POST
def ticket_status(request: UserRequest, number: int) -> HttpResponse:
    """Start work, or resume it. Everything that needs words comes from the composer."""
    found = find(request, number)
    since = found.version
    actions.transition(found, to=Status.OPEN, by=request.user, expected=expected(request))
    return done(request, number, since=since)


@for_agents
@require_POST
def ticket_offer(request: UserRequest, number: int) -> HttpResponse:
    """Let others with the same trouble find and join it (`on`), or no longer."""
    actions.offer(find(request, number), on=bool(request.POST.get("on")), by=request.user)
    return done(request, number)


def row(request: UserRequest, number: int) -> HttpResponse:
    """The ticket as a row of the list that asked; `columns` are those that the list has."""
    mine = Ticket.objects.seen_as_staff_by(request.user).filter(number=number)
    came = CameFrom.of(request.POST)
    order = ORDERS.get(request.POST.get("sort", ""))
    links = [came.links(order)] if came and order else []
    found = rows(values(mine, request.user), request.user, *links)
    notices = render_to_string(f"{PAGE}#told", {}, request)
    return HttpResponse(drawn(found, request.POST.get("columns", "").split(",")) + notices)


# What the other modules share --------------------------------------------------------------------------


def find(request: UserRequest, number: int) -> Any:
    """The ticket with everything its page names; 404 for those who don't see it as staff."""
    found = still_seen(request, number)
    if found is None:
        raise Http404
    return found


def still_seen(request: UserRequest, number: int) -> Any | None:
    """The same after a change, which may itself have taken the ticket out of their sight: then nothing."""
    user = request.user
    found: list[Any] = kept.instances(
        ("desk's ticket", user.reach),
        lambda: _seen(user).filter(number=kept.Hole("number")),
        number=number,
        **dict(zip(PANELS, panels_of(number), strict=True)),
    )
    if not found:
        return None
    rulebook.learn(found[0].rules)
    return found[0]


def panels_of(number: int) -> list[str]:
    """Under what name each panel of the composer keeps what is typed."""
    return [f"{name}:{numbers.show(number)}" for name in PANELS]


def _seen(user: User) -> QuerySet[Any]:
    """Tickets with what their page needs to know of them beside their own row."""
    mine = DeskReading.objects.filter(ticket=OuterRef("pk"), user=user)
    drafts = Draft.objects.filter(user=user, form__in=[kept.Hole(name) for name in PANELS])
    return (
        Ticket.objects.seen_as_staff_by(user)
        .for_page()
        .annotate(
            has_answers=Exists(Answers.objects.filter(ticket=OuterRef("pk"))),
            answers_changed=Exists(FormerAnswers.objects.filter(ticket=OuterRef("pk"))),
            **merging.counts(),
            **readers.counts(),
            has_drafts=Exists(drafts),
            read_until=Subquery(mine.values("version")[:1]),
        )
    )


def quotation(ticket: Ticket, event: int, *, by: User) -> str:
    """What the message of this event says, as a quotation to write below.

    Raises:
        Http404: there is none that this person may read.
    """
    told = get_object_or_404(ticket.events.visible_to(by), number=event, data__has_key="message")
    said = Message.objects.visible_to(by)
    body = get_object_or_404(said, pk=told.data["message"], ticket=told.ticket_id).markdown
    return "".join(f"> {line}\n" for line in body.splitlines()) + "\n"


def expected(request: UserRequest) -> int | None:
    """The version on which a change is based, as the form says."""
    return whole(request.POST.get("expected", ""), 9)


def page(request: UserRequest, space: Workspace, *, status: int = 200) -> HttpResponse:
    came = CameFrom.of(request.GET) or CameFrom.usual(space.ticket)
    sidebar = Sidebar(request.user)
    listing = came.listing(request.user, space.ticket, sidebar)
    context = {
        "came": came,
        "sidebar": sidebar,
        "back": (came.back(listing), came.title(listing)),
        "nav": listing.nav,
        "queue": listing.queue,
        "listing": listing,
        "ticket": space.ticket,
        "space": space,
        "live": topics.sign(
            request.user, [f"desk-ticket:{space.ticket.number}", f"presence:{space.ticket.number}"]
        ),
    }
    return render(request, PAGE, context, status=status)


def regions(
    request: UserRequest,
    found: Ticket,
    *,
    sent: str = "",
    parts: Sequence[str] = (),
    is_told: bool = False,
) -> HttpResponse:
    """Every part of the page that shows the ticket, to be put where it stands.

    `sent`: the panel that was sent, which comes back empty. `parts`: of what stands beside it, what changed.
    `is_told`: with what came of a change, which those who only look are not told.
    """
    space = Workspace(found, request.user, view=_on_the_screen(request))
    context: dict[str, Any] = {"ticket": found, "space": space, "oob": True, "parts": parts}
    if parts:
        context["beside"] = Beside(found, request.user)
    if sent:
        context["panel"] = space.panel(sent)
    shown = "said" if sent else "changed" if is_told else "regions"
    response = render(request, f"{PAGE}#{shown}", context)
    if not sent:
        response["HX-Reswap"] = "none"
    return response


def done(request: UserRequest, number: int, *, since: int | None = None) -> HttpResponse:
    """After a change: the regions, or without JavaScript the page it came from.

    A hand-over may have taken the ticket out of the reader's sight; then they go back to their work. `since`: the
    version before it, where it can be undone.
    """
    still = still_seen(request, number)
    if still is None:
        return away(request)
    if since is not None:
        offer_undo(request, still, since)
    if request.htmx:
        return regions(request, still, is_told=True)
    return go(request, safe_next(request, again(request, still)))


def away(request: UserRequest) -> HttpResponse:
    """Back to their work, from a ticket that they do not see any more."""
    return go(request, "/desk/mine/")


def offer_undo(request: UserRequest, ticket: Ticket, since: int, said: str = "") -> None:
    """Tell what came of a change since that version, and offer to take it back where that can be."""
    deeds = undoing.deeds(ticket, after=since, by=request.user)
    if not deeds:
        if said:
            messages.success(request, said)
        return
    words = (
        f"{said} {undoing.left(deeds)}" if said else undoing.told(ticket, deeds, by=request.user)
    )
    messages.success(request, words.strip(), mark(ticket.number, [one.number for one in deeds]))


def again(request: UserRequest, ticket: Ticket) -> str:
    """The ticket's address with the list that somebody came from, as the form's own address has it."""
    came = CameFrom.of(request.GET)
    return f"{ticket.desk_url}?{came.address}" if came else ticket.desk_url


def _on_the_screen(request: UserRequest) -> View:
    """What of the history the asking page shows, as workspace.js says with every request."""
    return View.of(QueryDict(request.headers.get("Timeline-View", "")))
