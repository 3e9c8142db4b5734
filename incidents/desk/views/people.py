"""Pages of people in administration that need the desk: what somebody sees and does, and what becomes of their work."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import policies
from accounts.digits import whole
from accounts.errors import InvalidInput, Refused, require
from accounts.http import UserRequest, for_admins
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk import leaving, sight
from incidents.desk.models import Handover

for_readers = for_admins(Permission.PEOPLE_MANAGE, Permission.ROLES_MANAGE, Permission.AUDIT_READ)
SIGHT, LEAVING = "admin/sight.html", "admin/leaving.html"


@for_readers
@require_GET
def person_sight(request: UserRequest, pk: int) -> HttpResponse:
    """What somebody can see and do; with `q` whether they see one ticket or article."""
    person = _person(pk)
    words = request.GET.get("q", "").replace("\x00", "").strip()[: sight.LONGEST]
    context = {
        **admin.site.each_context(request),
        "title": _("What %(person)s can see and do") % {"person": person.display_name},
        "person": person,
        "sight": sight.sight_of(person),
        "asked": words,
        "verdict": sight.judge(person, words, reader=request.user) if words else None,
    }
    return TemplateResponse(request, SIGHT, context)


@for_readers
@require_http_methods(["GET", "POST"])
def person_leaving(request: UserRequest, pk: int) -> HttpResponse:
    """What somebody has, and where it goes; POST ends their access. Afterwards, what came of it."""
    person = _person(pk)
    if request.method == "GET":
        return _leaving(request, person)
    require(
        policies.can_manage_people(request.user),
        _("You may not change people. Ask somebody who manages people."),
    )
    try:
        leaving.leave(person, by=request.user, **_chosen(request, person))
    except Refused as refusal:
        return _leaving(request, person, wrong=refusal.message, status=refusal.status)
    messages.success(
        request, _("%(person)s can no longer sign in.") % {"person": person.display_name}
    )
    return HttpResponseRedirect(reverse("admin:person-leaving", args=[pk]))


def _chosen(request: UserRequest, person: User) -> dict[str, Any]:
    tickets: dict[str, int | None] = {}
    for name, value in request.POST.items():
        kind, _dash, team = name.partition("-")
        if kind == "team" and team.isdecimal():
            tickets[team] = _key(value)
    articles = _key(request.POST.get("articles", "")) or 0
    to = User.objects.people().exclude(pk=person.pk).filter(pk=articles).first()
    if articles and to is None:
        raise InvalidInput(_("Choose somebody from the list."), field="articles")
    return {"tickets": tickets, "articles_to": to}


def _key(given: object) -> int | None:
    if given in ("", None):
        return None
    key = whole(given, 9)
    if key is None:
        raise InvalidInput(_("Choose somebody from the list."))
    return key


def _leaving(
    request: UserRequest, person: User, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Deactivate %(person)s") % {"person": person.display_name},
        "person": person,
        "has": leaving.holdings_of(person),
        "handover": None if person.is_active else Handover.objects.filter(person=person).first(),
        "may_change": policies.can_manage_people(request.user),
        "wrong": wrong,
    }
    return TemplateResponse(request, LEAVING, context, status=status)


def _person(pk: int) -> User:
    found = User.objects.get_queryset().filter(is_system=False).select_related("department")
    return get_object_or_404(found, pk=pk)
