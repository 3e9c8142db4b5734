"""Accounts of programs with their tokens, and everybody else's tokens to be ended."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import policies
from accounts.actions import make_service_account, revoke_token
from accounts.errors import InvalidInput
from accounts.forms import TokenForm
from accounts.http import UserRequest, for_admins
from accounts.models import AccessToken, Grant, User
from accounts.paging import page
from accounts.permissions import Permission
from accounts.views.tokens import form_makes, keep_for_next_page, made_just_now, to_proof

PAGE = "admin/service_accounts.html"
MOST_ACCOUNTS = 200
for_readers = for_admins(Permission.CHANNELS_MANAGE, Permission.AUDIT_READ)
for_writers = for_admins(Permission.CHANNELS_MANAGE)


@for_readers
@require_GET
def service_accounts(request: UserRequest) -> HttpResponse:
    return _page(request, made=made_just_now(request))


@for_writers
@require_POST
def service_account_make(request: UserRequest) -> HttpResponse:
    name = request.POST.get("name", "")[:200]
    try:
        person = make_service_account(name, by=request.user)
    except InvalidInput as refusal:
        return _page(request, name=name, wrong=refusal.message, status=refusal.status)
    messages.success(
        request,
        _("“%(name)s” is made. Give it roles, then a token.") % {"name": person.display_name},
    )
    return HttpResponseRedirect(reverse("admin:service-accounts"))


@for_writers
@require_POST
def service_token_make(request: UserRequest, pk: int) -> HttpResponse:
    """A token for a program; the page after it shows its secret, this once."""
    person = get_object_or_404(_programs(), pk=pk)
    if not did_recently_reauthenticate(request):
        return to_proof(reverse("admin:service-accounts"))
    form = TokenForm(request.POST, prefix=f"of{pk}")
    made = form_makes(form, person=person, by=request.user) if form.is_valid() else None
    if made is None:
        return _page(request, form=form, of=pk, status=422)
    keep_for_next_page(request, made)
    return HttpResponseRedirect(reverse("admin:service-accounts"))


@for_writers
@require_POST
def any_token_revoke(request: UserRequest, pk: int) -> HttpResponse:
    """Any token at all: one that was found where it should not be has to end at once."""
    token = get_object_or_404(AccessToken.objects.select_related("person"), pk=pk)
    revoke_token(token, by=request.user)
    messages.success(request, _("Revoked. It opens nothing any more."))
    return HttpResponseRedirect(reverse("admin:service-accounts"))


def _programs() -> Any:
    return User.objects.get_queryset().filter(is_service=True)


def _page(
    request: UserRequest,
    *,
    name: str = "",
    wrong: str = "",
    form: TokenForm | None = None,
    of: int = 0,
    made: tuple[AccessToken, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    held = Grant.objects.select_related("role", "team")
    programs = _programs().prefetch_related(Prefetch("grants", held), "access_tokens")
    personal = AccessToken.objects.filter(person__is_service=False).select_related("person")
    found = page(personal, ("-id",), request.GET.get("after", ""))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Service accounts and tokens"),
        "may_change": policies.can_manage_channels(request.user),
        "is_proved": did_recently_reauthenticate(request),
        "programs": [
            (one, form if one.pk == of else TokenForm(prefix=f"of{one.pk}"))
            for one in programs.order_by("display_name", "pk")[:MOST_ACCOUNTS]
        ],
        "open": of,
        "name": name,
        "wrong": wrong,
        "made": made and made[0],
        "secret": made and made[1],
        "personal": found.rows,
        "next": found.next,
    }
    return TemplateResponse(request, PAGE, context, status=status)
