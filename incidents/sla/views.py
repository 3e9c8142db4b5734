"""Service levels in administration: policies, calendars and holidays, and what a change of them would do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import UserRequest, for_admins
from accounts.permissions import Permission
from incidents.sla import actions, drawing, rules, spans
from incidents.sla.forms import CalendarForm, HolidaysForm, PolicyForm, conditions_in_words
from incidents.sla.models import Calendar, Change, HolidaySet, Policy
from incidents.sla.rehearsal import rehearse

for_readers = for_admins(Permission.PROCESS_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.PROCESS_MANAGE)

LATEST = 10
TABLES: dict[str, Callable[[], Any]] = {
    "calendars": Calendar.objects.all,
    "holidays": HolidaySet.objects.all,
    "policies": Policy.objects.live,
}
ABOUT = {
    "calendars": Change.About.CALENDAR,
    "holidays": Change.About.HOLIDAYS,
    "policies": Change.About.POLICY,
}


@dataclass(frozen=True)
class Times:
    """One line of a policy in the list: what is promised, by priority."""

    label: str
    times: list[str]


@for_readers
@require_GET
def overview(request: UserRequest) -> HttpResponse:
    """Everything at a glance, in the order in which it is asked."""
    policies = Policy.objects.live().select_related("calendar").prefetch_related("targets")
    ordered = list(policies.order_by("position", "pk"))
    asked = conditions_in_words(ordered)
    changes = Change.objects.select_related("made_by").order_by("-pk")
    calendars = Calendar.objects.prefetch_related("holidays")
    return _page(
        request,
        "admin/sla.html",
        _("Service levels and hours"),
        policies=[(one, asked[one.pk], _times(one)) for one in ordered],
        calendars=[(one, drawing.bars(one.week)) for one in calendars],
        days=drawing.days(),
        holidays=HolidaySet.objects.prefetch_related("days", "calendars"),
        drafts=changes.filter(state=Change.State.DRAFT)[:LATEST],
        applied=changes.exclude(state=Change.State.DRAFT)[:LATEST],
    )


@for_readers
@require_http_methods(["GET", "POST"])
def policy(request: UserRequest, pk: int | None = None) -> HttpResponse:
    """A policy, or a new one; sending it makes a draft, which is tried before anything follows it."""
    row = get_object_or_404(Policy.objects.live(), pk=pk) if pk else None
    form = PolicyForm(request.POST or None, policy=row)
    return _edited(request, "admin/sla_policy.html", "policies", row, form)


@for_readers
@require_http_methods(["GET", "POST"])
def calendar(request: UserRequest, pk: int | None = None) -> HttpResponse:
    row = get_object_or_404(Calendar, pk=pk) if pk else None
    form = CalendarForm(request.POST or None, calendar=row)
    bars = drawing.bars(row.week) if row else None
    return _edited(
        request, "admin/sla_calendar.html", "calendars", row, form, bars=bars, days=drawing.days()
    )


@for_readers
@require_http_methods(["GET", "POST"])
def holidays(request: UserRequest, pk: int | None = None) -> HttpResponse:
    row = get_object_or_404(HolidaySet, pk=pk) if pk else None
    form = HolidaysForm(request.POST or None, request.FILES or None, holidays=row, today=_today())
    ahead = row.days.filter(day__gte=_today())[:30] if row else []
    return _edited(request, "admin/sla_holidays.html", "holidays", row, form, ahead=ahead)


@for_managers
@require_POST
def removal(request: UserRequest, table: str, pk: int) -> HttpResponse:
    """Begin to remove something: it is tried first, like any other change."""
    if table not in TABLES:
        raise Http404
    row = get_object_or_404(TABLES[table](), pk=pk)
    drafted = actions.draft_removal(ABOUT[table], row, by=request.user)
    return _to_change(drafted)


@for_readers
@require_GET
def change(request: UserRequest, pk: int) -> HttpResponse:
    """A draft with what it would do to open tickets; once it is applied, how far that came."""
    row = get_object_or_404(Change.objects.select_related("made_by"), pk=pk)
    is_draft = row.state == Change.State.DRAFT
    return _page(
        request,
        "admin/sla_change.html",
        _("Remove “%(name)s”") % {"name": _label(row)} if row.removes else _label(row),
        change=row,
        rehearsal=rehearse(row, by=request.user, now=timezone.now()) if is_draft else None,
    )


@for_managers
@require_POST
def change_apply(request: UserRequest, pk: int) -> HttpResponse:
    row = actions.apply_change(get_object_or_404(Change, pk=pk), by=request.user)
    said = _("“%(name)s” is removed.") if row.removes else _("“%(name)s” is in force now.")
    messages.success(request, said % {"name": _label(row)})
    return _to_change(row)


@for_managers
@require_POST
def change_discard(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Change, pk=pk)
    actions.discard_change(row, by=request.user)
    messages.success(request, _("The draft was discarded. Nothing was changed."))
    return HttpResponseRedirect(reverse("admin:sla"))


def _edited(
    request: UserRequest, template: str, table: str, row: Any, form: Any, **context: Any
) -> HttpResponse:
    """The form, or the draft that it makes."""
    new = {
        "policies": _("New policy"),
        "calendars": _("New calendar"),
        "holidays": _("New holidays"),
    }
    status = 200
    if request.method == "POST":
        actions.draft.require_manager(request.user)
        if form.is_valid():
            drafted = actions.draft_change(ABOUT[table], row, form.content(), by=request.user)
            return _to_change(drafted)
        status = 422
    title = getattr(row, "label", str(row)) if row else new[table]
    return _page(
        request, template, title, status=status, form=form, row=row, table=table, **context
    )


def _page(
    request: UserRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    full = {
        **admin.site.each_context(request),
        "title": title,
        "may_change": request.user.permits.anywhere(Permission.PROCESS_MANAGE),
        **context,
    }
    return TemplateResponse(request, template, full, status=status)


def _times(policy: Policy) -> list[Times]:
    return [
        Times(
            str(target),
            [
                spans.show(target.minutes[str(priority)])
                if str(priority) in target.minutes
                else "–"
                for priority in range(1, 6)
            ],
        )
        for target in policy.targets.all()
    ]


def _label(row: Change) -> str:
    found = rules.find(row) if row.object_id else None
    is_same = found is not None and found.name == row.name
    return str(found) if is_same else row.name


def _to_change(row: Change) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:sla-change", args=[row.pk]))


def _today() -> date:
    return timezone.localdate()
