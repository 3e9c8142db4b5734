"""Sign-ins for the audit log. Django and allauth tell of them by signals alone; this is the one list of receivers."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import translation

from accounts.actions.tokens import end_tokens
from accounts.audit.kinds import Kind
from accounts.audit.noting import note
from accounts.browsers import browser_name
from accounts.models import AccessToken, User


def connect() -> None:
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    user_login_failed.connect(_failed)
    mfa.authentication_failed.connect(_second_factor_failed)
    mfa.authenticator_added.connect(_second_factor_added)
    mfa.authenticator_removed.connect(_second_factor_removed)
    mfa.authenticator_reset.connect(_second_factor_renewed)
    for chosen in (password_changed, password_reset, password_set):
        chosen.connect(_password_changed)


def where(request: HttpRequest | None) -> dict[str, str]:
    """From where, in coarse words: the address, and the browser's name. Raw: told in nobody's language."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return {}
    with translation.override(None):
        browser = browser_name(request.META.get("HTTP_USER_AGENT", ""))
    return {"address": get_client_ip(request) or "", "browser": browser}


def _signed_in(user: User, request: HttpRequest | None = None, **_rest: Any) -> None:
    by_whom = {"provider": name} if (name := getattr(request, "signed_on_by", "")) else {}
    note(Kind.SIGNED_IN, by=user, about=user, **by_whom, **where(request))


def _signed_out(user: User | None, request: HttpRequest | None = None, **_rest: Any) -> None:
    if user is not None:
        note(Kind.SIGNED_OUT, by=user, about=user, **where(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_rest: Any) -> None:
    """About the account that was tried. What was typed is not kept: people type passwords into the wrong field."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    person = User.objects.filter(email=typed.strip().lower()).first() if typed else None
    note(Kind.SIGN_IN_FAILED, by=None, about=person, **where(request))


def _second_factor_failed(user: User, request: HttpRequest | None = None, **_rest: Any) -> None:
    note(Kind.SECOND_FACTOR_FAILED, by=None, about=user, **where(request))


def _second_factor_added(
    user: User, authenticator: Authenticator, request: HttpRequest | None = None, **_rest: Any
) -> None:
    note(Kind.SECOND_FACTOR_ADDED, by=user, about=user, factor=authenticator.type, **where(request))


def _second_factor_removed(
    user: User, authenticator: Authenticator, request: HttpRequest | None = None, **_rest: Any
) -> None:
    note(
        Kind.SECOND_FACTOR_REMOVED, by=user, about=user, factor=authenticator.type, **where(request)
    )


def _second_factor_renewed(
    user: User, authenticator: Authenticator, request: HttpRequest | None = None, **_rest: Any
) -> None:
    note(
        Kind.SECOND_FACTOR_RENEWED, by=user, about=user, factor=authenticator.type, **where(request)
    )


def _password_changed(user: User, request: HttpRequest | None = None, **_rest: Any) -> None:
    note(Kind.PASSWORD_CHANGED, by=user, about=user, **where(request))
    end_tokens(user, by=user, why=AccessToken.End.PASSWORD)
