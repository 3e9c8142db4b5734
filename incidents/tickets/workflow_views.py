"""Workflows in administration: the list, one as picture and table, and the editor with its check."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import formats
from accounts.errors import EditConflict, Refused
from accounts.http import UserRequest, for_admins, go
from accounts.permissions import Permission
from incidents.tickets import workflow_draft
from incidents.tickets.actions.shape_workflow import (
    MOST_MOVED,
    Touched,
    mark_of,
    shape_workflow,
    standing_at,
    touched,
)
from incidents.tickets.models import COUNT_CAP
from incidents.tickets.workflow_draft import Draft
from incidents.workflow import checks, effects, picture, rulebook
from incidents.workflow.actions import add_workflow, restore_workflow, retire_workflow
from incidents.workflow.errors import Unsound
from incidents.workflow.models import Workflow
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

LIST, ONE, EDIT = (f"admin/workflows/{name}.html" for name in ("list", "one", "edit"))
MOST_LISTED = 5

for_readers = for_admins(Permission.PROCESS_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.PROCESS_MANAGE)


@dataclass(frozen=True)
class Line:
    """A workflow in the list."""

    flow: Flow
    types: list[str]
    picture: picture.Picture


@dataclass(frozen=True)
class Standing:
    """A step, and how many open tickets stand there."""

    place: Place
    count: str


@dataclass(frozen=True)
class Told:
    """A transition in words."""

    way: Way
    who: list[str]
    asks: list[str]
    does: list[str]


@for_readers
@require_GET
def workflow_list(request: UserRequest) -> HttpResponse:
    return _list(request)


@for_managers
@require_POST
def workflow_add(request: UserRequest) -> HttpResponse:
    """A copy of another one, under a name of its own."""
    like = _flow(request.POST.get("like", ""))
    try:
        workflow = add_workflow(request.POST.get("name", ""), like=like, by=request.user)
    except Unsound as refusal:
        return _list(request, refusal=refusal, name=request.POST.get("name", ""))
    messages.success(request, _("“%(name)s” was added. Now make it your own.") % {"name": workflow})
    return go(request, reverse("admin:workflow-edit", args=[workflow.slug]))


@for_readers
@require_GET
def workflow(request: UserRequest, slug: str) -> HttpResponse:
    """The picture, and a table that says the same."""
    flow = _flow(slug)
    context = {
        **_around(request, flow.label),
        "flow": flow,
        "picture": picture.draw(flow),
        "steps": [Standing(one, _standing(flow, one)) for one in flow.places],
        "ways": [_told(way) for way in flow.ways],
        "types": _types(flow),
    }
    return TemplateResponse(request, ONE, context)


@for_managers
@require_http_methods(["GET", "POST"])
def workflow_edit(request: UserRequest, slug: str) -> HttpResponse:
    """The whole workflow as a draft: rows are added, it is checked, it is saved."""
    now = _flow(slug)
    if request.method == "GET":
        return _edit(request, now, Draft.of(now, mark_of(now)))
    draft = Draft.sent(request.POST, now)
    match request.POST.get("do", "check"):
        case "add-step":
            draft.add_step()
            return _edit(request, now, draft, focus="steps")
        case "add-way":
            draft.add_way()
            return _edit(request, now, draft, focus="ways")
        case "save":
            return _save(request, now, draft)
        case _:
            draft.blame(checks.faults(draft.flow(now)))
            return _edit(request, now, draft, is_checked=True)


@for_managers
@require_POST
def workflow_retire(request: UserRequest, slug: str) -> HttpResponse:
    retire_workflow(get_object_or_404(Workflow, slug=slug), by=request.user)
    return go(request, reverse("admin:workflow", args=[slug]))


@for_managers
@require_POST
def workflow_restore(request: UserRequest, slug: str) -> HttpResponse:
    restore_workflow(get_object_or_404(Workflow, slug=slug), by=request.user)
    return go(request, reverse("admin:workflow", args=[slug]))


# Steps --------------------------------------------------------------------------------------------------------


def _save(request: UserRequest, now: Flow, draft: Draft) -> HttpResponse:
    row = get_object_or_404(Workflow, slug=now.slug)
    try:
        moved = shape_workflow(
            row, draft.flow(now), by=request.user, moves=draft.moves, expected=draft.mark
        )
    except Unsound as refusal:
        draft.blame(refusal.faults)
        return _edit(request, now, draft, is_checked=True, status=refusal.status)
    except EditConflict as refusal:
        draft.faults.append(refusal.message)
        return _edit(request, now, draft, status=refusal.status)
    words = ngettext(
        "Saved. %(n)d ticket was moved.", "Saved. %(n)d tickets were moved.", moved
    ) % {"n": moved}  # fmt: skip
    messages.success(request, words if moved else _("Saved."))
    return go(request, reverse("admin:workflow", args=[now.slug]))


def _list(
    request: UserRequest, *, refusal: Refused | None = None, name: str = ""
) -> HttpResponse:  # fmt: skip
    context = {
        **_around(request, _("Workflows")),
        "lines": [
            Line(flow, _types(flow), picture.draw(flow))
            for flow in rulebook.flows(even_retired=True)
        ],
        "refusal": refusal,
        "name": name,
    }
    return TemplateResponse(request, LIST, context, status=refusal.status if refusal else 200)


def _edit(
    request: UserRequest,
    now: Flow,
    draft: Draft,
    *,
    is_checked: bool = False,
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    flow = draft.flow(now)
    affected = touched(now, flow, draft.moves)
    context = {
        **_around(request, _("Change “%(name)s”") % {"name": now.label}),
        "flow": now,
        "draft": draft,
        "picture": picture.draw(flow),
        "affected": [_affected(one, request) for one in affected],
        "standing": {one.here.slug: formats.capped(one.count, COUNT_CAP) for one in affected},
        "open_steps": [one for one in draft.kept if one.status not in {"resolved", "closed"}],
        "statuses": Status.choices,
        "needs": Need.choices,
        "effects": workflow_draft.effect_choices(),
        "permissions": workflow_draft.permission_choices(draft.ways),
        "is_checked": is_checked,
        "is_sound": is_checked and not draft.faults,
        "focus": focus,
    }
    return TemplateResponse(request, EDIT, context, status=status)


def _affected(one: Touched, request: UserRequest) -> dict[str, Any]:
    """Of what this person sees on the desk, the first few by number; the rest as a count."""
    seen = one.tickets.seen_as_staff_by(request.user).order_by("pk")
    return {
        "here": one.here.label,
        "there": one.there.label if one.there else "",
        "stays": one.stays,
        "count": formats.capped(one.count, COUNT_CAP),
        "n": one.count,
        "is_too_many": one.count > MOST_MOVED,
        "some": list(seen[:MOST_LISTED]),
    }


def _around(request: UserRequest, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "may_change": request.user.permits.anywhere(Permission.PROCESS_MANAGE),
    }


def _flow(slug: str) -> Flow:
    found = rulebook.current().flows.get(slug)
    if found is None:
        raise Http404
    return found


def _types(flow: Flow) -> list[str]:
    return [one.label for one in rulebook.types() if one.flow.slug == flow.slug]


def _standing(flow: Flow, place: Place) -> str:
    if not place.is_open:
        return ""
    count = standing_at(flow, place).order_by()[: COUNT_CAP + 1].count()
    return formats.capped(count, COUNT_CAP)


def _told(way: Way) -> Told:
    staff = str(Permission(way.permission).label) if way.permission in Permission.values else ""
    who = [
        *([_("staff: %(permission)s") % {"permission": staff} if staff else _("staff")] if way.by_staff else []),
        *([_("the requester")] if way.by_requester else []),
    ]  # fmt: skip
    asks = [
        *([_("a reason")] if way.needs_text else []),
        *(str(need.label) for need in Need if need in way.needs_fields),
    ]
    return Told(way, who, asks, [effects.describe(effect) for effect in way.effects])
