"""Signing in by a provider, coming back from it, and the page that lists one's own."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import UserRequest, for_everyone, for_public, safe_next
from accounts.sso import actions, breaker
from accounts.sso.adapter import provider_of
from accounts.sso.entering import failed, require_fresh
from accounts.sso.forms import DirectoryForm
from accounts.sso.models import Provider
from accounts.sso.troubles import NotProven, Trouble

K = Provider.Kind


@for_public
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider, or for a directory the form that asks for name and password."""
    row = _on(slug)
    if row.is_directory:
        return _directory(request, row)
    if request.method == "GET":  # a link to here would start what nobody asked for
        return HttpResponseRedirect(reverse("account_login"))
    return ratelimit.consume_or_429(request, action="sso") or _leave(
        request, row, AuthProcess.LOGIN, safe_next(request)
    )


@for_everyone
@require_POST
@reauthentication_required
def link(request: UserRequest, slug: str) -> HttpResponse:
    """Begin to link an identity of one's own, right after showing once more who one is."""
    row = _on(slug)
    require_fresh(request)
    if row.is_directory:
        return render(
            request, "accounts/sso/directory.html", _form(row, DirectoryForm(), linking=True)
        )
    return _leave(request, row, AuthProcess.CONNECT, "")


@for_public
@require_GET
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Back from an OpenID provider, with a code."""
    from accounts.sso import oidc

    row = _on(slug, K.OIDC)
    if too_many := ratelimit.consume_or_429(request, action="sso"):
        return too_many
    try:
        with breaker.watch(row):
            return oidc.Callback.adapter_view(oidc.Adapter(request, row))(request)  # type: ignore[no-any-return]
    except Trouble as trouble:
        return failed(request, row, trouble=trouble)


@csrf_exempt
@for_public
@require_POST
def assertion(request: HttpRequest, slug: str) -> HttpResponse:
    """A SAML answer. It comes from another site, so without our session: put aside, and read on our own page."""
    from accounts.sso import saml

    row = _on(slug, K.SAML)
    if too_many := ratelimit.consume_or_429(request, action="sso"):
        return too_many
    try:
        return saml.put_aside(request, row)
    except NotProven as trouble:
        return failed(request, row, trouble=trouble, began=False)


@for_public
@require_GET
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """The SAML answer that was put aside, now with the session that it has to belong to."""
    from accounts.sso import saml

    row = _on(slug, K.SAML)
    try:
        return saml.finish(request, row)
    except saml.NotBegun as trouble:
        return failed(request, row, trouble=trouble, began=False)
    except Trouble as trouble:
        return failed(request, row, trouble=trouble)


@for_public
@require_GET
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """What a SAML provider has to know of us. Nothing in it is secret."""
    from accounts.sso import saml

    row = get_object_or_404(Provider, slug=slug, kind=K.SAML)
    return HttpResponse(saml.metadata(request, row), content_type="application/samlmetadata+xml")


@for_everyone
@require_GET
def connections(request: UserRequest) -> HttpResponse:
    """What signs this person in beside the password."""
    names = {row.issuer: row for row in Provider.objects.all()}
    held = [
        (one, names.get(one.provider)) for one in SocialAccount.objects.filter(user=request.user)
    ]
    linked = {one.provider for one, _row in held}
    others = [row for row in names.values() if row.is_on and row.issuer not in linked]
    return render(request, "accounts/sso/connections.html", {"held": held, "others": others})


@for_everyone
@require_POST
@reauthentication_required
def identity_end(request: UserRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, user=request.user, pk=pk)
    require_fresh(request)
    actions.unlink(account, by=request.user)
    messages.success(request, _("This no longer signs you in."))
    return HttpResponseRedirect(reverse("sso:connections"))


def _on(slug: str, kind: str = "") -> Provider:
    row = get_object_or_404(Provider.objects.on(), slug=slug)
    if kind and row.kind != kind:
        raise Http404
    return row


def _leave(request: HttpRequest, row: Provider, process: str, back: str) -> HttpResponse:
    """A page of ours that goes on by itself: our forms may lead to no other site, by their content policy."""
    person = {"person": request.user.pk} if request.user.is_authenticated else {}
    try:
        with breaker.watch(row):
            answer = provider_of(request, row).redirect(request, process, back or None, person)
    except Trouble as trouble:
        return failed(request, row, trouble=trouble)
    except ImmediateHttpResponse as answered:
        return answered.response  # type: ignore[no-any-return]
    return render(
        request, "accounts/sso/leaving.html", {"provider": row, "address": answer["Location"]}
    )


def _directory(request: HttpRequest, row: Provider) -> HttpResponse:
    linking = request.POST.get("link") == "1" and request.user.is_authenticated
    if request.method == "GET":
        return render(
            request,
            "accounts/sso/directory.html",
            _form(row, DirectoryForm(), next=safe_next(request, "")),
        )
    from accounts.sso import directory_login

    form = DirectoryForm(request.POST)
    context = _form(row, form, linking=linking, next=safe_next(request, ""))
    if not form.is_valid():
        return render(request, "accounts/sso/directory.html", context, status=422)
    return directory_login.sign_in(request, row, form, linking=linking) or render(
        request, "accounts/sso/directory.html", context, status=422
    )


def _form(row: Provider, form: DirectoryForm, **more: Any) -> dict[str, Any]:
    return {"provider": row, "form": form, **more}
