"""Incident types and matrices of priority in administration: every control is a form that works without JavaScript."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import formats
from accounts.digits import whole
from accounts.errors import InvalidInput, Refused
from accounts.http import UserRequest, for_admins
from accounts.models import User
from accounts.permissions import Permission
from accounts.templatetags import firebreak as looks
from incidents.tickets import overrides
from incidents.tickets.actions.change_type import change_type
from incidents.tickets.models import COUNT_CAP, Category, Recount, Ticket
from incidents.tickets.questions import Question, form_of_type, parse
from incidents.tickets.type_forms import MatrixForm, TypeForm
from incidents.workflow.actions import matrices as matrix_actions
from incidents.workflow.actions import types as actions
from incidents.workflow.models import IncidentType, Matrix
from incidents.workflow.priority import Impact, Priority, Urgency

for_readers = for_admins(Permission.PROCESS_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.PROCESS_MANAGE)


# Types ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TypeRow:
    """One type in the list."""

    type: IncidentType
    tickets: str
    is_first: bool
    is_last: bool


@for_readers
@require_GET
def type_list(request: UserRequest) -> HttpResponse:
    """All types; beside them the one chosen by `at`, or a new one."""
    chosen = None
    if given := request.GET.get("at"):
        key = whole(given, 9)
        if key is None:
            raise Http404
        chosen = get_object_or_404(_types(), pk=key)
    is_new = "new" in request.GET
    form = _form(chosen) if _may_change(request) and (chosen or is_new) else None
    return _type_page(request, chosen=chosen, form=form)


@for_managers
@require_POST
def type_add(request: UserRequest) -> HttpResponse:
    form = TypeForm(request.POST)
    if not form.is_valid():
        return _type_page(request, form=form, status=422)
    try:
        made = actions.add_type(by=request.user, **form.cleaned_data)
    except Refused as refusal:
        _say(form, refusal)
        return _type_page(request, form=form, status=refusal.status)
    return _back(request, made, _("Type “%(name)s” was added."))


@for_managers
@require_POST
def type_change(request: UserRequest, pk: int) -> HttpResponse:
    chosen = get_object_or_404(_types(), pk=pk)
    form = TypeForm(request.POST, instance=chosen)
    if not form.is_valid():
        return _type_page(request, chosen=chosen, form=form, status=422)
    try:
        change_type(chosen, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        _say(form, refusal)
        return _type_page(request, chosen=chosen, form=form, status=refusal.status)
    return _back(request, get_object_or_404(_types(), pk=pk), _("Saved “%(name)s”."))


@for_managers
@require_POST
def type_position(request: UserRequest, pk: int) -> HttpResponse:
    chosen = get_object_or_404(_types(), pk=pk)
    to: Any = request.POST.get("to")
    if to not in {"up", "down"}:
        raise InvalidInput(_("Say up or down."), field="to")
    actions.shift_type(chosen, to=to, by=request.user)
    return _back(request, chosen)


@for_managers
@require_POST
def type_retire(request: UserRequest, pk: int) -> HttpResponse:
    chosen = get_object_or_404(_types(), pk=pk)
    actions.retire_type(chosen, by=request.user)
    return _back(request, chosen, _("No ticket becomes “%(name)s” any more."))


@for_managers
@require_POST
def type_restore(request: UserRequest, pk: int) -> HttpResponse:
    chosen = get_object_or_404(_types(), pk=pk)
    actions.restore_type(chosen, by=request.user)
    return _back(request, chosen, _("Tickets can be “%(name)s” again."))


def _types() -> Any:
    return IncidentType.objects.select_related("workflow", "matrix")


def _form(chosen: IncidentType | None) -> TypeForm:
    return TypeForm(instance=chosen) if chosen else TypeForm()


def _type_page(
    request: UserRequest,
    *,
    chosen: IncidentType | None = None,
    form: TypeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    types = list(_types())
    counts = Counter(dict(_open_for(request.user).values_list("type").annotate(Count("pk"))))
    rows = [
        TypeRow(
            one,
            formats.capped(counts[one.slug], COUNT_CAP),
            is_first=one is types[0],
            is_last=one is types[-1],
        )
        for one in types
    ]
    if chosen and form and (touched := _touched_by(chosen)):
        form["workflow"].help_text = ngettext(
            "%(n)s open ticket follows at once.", "%(n)s open tickets follow at once.", touched
        ) % {"n": formats.capped(touched, COUNT_CAP)}
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Incident types"),
        "rows": rows,
        "chosen": chosen,
        "chosen_set_by": Permission(chosen.set_by).label if chosen and chosen.set_by else "",
        "form": form,
        "may_change": _may_change(request),
        "stays": chosen is not None and chosen.slug == "incident",
        "asks": _asks(chosen),
        "touched": _touched_by_retirement(chosen) if chosen and form and not chosen.is_retired else (),
    }  # fmt: skip
    return TemplateResponse(request, "admin/types.html", context, status=status)


def _open_for(user: User) -> Any:
    return Ticket.objects.seen_as_staff_by(user).open().order_by()


def _touched_by(type: IncidentType) -> int:
    """A figure of the whole house: who may change types need not see the tickets."""
    return Ticket.objects.open().filter(type=type.slug).order_by()[: COUNT_CAP + 1].count()


def _asks(chosen: IncidentType | None) -> tuple[Question, ...]:
    """What its form asks now."""
    form = chosen and form_of_type(chosen.slug)
    return parse(form.questions) if form else ()


def _touched_by_retirement(type: IncidentType) -> list[str]:
    """What else changes when no ticket becomes one any more, in words."""
    told = []
    if touched := _touched_by(type):
        told.append(
            ngettext(
                "%(n)s open ticket stays of this type until it is closed.",
                "%(n)s open tickets stay of this type until they are closed.",
                touched,
            )
            % {"n": formats.capped(touched, COUNT_CAP)}
        )
    names = Category.objects.in_use().filter(type=type.slug).values_list("name", flat=True)
    if brought := "”, “".join(names):
        told.append(
            _("New tickets in “%(categories)s” become what the category above says, or an incident.")
            % {"categories": brought}
        )  # fmt: skip
    if _asks(type):
        told.append(_("Its form is asked no more. Tickets keep their answers."))
    return told


def _back(request: UserRequest, one: IncidentType, words: str = "") -> HttpResponse:
    if words:
        messages.success(request, words % {"name": one.label})
    return HttpResponseRedirect(f"{reverse('admin:types')}?at={one.pk}#t-{one.pk}")


# Matrices --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """A matrix for reading: impacts, each with the priorities by urgency."""

    matrix: Matrix
    lines: list[tuple[Any, list[SafeString]]]
    types: list[str]


@dataclass(frozen=True)
class Move:
    """Open tickets whose priority would become another one."""

    here: SafeString
    there: SafeString
    tickets: int


@for_readers
@require_GET
def matrix_list(request: UserRequest) -> HttpResponse:
    """All matrices, which types use them, and how often priority was set against them."""
    context = {
        **admin.site.each_context(request),
        "title": _("Priority matrices"),
        "grids": [_grid(one) for one in Matrix.objects.prefetch_related("types")],
        "urgencies": Urgency.labels,
        "overrides": overrides.lately(request.user, now=timezone.now()),
        "may_change": _may_change(request),
    }
    return TemplateResponse(request, "admin/matrices.html", context)


@for_managers
@require_http_methods(["GET", "POST"])
def matrix_add(request: UserRequest) -> HttpResponse:
    """A new one; it begins as the standard is."""
    if request.method == "GET":
        form = MatrixForm(matrix=Matrix(cells=Matrix.objects.get(slug="standard").cells))
        return _matrix_page(request, form)
    form = MatrixForm(request.POST)
    if not form.is_valid():
        return _matrix_page(request, form, status=422)
    try:
        made = matrix_actions.add_matrix(form.cleaned_data["name"], form.cells, by=request.user)
    except Refused as refusal:
        _say(form, refusal)
        return _matrix_page(request, form, status=refusal.status)
    messages.success(request, _("Matrix “%(name)s” was added.") % {"name": made.label})
    return HttpResponseRedirect(reverse("admin:matrix", args=[made.pk]))


@for_readers
@require_http_methods(["GET", "POST"])
def matrix(request: UserRequest, pk: int) -> HttpResponse:
    """One matrix. `do=look` shows what a change would do to open tickets, anything else makes it."""
    found = get_object_or_404(Matrix, pk=pk)
    if request.method == "GET":
        return _matrix_page(request, MatrixForm(matrix=found), found)
    form = MatrixForm(request.POST, matrix=found)
    if not form.is_valid():
        return _matrix_page(request, form, found, status=422)
    if request.POST.get("do") == "look":
        return _matrix_page(request, form, found, moves=_moves(found, form.cells))
    given = form.cleaned_data
    try:
        matrix_actions.change_matrix(
            found, given["name"], form.cells, by=request.user, expected=given["seen"] or None
        )
    except Refused as refusal:
        _say(form, refusal)
        return _matrix_page(request, form, found, status=refusal.status)
    if given["follow"]:
        Recount.objects.create(matrix=found, asked_by=request.user)
        messages.success(request, _("Saved. Open tickets follow within minutes."))
    else:
        messages.success(request, _("Saved. Tickets follow when their impact or urgency changes."))
    return HttpResponseRedirect(reverse("admin:matrix", args=[found.pk]))


def _matrix_page(
    request: UserRequest,
    form: MatrixForm,
    found: Matrix | None = None,
    *,
    moves: list[Move] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": found.label if found else _("New matrix"),
        "matrix": found,
        "grid": _grid(found) if found else None,
        "urgencies": Urgency.labels,
        "form": form,
        "moves": moves,
        "moving": sum(one.tickets for one in moves or ()),
        "recounts": _recounts(found) if found else (),
        "may_change": _may_change(request),
    }
    return TemplateResponse(request, "admin/matrix.html", context, status=status)


def _recounts(found: Matrix) -> list[Recount]:
    return list(Recount.objects.filter(matrix=found).select_related("asked_by").order_by("-pk")[:5])


def _grid(one: Matrix) -> Grid:
    def chip(impact: str, urgency: str) -> SafeString:
        level = Priority(one.cells[impact][urgency])
        return looks.priority_mark(level, f"P{level.value} {level.label}")

    lines = [
        (impact.label, [chip(impact.value, urgency.value) for urgency in Urgency])
        for impact in reversed(Impact)
    ]
    return Grid(one, lines, [kind.label for kind in one.types.all()] if one.pk else [])


def _moves(found: Matrix, cells: Any) -> list[Move]:
    """What would become of open tickets of its types; those set by hand stay. Figures of the whole house, in one query."""
    mine = Ticket.objects.open().filter(
        type__in=list(found.types.values_list("slug", flat=True)), priority_by_hand=False
    )
    rows = mine.order_by().values_list("impact", "urgency", "priority").annotate(Count("pk"))
    moved: Counter[tuple[int, int]] = Counter()
    for impact, urgency, priority, count in rows:
        if (to := cells[impact][urgency]) != priority:
            moved[priority, to] += count
    return [
        Move(_level(here), _level(there), count) for (here, there), count in sorted(moved.items())
    ]


def _level(value: int) -> SafeString:
    return looks.priority_mark(value, f"P{value} {Priority(value).label}")


# Both ------------------------------------------------------------------------------------------------------------


def _say(form: Any, refusal: Refused) -> None:
    field = refusal.field if isinstance(refusal, InvalidInput) else ""
    form.add_error(field if field in form.fields else None, refusal.message)


def _may_change(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.PROCESS_MANAGE)
