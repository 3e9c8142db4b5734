"""Macros: making them step by step, and running one on a ticket after a look at what it would do."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.digits import whole
from accounts.errors import Refused, require
from accounts.http import UserRequest, for_agents
from accounts.permissions import Permission
from incidents.desk import acts, macros, runs, sharing, taken_over
from incidents.desk.act_forms import shown
from incidents.desk.macro_forms import MacroForm
from incidents.desk.models import BulkItem, BulkRun, Macro
from incidents.desk.taken_over import TakenOver
from incidents.desk.views.bulk import started
from incidents.desk.views.ticket import find
from incidents.tickets import policies
from incidents.tickets.models import Ticket

LIST, PAGE, STEP = "desk/macros/list.html", "desk/macros/macro.html", "desk/macros/step.html"
LONGEST_NAME: int = Macro._meta.get_field("name").max_length or 0
MENU, PREVIEW = "desk/macros/menu.html", "desk/macros/preview.html"


# Making them --------------------------------------------------------------------------------------------


@for_agents
@require_GET
def macro_list(request: UserRequest) -> HttpResponse:
    usable = Macro.objects.usable_by(request.user).select_related("team", "owner")
    found = [(one, sharing.can_change(request.user, one), len(one.steps)) for one in usable]
    return render(request, LIST, {"nav": "macros", "macros": found, "may_make": _may_make(request)})


@for_agents
@require_http_methods(["GET", "POST"])
def macro_new(request: UserRequest) -> HttpResponse:
    """Empty, or with what was just done: `run` names a bulk change of one's own, `ticket` a ticket."""
    require(_may_make(request), _("Macros are for people who work on tickets."))
    return _edit(request, Macro(), _taken_over(request))


@for_agents
@require_http_methods(["GET", "POST"])
def macro(request: UserRequest, pk: int) -> HttpResponse:
    """A macro and its steps; whoever may not change it sees what it does."""
    found = _usable(request, pk)
    if request.method == "POST":
        _require_change(request, found)
    return _edit(request, found)


@for_agents
@require_POST
def macro_delete(request: UserRequest, pk: int) -> HttpResponse:
    found = _changeable(request, pk)
    name = found.name
    with sharing.noted(found, by=request.user):
        found.delete()
    messages.success(request, _("The macro “%(name)s” is deleted.") % {"name": name})
    return redirect("desk:macros")


@for_agents
@require_http_methods(["GET", "POST"])
def macro_step_new(request: UserRequest, pk: int) -> HttpResponse:
    """A further step: `act` says which, its form what with."""
    found = _changeable(request, pk)
    act = acts.find(request.POST.get("act") or request.GET.get("act", ""))
    if len(found.steps) >= macros.MOST_STEPS:
        raise Refused(_("A macro has up to %(most)d steps.") % {"most": macros.MOST_STEPS})
    return _step(request, found, act, None)


@for_agents
@require_http_methods(["GET", "POST"])
def macro_step(request: UserRequest, pk: int, number: int) -> HttpResponse:
    found = _changeable(request, pk)
    return _step(request, found, acts.find(_raw(found, number)["act"]), number)


@for_agents
@require_POST
def macro_step_move(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """One place up, or with `down` one place down."""
    with transaction.atomic():
        found = _locked(request, pk)
        step = _raw(found, number)
        found.steps.pop(number - 1)
        to = number if request.POST.get("down") else number - 2
        found.steps.insert(max(0, to), step)
        with sharing.noted(found, by=request.user):
            found.save(update_fields=["steps", "changed_at"])
    return redirect("desk:macro", pk)


@for_agents
@require_POST
def macro_step_delete(request: UserRequest, pk: int, number: int) -> HttpResponse:
    with transaction.atomic():
        found = _locked(request, pk)
        _raw(found, number)
        found.steps.pop(number - 1)
        with sharing.noted(found, by=request.user):
            found.save(update_fields=["steps", "changed_at"])
    return redirect("desk:macro", pk)


def _taken_over(request: UserRequest) -> TakenOver | None:
    if "run" in request.GET:
        run = get_object_or_404(BulkRun, by=request.user, pk=_number(request.GET["run"]))
        return taken_over.from_run(run, by=request.user)
    if "ticket" in request.GET:
        ticket = find(request, _number(request.GET["ticket"]))
        return taken_over.from_ticket(ticket, by=request.user)
    return None


def _number(given: str) -> int:
    number = whole(given, 9)
    if number is None:
        raise Http404
    return number


def _chosen(request: UserRequest, taken: TakenOver) -> set[int]:
    """Which of the steps are ticked."""
    if request.method == "GET":
        return set(taken.usual)
    return {n for n in range(len(taken.steps)) if str(n) in request.POST.getlist("take_over")}


def _edit(request: UserRequest, one: Macro, taken: TakenOver | None = None) -> HttpResponse:
    may_change = one.pk is None or sharing.can_change(request.user, one)
    sent = request.POST if request.method == "POST" else None
    initial = {"name": taken.name[:LONGEST_NAME]} if taken else {}
    form = MacroForm(sent, instance=one, initial=initial, by=request.user) if may_change else None
    chosen = _chosen(request, taken) if taken else set()
    is_other = bool(taken and sent is not None and sent.get("steps") != taken.mark)
    if form and sent is not None and not is_other and form.is_valid():
        is_new = one.pk is None
        saved = form.save(commit=False)
        if taken:
            saved.steps = taken.as_kept(chosen)
        # Its steps may be changed at the same moment.
        with sharing.noted(saved, by=request.user):
            saved.save(
                update_fields=None if is_new else [*form.cleaned_data, "owner", "changed_at"]
            )
        messages.success(
            request,
            _("Saved. Now add its steps.")
            if is_new and not saved.steps
            else _("The macro is saved."),
        )
        return redirect("desk:macro", saved.pk)
    context = {
        "nav": "macros",
        "macro": one,
        "form": form,
        "may_change": may_change,
        "steps": macros.steps_of(one),
        "acts": acts.ACTS.values(),
        "is_full": len(one.steps) >= macros.MOST_STEPS,
        "taken": taken,
        "chosen": chosen,
        "is_other": is_other,
    }
    return render(request, PAGE, context, status=422 if sent is not None else 200)


def _step(request: UserRequest, one: Macro, act: acts.Act, number: int | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    before = shown(_raw(one, number)["with"]) if number else {}
    form = act.form(sent, initial=before, by=request.user, auto_id="id_step_%s")
    if not form.is_valid():
        context = {"nav": "macros", "macro": one, "act": act, "form": form, "number": number}
        return render(request, STEP, context, status=200 if sent is None else 422)
    step = {"act": act.slug, "with": form.plain()}
    with transaction.atomic():
        locked = _locked(request, one.pk)
        if number is None:
            locked.steps.append(step)
        elif _raw(locked, number)["act"] == act.slug:
            locked.steps[number - 1] = step
        else:
            raise Refused(_("Somebody changed the steps meanwhile. Look at them again."))
        with sharing.noted(locked, by=request.user):
            locked.save(update_fields=["steps", "changed_at"])
    return redirect("desk:macro", one.pk)


def _may_make(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.TICKETS_WORK)


def _usable(request: UserRequest, pk: int) -> Macro:
    return get_object_or_404(Macro.objects.usable_by(request.user).select_related("team"), pk=pk)


def _require_change(request: UserRequest, one: Macro) -> None:
    require(
        _may_make(request) and sharing.can_change(request.user, one),
        _("You may use this macro, but not change it."),
    )


def _changeable(request: UserRequest, pk: int) -> Macro:
    found = _usable(request, pk)
    _require_change(request, found)
    return found


def _locked(request: UserRequest, pk: int) -> Macro:
    """For changes of its steps, so that two people at once lose nothing."""
    found = _changeable(request, pk)
    return Macro.objects.select_for_update().get(pk=found.pk)


def _raw(one: Macro, number: int) -> dict[str, Any]:
    if not 1 <= number <= len(one.steps):
        raise Http404
    step: dict[str, Any] = one.steps[number - 1]
    return step


# Running them -------------------------------------------------------------------------------------------


@for_agents
@require_GET
def ticket_macros(request: UserRequest, number: int) -> HttpResponse:
    """The macros that this person may use here."""
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not work on this ticket."))
    usable = Macro.objects.usable_by(request.user).exclude(steps=[])
    context = {"nav": "queue", "queue": ticket.team, "ticket": ticket, "macros": usable}
    return render(request, f"{MENU}#menu" if request.htmx else MENU, context)


@for_agents
@require_http_methods(["GET", "POST"])
def ticket_macro(request: UserRequest, number: int, pk: int) -> HttpResponse:
    """What the macro would do to this ticket; POST does it, all or nothing, and it can be undone as a bulk change can."""
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not work on this ticket."))
    one = _usable(request, pk)
    if request.method == "GET":
        return _preview(request, ticket, one)
    if request.POST.get("steps") != macros.mark(one):
        return _preview(
            request, ticket, one, _("Somebody changed this macro meanwhile. Look again.")
        )
    run = runs.start(
        macros.MACRO, macros.given(one), [number], by=request.user, key=request.POST.get("key", "")
    )
    refused = run.items.filter(state=BulkItem.State.REFUSED).first()
    if refused:
        return _preview(request, find(request, number), one, refused.message)
    return started(request, run)


def _preview(request: UserRequest, ticket: Ticket, one: Macro, why: str = "") -> HttpResponse:
    told = macros.rehearse(one, ticket, by=request.user)
    context = {
        "nav": "queue",
        "queue": ticket.team,
        "ticket": ticket,
        "macro": one,
        "told": told,
        "why": why,
        "mark": macros.mark(one),
        "can_run": not any(step.refused for step in told),
        "tells": any(step.is_public for step in told),
        "writes": any(step.text for step in told),
    }
    template = f"{PREVIEW}#preview" if request.htmx else PREVIEW
    return render(request, template, context, status=409 if why else 200)
