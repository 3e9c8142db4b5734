"""Signing in with the name and password of a directory, by the same door as everybody who comes from elsewhere."""

from typing import Any

from allauth.core import ratelimit
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.base import Provider as AllauthProvider
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit.kinds import Kind
from accounts.audit.sign_ins import where
from accounts.http import safe_next
from accounts.sso import breaker, directory
from accounts.sso.adapter import Ours
from accounts.sso.entering import failed
from accounts.sso.models import Provider
from accounts.sso.troubles import Trouble


class Directory(Ours, AllauthProvider):
    id = "ldap"
    name = "LDAP"
    account_class = ProviderAccount


def sign_in(
    request: HttpRequest, row: Provider, form: forms.Form, *, linking: bool
) -> HttpResponse | None:
    """The answer; without one, the form says what is wrong. Wrong name and wrong password read the same."""
    name, password = form.cleaned_data["name"], form.cleaned_data["password"]
    key = f"{row.slug}:{name.strip().lower()[:150]}"
    if too_many := ratelimit.consume_or_429(request, action="directory", key=key):
        return too_many  # type: ignore[no-any-return]
    try:
        with breaker.watch(row):
            claims = directory.sign_in(row, name, password)
    except Trouble as trouble:
        return failed(request, row, trouble=trouble)
    if claims is None:
        audit.note(Kind.SIGN_IN_FAILED, by=None, about=None, provider=row.name, **where(request))
        form.add_error(None, _("That name and password don’t match. Check both and try again."))
        return None
    ratelimit.clear(request, action="directory", key=key)
    provider: Any = Directory.of(request, row)
    login = provider.login_of(claims)
    login.state = {
        "process": AuthProcess.CONNECT if linking else AuthProcess.LOGIN,
        "next": safe_next(request),
        "data": {"person": request.user.pk} if linking else {},
    }
    return complete_social_login(request, login)  # type: ignore[no-any-return]
