"""What was changed of one thing, and how its former state is put back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import paging
from accounts.administration import versions
from accounts.administration.differences import Difference, differences, kind_in_words, model_of
from accounts.administration.portable import part_of
from accounts.errors import Refused, require
from accounts.http import UserRequest, for_admins
from accounts.models import AdminChange
from accounts.permissions import ADMINISTERING, Permission

PAGE, CHANGE, REMOVED = "admin/history.html", "admin/put_back.html", "admin/removed.html"
FORMS = {"tickets.category": "admin:form", "workflow.incidenttype": "admin:type-form"}
"""Whose rows have a form with versions of its own, and where these stand."""
for_all = for_admins(*ADMINISTERING, Permission.ARTICLES_PUBLISH)


@dataclass(frozen=True)
class Version:
    """One change, and whether what was before it can come back."""

    change: AdminChange
    what: str
    differences: list[Difference]
    may_put_back: bool


def history(request: UserRequest, model: type[Model], key: str) -> HttpResponse:
    """All changes of one thing; called by its table, which knows who may open it."""
    found = paging.page(versions.about(model, key), ("-id",), request.GET.get("after", ""))
    row = model._base_manager.filter(pk=key).first() if key.isdecimal() else None
    if row is None and not found.rows:
        raise Http404
    name = str(row) if row else found.rows[0].label
    part = part_of(model)
    context = {
        **admin.site.each_context(request),
        "title": _("History of “%(name)s”") % {"name": name},
        "versions": [_version(request, change) for change in found.rows],
        "next": found.next,
        "is_gone": row is None or _ends_removed(found.rows, model),
        "back": part.url_of(row) if part and row else "",
        "name": name,
        "forms": reverse(FORMS[model._meta.label_lower], args=[key]) if model._meta.label_lower in FORMS and row else "",
    }  # fmt: skip
    return TemplateResponse(request, PAGE, context)


def _ends_removed(rows: list[AdminChange], model: type[Model]) -> bool:
    """Some tables keep the row of what was removed, since old things point at it."""
    own = [one for one in rows if one.kind == model._meta.label_lower]
    return bool(own) and own[0].action == AdminChange.Action.REMOVED


@for_all
@require_GET
def history_of(request: UserRequest, kind: str, key: str) -> HttpResponse:
    """The same, of what has no table's page of its own here."""
    model = model_of(kind)
    if model is None or not versions.may_read(request.user, kind):
        raise Http404
    return history(request, model, key)


@for_all
@require_http_methods(["GET", "POST"])
def change(request: UserRequest, pk: int) -> HttpResponse:
    """What putting back would change, or why it can't be; POST does it."""
    found = _found(request, pk)
    if request.method == "POST":
        return _put_back(request, found)
    context: dict[str, Any] = {}
    if versions.may_put_back(request.user, found):
        try:
            noted = versions.rehearse(found, by=request.user)
            context["turns"] = [difference for one in noted for difference in differences(one)]
        except Refused as refusal:
            context["why"] = refusal.message
    return _answer(request, found, context)


def _put_back(request: UserRequest, found: AdminChange) -> HttpResponse:
    require(
        versions.may_put_back(request.user, found),
        _("You may read this, but not put it back."),
    )
    try:
        row = versions.put_back(found, by=request.user)
    except Refused as refusal:
        return _answer(request, found, {"why": refusal.message}, status=refusal.status)
    messages.success(request, _("“%(name)s” is as it was before.") % {"name": row})
    return HttpResponseRedirect(versions.history_url(row._meta.label_lower, str(row.pk)))


@for_all
@require_GET
def removed(request: UserRequest) -> HttpResponse:
    """What was removed, to be brought back."""
    kinds = versions.readable_kinds(request.user)
    gone = AdminChange.objects.filter(action=AdminChange.Action.REMOVED, kind__in=kinds)
    found = paging.page(gone.select_related("actor"), ("-id",), request.GET.get("after", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("What was removed"),
        "versions": [_version(request, change) for change in found.rows],
        "next": found.next,
    }
    return TemplateResponse(request, REMOVED, context)


def _answer(
    request: UserRequest, found: AdminChange, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Put back “%(name)s”") % {"name": found.label},
        "version": _version(request, found),
        "history": versions.history_url(found.kind, found.object_id),
        **more,
    }
    return TemplateResponse(request, CHANGE, context, status=status)


def _found(request: UserRequest, pk: int) -> AdminChange:
    found = get_object_or_404(AdminChange.objects.select_related("actor"), pk=pk)
    if not versions.may_read(request.user, found.kind):
        raise Http404
    return found


def _version(request: UserRequest, change: AdminChange) -> Version:
    what = _("%(kind)s “%(label)s” %(action)s") % {
        "kind": kind_in_words(change.kind),
        "label": change.label,
        "action": change.get_action_display(),
    }
    may = versions.may_put_back(request.user, change)
    return Version(change, capfirst(what), differences(change), may)
