"""Properties of a ticket, each changed where it stands: one small form, one verb.

GET is the form, by htmx in the property's place and otherwise as a page of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import EditConflict, InvalidInput, require
from accounts.http import UserRequest, for_agents, go
from accounts.models import User
from incidents.desk import conflicts
from incidents.desk.forms import (
    AssignForm,
    CategoriseForm,
    MoveForm,
    PriorityForm,
    PropertyForm,
    ServiceForm,
    TagsForm,
    TitleForm,
    TypeForm,
)
from incidents.desk.views.ticket import done, find
from incidents.desk.workspace import Workspace
from incidents.tickets import actions, policies
from incidents.tickets.models import Ticket
from incidents.tickets.questions import AnswersMissing, QuestionsChanged

PAGE = "desk/property.html"
Change = Callable[..., object]


@dataclass(frozen=True)
class Property:
    """One property: where it stands, its form, who may change it, and the verb."""

    name: str
    label: str | Promise
    form: type[PropertyForm]
    may: Callable[[User, Ticket], bool]
    change: Change


def _assign(ticket: Ticket, *, by: User, to: User | None, expected: int | None) -> None:
    if to is None:
        actions.release(ticket, by=by, expected=expected)
    else:
        actions.assign(ticket, to=to, by=by, expected=expected)


def _tag(
    ticket: Ticket,
    *,
    by: User,
    keep: list[str],
    add: list[str],
    seen: list[str],
    expected: int | None,
) -> None:
    """What was ticked off goes, what was typed comes; what others did meanwhile stays."""
    actions.tag(ticket, add=add, remove=set(seen) - set(keep) - set(add), by=by)


TITLE = Property("title", gettext_lazy("Title"), TitleForm, policies.can_work, actions.retitle)
ASSIGNEE = Property("assignment", gettext_lazy("Assignee"), AssignForm, policies.can_work, _assign)
TEAM = Property("team", gettext_lazy("Team"), MoveForm, policies.can_assign, actions.move)
PRIORITY = Property(
    "priority", gettext_lazy("Priority"), PriorityForm, policies.can_prioritise, actions.set_priority
)  # fmt: skip
CATEGORY = Property(
    "category", gettext_lazy("Category"), CategoriseForm, policies.can_work, actions.categorise
)
SERVICE = Property(
    "service", gettext_lazy("Service"), ServiceForm, policies.can_work, actions.set_service
)
TYPE = Property("type", gettext_lazy("Type"), TypeForm, policies.can_work, actions.set_type)
TAGS = Property("tags", gettext_lazy("Tags"), TagsForm, policies.can_work, _tag)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_title(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, TITLE)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_assignment(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, ASSIGNEE)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_team(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, TEAM)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_priority(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, PRIORITY)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_category(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, CATEGORY)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_service(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, SERVICE)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_type(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, TYPE)


@for_agents
@require_POST
def ticket_proposal(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """Make the ticket what is proposed, or leave it as it is."""
    ticket, to = find(request, number), request.POST.get("to", "")
    if to == "accepted":
        try:
            actions.accept_proposal(ticket, pk, by=request.user)
        except AnswersMissing as missing:
            return go(request, f"{reverse('desk:ticket-type', args=[number])}?type={missing.type}")
    elif to == "dismissed":
        actions.dismiss_proposal(ticket, pk, by=request.user)
    else:
        raise InvalidInput(_("A proposal is accepted or dismissed."))
    return done(request, number)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_tags(request: UserRequest, number: int) -> HttpResponse:
    return _property(request, number, TAGS)


def _property(request: UserRequest, number: int, prop: Property) -> HttpResponse:
    ticket = find(request, number)
    require(prop.may(request.user, ticket), _("You may not change this."))
    since = ticket.version
    if request.method == "GET":
        form = _form(request, ticket, prop)
        if prop is PRIORITY:
            form.fields[_begins_with(request)].widget.attrs["autofocus"] = True
        return _show(request, ticket, prop, form)
    form = _form(request, ticket, prop, request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, ticket, prop, form, status=422)
    try:
        prop.change(ticket, by=request.user, **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _show(request, ticket, prop, form, status=refusal.status)
    except QuestionsChanged:  # at this very moment; the form says so by itself
        again = _form(request, ticket, prop, request.POST, request.FILES)
        return _show(request, ticket, prop, again, status=422)
    except EditConflict as refusal:
        return _clash(request, number, prop, form, refusal)
    return done(request, number, since=since if prop is ASSIGNEE else None)


def _begins_with(request: UserRequest) -> str:
    """Three properties share one form: the field of the one that was pressed has the cursor."""
    asked = (request.htmx.trigger or "").removeprefix("edit-") if request.htmx else ""
    return asked if asked in {"impact", "urgency"} else "override"


def _clash(
    request: UserRequest, number: int, prop: Property, form: PropertyForm, refusal: EditConflict
) -> HttpResponse:
    """Somebody was faster: what does not contradict is merged, for the rest the form shows both and asks."""
    ticket = find(request, number)
    now = _form(request, ticket, prop)
    both = conflicts.merged(now, form, refusal)
    if both is not None:
        try:
            prop.change(ticket, by=request.user, **both)
        except EditConflict as again:
            return _clash(request, number, prop, form, again)
        return done(request, number)
    apart = conflicts.differences(now, form)
    form.add_error(None, refusal.message)
    return _show(request, ticket, prop, form.based_on(ticket.version), clash=refusal, apart=apart)


def _form(
    request: UserRequest, ticket: Ticket, prop: Property, given: Any = None, files: Any = None
) -> PropertyForm:
    more: dict[str, Any] = {}
    if prop is ASSIGNEE:
        more["may_assign"] = policies.can_assign(request.user, ticket)
    elif prop is TYPE:
        more["first"] = request.GET.get("type", "")
    return prop.form(given, files, ticket=ticket, by=request.user, auto_id="id_prop_%s", **more)


def _show(
    request: UserRequest,
    ticket: Ticket,
    prop: Property,
    form: PropertyForm,
    *,
    status: int = 200,
    clash: EditConflict | None = None,
    apart: Sequence[conflicts.Difference] = (),
) -> HttpResponse:
    """The form in the property's place; after a clash with what others did, and the choice still as it was made."""
    space = Workspace(ticket, request.user)
    context = {
        "nav": "queue",
        "queue": ticket.team,
        "ticket": ticket,
        "space": space,
        "prop": prop,
        "form": form,
        "clash": space.since(clash) if clash else [],
        "apart": apart,
    }
    template = f"{PAGE}#form" if request.htmx else PAGE
    return render(request, template, context, status=clash.status if clash else status)
