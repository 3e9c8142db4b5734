"""A step of the workflow with everything that it asks for, in one form."""

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import EditConflict, InvalidInput, NotAllowed, Refused, require
from accounts.http import UserRequest, for_agents, go
from incidents.desk.step_forms import Filling, GoForm, filling, reopens, resolves
from incidents.desk.views.ticket import done, find
from incidents.tickets import actions, policies, ways
from incidents.tickets.models import Ticket
from incidents.workflow.rulebook import Way
from incidents.workflow.states import Status

PAGE = "desk/step.html"


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_step(request: UserRequest, number: int, step: str) -> HttpResponse:
    """Ask for what the step needs; do it. A step that asks for nothing is done by its button at once."""
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not work on this ticket."))
    way, since = _way(ticket, step), ticket.version
    if request.method == "GET":
        form = GoForm(way=way, initial={"expected": ticket.version})
        return _page(request, ticket, way, form, filling(ticket, way, by=request.user))
    form = GoForm(request.POST, way=way)
    first = filling(ticket, way, by=request.user, sent=request.POST)
    if not (form.is_valid() & first.is_valid()):
        if request.htmx:  # a button, to which the workflow has since added a question
            return go(request, request.path)
        return _page(request, ticket, way, form, first, status=422)
    try:
        with transaction.atomic():
            form.cleaned_data["expected"] = first.fill(expected=form.cleaned_data["expected"])
            _go(request, ticket, way, form)
    except NotAllowed:
        raise
    except Refused as refusal:
        if request.htmx:
            raise
        of_field = isinstance(refusal, InvalidInput) and refusal.field in form.fields
        form.add_error(refusal.field if of_field else None, refusal.message)  # type: ignore[attr-defined]
        if isinstance(refusal, EditConflict):
            form.based_on(find(request, number).version)
        return _page(request, ticket, way, form, first, status=refusal.status)
    return done(request, number, since=since)


def _go(request: UserRequest, ticket: Ticket, way: Way, form: GoForm) -> None:
    given, to, key = form.cleaned_data, way.there.slug, request.POST.get("key", "")
    text = given["text"]
    if resolves(way):
        actions.resolve(ticket, text, code=given["code"], to=to, by=request.user, expected=given["expected"], key=key)  # fmt: skip
    elif reopens(way):
        actions.reopen(ticket, text, to=to, by=request.user, key=key, origin=Ticket.Origin.DESK)
    else:
        actions.transition(ticket, to=to, text=text, by=request.user, expected=given["expected"], key=key)  # fmt: skip


def _way(ticket: Ticket, step: str) -> Way:
    """The way to this step, for the words of its form. Where none leads any more, the verb says so."""
    flow, here = ways.flow_of(ticket), ways.standing(ticket)
    there = flow.place(step)
    if there is None:
        raise Http404
    if there.status == Status.CLOSED:
        raise BadRequest("closing is not a step of the desk")
    return flow.way(here, there) or Way(here, there)


def _page(
    request: UserRequest, ticket: Ticket, way: Way, form: GoForm, first: Filling, *, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = {"ticket": ticket, "way": way, "form": form, "filling": first}
    return render(request, PAGE, context, status=status)
