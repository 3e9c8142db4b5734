"""Trying a provider out, and what groups would give somebody."""

import json
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_admins
from accounts.models import User
from accounts.permissions import Permission
from accounts.sso import trying
from accounts.sso.claims import groups_of
from accounts.sso.entering import recovered, remember
from accounts.sso.groups import compare
from accounts.sso.models import Provider, lines

LONGEST = 200_000


@for_admins(Permission.CHANNELS_MANAGE)
@require_POST
def trial(request: UserRequest, pk: int) -> HttpResponse:
    """Ask the provider, and say what is wrong."""
    row = get_object_or_404(Provider, pk=pk)
    steps = trying.try_out(request, row)
    if steps and steps[-1].fits:
        recovered(row)
    elif steps:
        remember(row, steps[-1].said)
    return _page(request, row, "admin/sso/trial.html", {"steps": steps})


@for_admins(Permission.CHANNELS_MANAGE, Permission.ROLES_MANAGE, Permission.AUDIT_READ)
@require_http_methods(["GET", "POST"])
def preview(request: UserRequest, pk: int) -> HttpResponse:
    """What somebody would get and lose with these groups. Changes nothing."""
    row = get_object_or_404(Provider, pk=pk)
    email, text = request.POST.get("email", "").strip(), request.POST.get("claims", "")
    context: dict[str, Any] = {"email": email, "claims": text}
    if request.method == "GET":
        return _page(request, row, "admin/sso/preview.html", context)
    try:
        person = _person(email)
        groups = _groups(row, text) if text.strip() else _last_said(row, person)
    except InvalidInput as refusal:
        context |= {"wrong": refusal.message, "wrong_in": refusal.field}
        return _page(request, row, "admin/sso/preview.html", context, status=422)
    context |= {"person": person, "groups": groups, "is_asked": True}
    if groups is not None:
        context["difference"] = compare(person, provider=row, groups=groups)
    return _page(request, row, "admin/sso/preview.html", context)


def _person(email: str) -> User | None:
    if not email:
        return None
    person = User.objects.people().filter(email=email.lower()).first()
    if person is None:
        raise InvalidInput(_("Nobody here has this address."), field="email")
    return person


def _groups(row: Provider, text: str) -> tuple[str, ...] | None:
    """Claims as JSON, or groups one a line."""
    if len(text) > LONGEST:
        raise InvalidInput(_("This is too long."), field="claims")
    if not text.lstrip().startswith(("{", "[")):
        return tuple(lines(text))
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            _("This is neither JSON nor groups, one a line."), field="claims"
        ) from error
    return groups_of(
        said if isinstance(said, dict) else {row.claim("groups"): said}, row.claim("groups")
    )


def _last_said(row: Provider, person: User | None) -> tuple[str, ...] | None:
    """What the provider said at the person's last sign-in."""
    if person is None:
        raise InvalidInput(_("Name a person, or paste what the provider says."), field="claims")
    known = SocialAccount.objects.filter(user=person, provider=row.issuer).first()
    if known is None:
        raise InvalidInput(
            _("%(person)s never signed in by this provider.") % {"person": person}, field="email"
        )
    groups = known.extra_data.get("groups") if isinstance(known.extra_data, dict) else None
    return tuple(groups) if isinstance(groups, list) else None


def _page(
    request: HttpRequest,
    row: Provider,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    whole = {**admin.site.each_context(request), "title": row.name, "provider": row, **context}
    return TemplateResponse(request, template, whole, status=status)
