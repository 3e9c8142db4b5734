"""Checklist, hypotheses and time of a ticket: shown as one fragment, each changed by small forms of its own."""

from collections.abc import Callable

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import InvalidInput, require
from accounts.http import UserRequest, for_agents, go
from incidents.desk.beside import Beside
from incidents.desk.views.ticket import find
from incidents.desk.work_forms import EvidenceForm, SkipForm, SpendForm
from incidents.tickets import actions, policies
from incidents.tickets.models import ChecklistItem, Hypothesis, Ticket

PAGE = "desk/work.html"


@for_agents
@require_GET
def ticket_work(request: UserRequest, number: int) -> HttpResponse:
    """All three parts; fetched after the ticket itself is on the screen."""
    beside = Beside(find(request, number), request.user)
    template = f"{PAGE}#work" if request.htmx else PAGE
    return render(request, template, _context(beside))


# Checklist -----------------------------------------------------------------------------------------------


@for_agents
@require_POST
def ticket_steps(request: UserRequest, number: int) -> HttpResponse:
    """New steps; each pasted line is one."""
    return _add(request, number, "checklist", actions.add_steps)


@for_agents
@require_POST
def ticket_step(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Tick a step, open it again, move or remove it."""
    ticket, to = _workable(request, number).ticket, request.POST.get("to", "")
    if to in {"done", "open"}:
        actions.tick_step(ticket, pk, done=to == "done", by=request.user)
    elif to in {"up", "down"}:
        actions.move_step(ticket, pk, up=to == "up", by=request.user)
    elif to == "removed":
        actions.remove_step(ticket, pk, by=request.user)
    else:
        raise InvalidInput(_("A step is ticked off, opened, moved or removed."))
    return _done(request, number, "checklist", now=True)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_step_skip(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Settle what is required without doing it, with the reason. A page of its own: it should not be done in passing."""
    ticket = _workable(request, number).ticket
    require(
        policies.can_skip_tasks(request.user, ticket),
        _("Only who leads the team may skip what is required."),
    )
    step = get_object_or_404(ticket.checklist, pk=pk)
    form = SkipForm(request.POST or None, auto_id="id_skip_%s")
    if request.method == "GET" or not form.is_valid():
        return _skipping(
            request, ticket, step, form, status=200 if request.method == "GET" else 422
        )
    try:
        actions.skip_step(ticket, pk, form.cleaned_data["reason"], by=request.user)
    except InvalidInput as refusal:
        form.add_error("reason", refusal.message)
        return _skipping(request, ticket, step, form, status=422)
    return go(request, ticket.desk_url)


def _skipping(request: UserRequest, ticket: Ticket, step: ChecklistItem, form: Form, *, status: int) -> HttpResponse:  # fmt: skip
    context = {"nav": "queue", "queue": ticket.team, "ticket": ticket, "step": step, "form": form}
    return render(request, "desk/skip.html", context, status=status)


@for_agents
@require_POST
def ticket_review(request: UserRequest, number: int) -> HttpResponse:
    """Ask that somebody looks back on it."""
    actions.ask_review(_workable(request, number).ticket, by=request.user)
    return _done(request, number, "checklist", now=True)


# Hypotheses ----------------------------------------------------------------------------------------------


@for_agents
@require_POST
def ticket_hypotheses(request: UserRequest, number: int) -> HttpResponse:
    return _add(request, number, "hypotheses", actions.state_hypothesis)


@for_agents
@require_POST
def ticket_hypothesis(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Rule it out, confirm it, or open it again."""
    ticket = _workable(request, number).ticket
    actions.settle_hypothesis(ticket, pk, to=request.POST.get("to", ""), by=request.user)
    return _done(request, number, "hypotheses", now=True)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_evidence(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """A link that speaks for or against a hypothesis. GET is the form, in its place or as a page."""
    ticket = _workable(request, number).ticket
    hypothesis = get_object_or_404(ticket.hypotheses, pk=pk)
    if request.method == "GET":
        return _evidence(request, ticket, hypothesis, EvidenceForm(auto_id=f"id_evidence_{pk}_%s"))
    form = EvidenceForm(request.POST, auto_id=f"id_evidence_{pk}_%s")
    if not form.is_valid():
        return _evidence(request, ticket, hypothesis, form, status=422)
    try:
        actions.add_evidence(ticket, pk, by=request.user, **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return _evidence(request, ticket, hypothesis, form, status=422)
    response = _done(request, number, "hypotheses", now=True)
    if request.htmx:  # the form stands inside the part that changes
        response["HX-Retarget"] = "#hypotheses-now"
    return response


@for_agents
@require_POST
def ticket_evidence_removal(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Take a wrong link off a hypothesis."""
    ticket = _workable(request, number).ticket
    actions.remove_evidence(ticket, pk, url=request.POST.get("url", ""), by=request.user)
    return _done(request, number, "hypotheses", now=True)


def _evidence(
    request: UserRequest, ticket: Ticket, hypothesis: Hypothesis, form: Form, *, status: int = 200
) -> HttpResponse:
    page = "desk/evidence.html"
    context = {"nav": "queue", "queue": ticket.team, "ticket": ticket, "hypothesis": hypothesis, "form": form}  # fmt: skip
    return render(request, f"{page}#form" if request.htmx else page, context, status=status)


# Time ----------------------------------------------------------------------------------------------------


@for_agents
@require_POST
def ticket_time(request: UserRequest, number: int) -> HttpResponse:
    beside = _workable(request, number)
    form = beside.spend_form = SpendForm(request.POST, auto_id="id_spend_%s")
    if form.is_valid():
        key = request.POST.get("key", "")
        actions.spend(beside.ticket, by=request.user, key=key, **form.cleaned_data)
        return _done(request, number, "time")
    return _again(request, beside, "time", form)


@for_agents
@require_POST
def ticket_time_removal(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Take a wrong entry back; the ticket's history keeps both."""
    actions.take_back(find(request, number), pk, by=request.user)
    return _done(request, number, "time", now=True)


# What they share -----------------------------------------------------------------------------------------


def _workable(request: UserRequest, number: int) -> Beside:
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not work on this ticket."))
    return Beside(ticket, request.user)


def _add(request: UserRequest, number: int, part: str, verb: Callable[..., object]) -> HttpResponse:
    """What was typed into the one field below a part comes into it."""
    beside = _workable(request, number)
    form = beside.fill(part, request.POST)
    if not form.is_valid():
        return _again(request, beside, part, form)
    (given,) = form.cleaned_data.values()
    try:
        verb(beside.ticket, given, by=request.user)
    except InvalidInput as refusal:
        return _again(request, beside, part, form, refusal)
    return _done(request, number, part)


def _context(beside: Beside) -> dict[str, object]:
    ticket = beside.ticket
    return {"beside": beside, "ticket": ticket, "nav": "queue", "queue": ticket.team}


def _done(request: UserRequest, number: int, part: str, *, now: bool = False) -> HttpResponse:
    """The part as it is now; the rest of the open page is told to look for what is new.

    `now`: without the form below it, in which somebody may be typing.
    """
    if not request.htmx:
        return go(request, f"{reverse('desk:ticket-work', args=[number])}#{part}")
    beside = Beside(find(request, number), request.user)
    template = f"desk/work/_{part}_now.html" if now else f"{PAGE}#{part}"
    response = render(request, template, _context(beside))
    response["HX-Trigger-After-Settle"] = "live:poll"
    return response


def _again(
    request: UserRequest, beside: Beside, part: str, form: Form, refusal: InvalidInput | None = None
) -> HttpResponse:
    """The part with the form that could not be used, and why."""
    if refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    template = f"{PAGE}#{part}" if request.htmx else PAGE
    return render(request, template, _context(beside), status=422)
