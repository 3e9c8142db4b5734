"""Whose account is opened by which identity elsewhere, for administrators, who can take one off."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import paging, policies
from accounts.http import UserRequest, for_admins
from accounts.models import User
from accounts.permissions import Permission
from accounts.sso import actions
from accounts.sso.actions.link import is_last_way
from accounts.sso.entering import required_of
from accounts.sso.models import Provider

for_readers = for_admins(Permission.PEOPLE_MANAGE, Permission.AUDIT_READ)
for_writers = for_admins(Permission.PEOPLE_MANAGE)
LONGEST = 120
MOST_PEOPLE = 50


@for_readers
@require_GET
def identities(request: UserRequest) -> HttpResponse:
    """Newest first; of people with this name or address, and of one provider."""
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:LONGEST] for name in ("person", "provider")}  # fmt: skip
    names = dict(Provider.objects.values_list("issuer", "name"))
    found = paging.page(_asked_for(asked), ("-id",), request.GET.get("after", ""))
    context = {
        "title": _("Linked sign-ins"),
        "asked": asked,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "providers": sorted(names.items(), key=lambda one: one[1].casefold()),
        "rows": [(one, names.get(one.provider, one.provider)) for one in found.rows],
        "may_unlink": policies.can_manage_people(request.user),
        "next": found.next,
        "is_first": "after" not in request.GET,
    }
    return _page(request, "admin/sso/identities.html", context)


@for_writers
@require_http_methods(["GET", "POST"])
def identity_unlink(request: UserRequest, pk: int) -> HttpResponse:
    """Asks first: it says what the person has left to sign in with. One's own are taken off in one's own account."""
    account = get_object_or_404(SocialAccount.objects.select_related("user"), pk=pk)
    if account.user == request.user:
        return HttpResponseRedirect(reverse("sso:connections"))
    provider = Provider.objects.filter(issuer=account.provider).first()
    if request.method == "POST":
        person = account.user
        actions.unlink(account, by=request.user)
        messages.success(request, _("Unlinked. %(person)s was signed out everywhere and gets a mail.") % {"person": person})  # fmt: skip
        back = urlencode({"person": person.email})
        return HttpResponseRedirect(f"{reverse('admin:identities')}?{back}")
    person = account.user
    context = {
        "title": _("Unlink this sign-in"),
        "account": account,
        "person": person,
        "name": provider.name if provider else account.provider,
        "is_last": is_last_way(account, person),
        "may_end_tokens": policies.can_manage_channels(request.user),
        "required": required_of(person),
        "comes_back": bool(provider and provider.is_on and provider.links_by_address and provider.covers(person.email)),
    }  # fmt: skip
    return _page(request, "admin/sso/identity_unlink.html", context)


def _asked_for(asked: dict[str, str]) -> "QuerySet[SocialAccount]":
    rows = SocialAccount.objects.select_related("user")
    if asked["provider"]:
        rows = rows.filter(provider=asked["provider"])
    if words := asked["person"].strip():
        linked = User.objects.get_queryset().filter(socialaccount__isnull=False)
        named = linked.named(words).distinct().order_by("pk")
        keys = named.values_list("pk", flat=True)
        rows = rows.filter(user__in=list(keys[:MOST_PEOPLE]))
    return rows  # type: ignore[no-any-return]


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
