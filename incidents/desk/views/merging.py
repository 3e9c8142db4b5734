"""Merging a ticket into another one, taking it out again, and making a ticket of one message."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import InvalidInput, NotAllowed, Refused, require
from accounts.http import UserRequest, for_agents, go
from incidents.desk import merging
from incidents.desk.forms import MergeForm, SplitForm, ticket_number
from incidents.desk.views.ticket import find
from incidents.tickets import actions, policies, search
from incidents.tickets.models import Message, Ticket

PAGE = "desk/merge.html"
LONGEST_QUESTION = 200
MOST_FOUND = 10


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_merge(request: UserRequest, number: int) -> HttpResponse:
    """Find the other ticket, see what will happen, merge."""
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not merge this ticket."))
    if request.method == "POST":
        return _merge(request, ticket)
    words = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    context = {"ticket": ticket, "words": words, "found": _found(request, ticket, words)}
    if request.htmx and request.htmx.target == "found":
        return render(request, f"{PAGE}#found", context)
    chosen = _seen(request, request.GET.get("into", ""))
    if "into" in request.GET:
        context |= _proposal(request, ticket, chosen)
    return _page(request, ticket, context)


@for_agents
@require_POST
def ticket_unmerge(request: UserRequest, number: int) -> HttpResponse:
    """Take it out again; back to whichever of the two pages asked."""
    ticket = find(request, number)
    target = ticket.merged_into
    ticket = actions.unmerge(ticket, by=request.user)
    return go(request, target.desk_url if request.POST.get("back") and target else ticket.desk_url)


@for_agents
@require_GET
def ticket_merged(request: UserRequest, number: int) -> HttpResponse:
    """What was merged into this ticket: the newest, fetched after the ticket itself is on the screen; or page by page."""
    ticket = find(request, number)
    context = {"nav": "queue", "queue": ticket.team, "ticket": ticket}
    if request.htmx:
        context["here"] = merging.merged_here(ticket, request.user)
        return render(request, "desk/merge/_beside.html", context)
    after = request.GET.get("after", "")
    context["here"] = merging.merged_here(ticket, request.user, after=after, size=merging.A_PAGE)
    return render(request, "desk/merged.html", {**context, "is_first": not after})


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_split(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """A ticket of its own from one message."""
    ticket = find(request, number)
    require(policies.can_split(request.user, ticket), _("You may not split this ticket."))
    seen = Message.objects.visible_to(request.user).filter(ticket=ticket)
    message = get_object_or_404(seen.select_related("author", "ticket"), pk=pk)
    form = SplitForm(request.POST or None, message=message)
    status = 200
    if request.method == "POST":
        if form.is_valid() and (new := _split(request, message, form)):
            return go(request, new.desk_url)
        status = 422
    context = {
        "ticket": ticket,
        "message": message,
        "form": form,
        "nav": "queue",
        "queue": ticket.team,
    }
    return render(request, "desk/split.html", context, status=status)


def _split(request: UserRequest, message: Message, form: SplitForm) -> Ticket | None:
    title, key = form.cleaned_data["title"], request.POST.get("key", "")
    try:
        return actions.split(message, title=title, by=request.user, key=key)
    except InvalidInput as refusal:
        form.add_error("title", refusal.message)
    return None


def _merge(request: UserRequest, ticket: Ticket) -> HttpResponse:
    form = MergeForm(request.POST)
    chosen = _seen(request, request.POST.get("into", ""))
    refused = _("There is no ticket of this number that you can see.")
    if form.is_valid() and chosen:
        try:
            merged = actions.merge(
                ticket,
                into=chosen,
                by=request.user,
                tell=form.cleaned_data["tell"],
                follow=form.cleaned_data["follow"],
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            refused = refusal.message
        else:
            into = merged.merged_into
            return go(request, into.desk_url if into else ticket.desk_url)
    context: dict[str, Any] = {"ticket": ticket, "words": "", "found": []}
    context |= _proposal(request, find(request, ticket.number), chosen)
    if proposal := context.get("proposal"):
        proposal.refused = refused
    return _page(request, ticket, context, status=409 if chosen else 422)


def _page(
    request: UserRequest, ticket: Ticket, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    around = {"nav": "queue", "queue": ticket.team}
    return render(request, PAGE, {**around, **context}, status=status)


def _proposal(request: UserRequest, ticket: Ticket, chosen: Ticket | None) -> dict[str, Any]:
    proposal = merging.propose(ticket, chosen, request.user) if chosen else None
    return {"proposal": proposal, "is_unknown": proposal is None}


def _found(request: UserRequest, ticket: Ticket, words: str) -> list[Ticket]:
    if not words:
        return merging.likely(ticket, request.user)
    hits = search.find(words, user=request.user, limit=MOST_FOUND + 1).hits
    keys = [hit.pk for hit in hits if hit.pk != ticket.pk][:MOST_FOUND]
    found = Ticket.objects.seen_as_staff_by(request.user).for_queue_table().in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _seen(request: UserRequest, words: str) -> Ticket | None:
    number = ticket_number(words)
    seen = Ticket.objects.seen_as_staff_by(request.user)
    return seen.filter(number=number).first() if number is not None else None
