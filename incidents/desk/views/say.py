"""Replying, noting and resolving: the composer's three panels. What was typed is never lost by a refusal."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import EditConflict, InvalidInput, NotAllowed, Refused, require
from accounts.http import UserRequest, for_agents, go
from incidents.desk import articles
from incidents.desk.beside import open_steps
from incidents.desk.forms import ResolveForm, SayForm
from incidents.desk.step_forms import Filling, filling
from incidents.desk.views.canned import count_use
from incidents.desk.views.ticket import (
    PAGE,
    again,
    away,
    find,
    offer_undo,
    page,
    quotation,
    regions,
    still_seen,
)
from incidents.desk.workspace import Workspace
from incidents.tickets import actions, policies, unsent, ways
from incidents.tickets.errors import Overtaken
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status

Verb = Callable[[UserRequest, Ticket, SayForm], None]


@for_agents
@require_POST
def ticket_reply(request: UserRequest, number: int) -> HttpResponse:
    """Words for the requester's side; with them the ticket may wait for an answer, or be opened again."""
    return _say(request, number, "reply", _reply)


@for_agents
@require_POST
def ticket_note(request: UserRequest, number: int) -> HttpResponse:
    """Words for the desk only; with them the ticket may be put on hold."""
    return _say(request, number, "note", _note)


@for_agents
@require_GET
def ticket_quote(request: UserRequest, number: int, event: int) -> HttpResponse:
    """What a message says, as a quotation to put into the composer."""
    said = quotation(find(request, number), event, by=request.user)
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


@for_agents
@require_POST
def ticket_resolve(request: UserRequest, number: int) -> HttpResponse:
    return _say(request, number, "resolve", _resolve)


def _reply(request: UserRequest, ticket: Ticket, form: SayForm) -> None:
    said, given = form.cleaned_data["body"], form.cleaned_data
    key = request.POST.get("key", "")
    if given["then"] == "reopen" and given["files"]:
        raise InvalidInput(_("Reopen it first, then send the files."), field="files")
    if given["then"] and given["also_merged"]:
        raise InvalidInput(
            _("Send it to the merged tickets’ requesters first, then do the other step.")
        )
    if given["then"] == "wait":
        actions.transition(
            ticket, to=Status.WAITING_REQUESTER, by=request.user, text=said, files=given["files"],
            expected=given["expected"], seen=given["seen"], key=key,
        )  # fmt: skip
    elif given["then"] == "reopen":
        actions.reopen(ticket, said, by=request.user, key=key, origin=Ticket.Origin.DESK)
    else:
        actions.reply(
            ticket, said, by=request.user, files=given["files"], seen=given["seen"], key=key,
            origin=Ticket.Origin.DESK,
            also_merged=given["also_merged"],
        )  # fmt: skip


def _note(request: UserRequest, ticket: Ticket, form: SayForm) -> None:
    said, given = form.cleaned_data["body"], form.cleaned_data
    key = request.POST.get("key", "")
    if given["then"] == "hold":
        actions.transition(
            ticket, to=Status.WAITING_OTHER, by=request.user, text=said, files=given["files"],
            expected=given["expected"], key=key,
        )  # fmt: skip
    else:
        event = actions.note(ticket, said, by=request.user, files=given["files"], key=key)
        if missed := actions.overlooked(event.data["message"], said, by=request.user):
            messages.warning(
                request,
                _("Not told, since they can’t see this ticket: %(names)s")
                % {"names": ", ".join(missed)},
            )


def _resolve(request: UserRequest, ticket: Ticket, form: SayForm) -> None:
    given = form.cleaned_data
    _ask_about_steps(ticket, form)
    article = articles.named(given["article"], by=request.user) if given["article"] else None
    actions.resolve(
        ticket, given["body"], article=article, code=given["code"], to=_step(ticket, given["then"]), by=request.user, files=given["files"],
        expected=given["expected"], seen=given["seen"], key=request.POST.get("key", ""),
        also_merged=given["also_merged"],
    )  # fmt: skip


def _ask_about_steps(ticket: Ticket, form: SayForm) -> None:
    """Steps of the checklist that are still open are asked about once; sending again resolves all the same."""
    if not isinstance(form, ResolveForm) or form.cleaned_data["despite"]:
        return
    if left := open_steps(ticket):
        form.asks_despite = True
        words = ngettext(
            "%(n)d step of the checklist is still open. Resolve again if that is all right.",
            "%(n)d steps of the checklist are still open. Resolve again if that is all right.",
            left,
        )
        raise InvalidInput(words % {"n": left})


def _step(ticket: Ticket, then: str) -> str:
    """Which of several resolved steps was asked for, if one of its workflow was."""
    return then if then and ways.flow_of(ticket).place(then) else ""


def _first(request: UserRequest, ticket: Ticket, name: str) -> Filling:
    """What has to be filled in before the ticket is resolved, from the same form. Other words ask for nothing more."""
    way = None
    if name == "resolve" and ticket.is_open:
        found = [one for one in ways.open_to(request.user, ticket) if one.there.status == Status.RESOLVED]  # fmt: skip
        to = request.POST.get("then", "")
        named = [one for one in found if one.there.slug == to]
        way = ways.best(named or found, Status.RESOLVED)
    return filling(ticket, way, by=request.user, sent=request.POST)


def _say(request: UserRequest, number: int, name: str, verb: Verb) -> HttpResponse:
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not work on this ticket."))
    since = ticket.version
    form_class = ResolveForm if name == "resolve" else SayForm
    form = form_class(request.POST, request.FILES, auto_id=f"id_{name}_%s")
    first = _first(request, ticket, name)
    if not (form.is_valid() & first.is_valid()):
        return _again(request, ticket, name, form, status=422, first=first)
    try:
        with transaction.atomic():
            form.cleaned_data["expected"] = first.fill(expected=form.cleaned_data["expected"])
            verb(request, ticket, form)
    except NotAllowed:
        raise
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _again(request, ticket, name, form, status=refusal.status, first=first)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _again(
            request, find(request, number), name, form, status=refusal.status, refusal=refusal, first=first
        )  # fmt: skip
    unsent.forget(request.user, f"{name}:{ticket.ref}")
    count_use(request.user, request.POST.get("canned", ""))
    now = still_seen(request, number)
    if now is None:
        return away(request)
    if name == "resolve" or form.cleaned_data["then"]:
        offer_undo(request, now, since)
    if not request.htmx:
        return go(request, f"{again(request, ticket)}#composer")
    return regions(request, now, sent=name)


def _again(
    request: UserRequest,
    ticket: Ticket,
    name: str,
    form: SayForm,
    *,
    status: int,
    refusal: Refused | None = None,
    first: Filling | None = None,
) -> HttpResponse:
    """The panel with its text and what is wrong; after a clash also what happened meanwhile."""
    space = Workspace(ticket, request.user, panel=name)
    panel = space.panel(name, form.based_on(ticket.version))
    if first and first.needs:
        panel.filling = first
    if isinstance(refusal, EditConflict):
        panel.clash = space.since(refusal)
        panel.is_overtaken = isinstance(refusal, Overtaken)
    if request.htmx:
        context = {"ticket": ticket, "space": space, "panel": panel}
        return render(request, f"{PAGE}#panel", context, status=status)
    return page(request, space, status=status)
