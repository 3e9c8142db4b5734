"""Who may come in by a provider, and as whom. Everything that allauth learnt from one passes here before it signs in."""

import logging
import secrets
import time
from collections.abc import Collection
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    get_reauthentication_flows,
)
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, policies
from accounts.audit.kinds import Kind
from accounts.audit.sign_ins import where
from accounts.errors import Refused
from accounts.http import safe_next
from accounts.models import User
from accounts.permits import SECOND_STEP
from accounts.sso import actions
from accounts.sso.claims import Claims
from accounts.sso.models import Provider, lines
from accounts.sso.troubles import Trouble

log = logging.getLogger("firebreak.sso")
LASTS = 12 * 60 * 60
"""Seconds that such a sign-in lasts at most: nobody tells us when it ends at the provider."""


class Stranger(Refused):
    """The provider is sure who it is; we have no account that this opens."""

    status = 403


def enter(request: HttpRequest, login: SocialLogin) -> None:
    """Make `login` point at the account that it opens.

    Raises:
        ImmediateHttpResponse: with the answer, where nobody is to be signed in.
    """
    row, claims = login.row, login.claims
    try:
        if login.state.get("process") == AuthProcess.CONNECT:
            _connect(request, login)
        person = login.user if login.is_existing else _first_time(row, claims)
        _require_active(person)
        actions.follow_groups(person, provider=row, groups=claims.groups)
    except Refused as refusal:
        raise ImmediateHttpResponse(turned_away(request, row, refusal)) from refusal
    if not login.is_existing:
        login.account = SocialAccount.objects.get(provider=claims.issuer, uid=claims.subject)
        login.user = person
    recovered(row)
    request.signed_on_by = row.name  # type: ignore[attr-defined]


def signed_in(request: HttpRequest, sociallogin: SocialLogin | None = None, **_rest: Any) -> None:
    """After allauth signed somebody in: how long that lasts, and whether their second step there counts here."""
    if sociallogin is None:
        return
    request.session.set_expiry(LASTS)
    row: Provider = sociallogin.provider.row
    claims = getattr(
        sociallogin, "claims", None
    )  # gone where our own second step was asked for, which counts anyway
    if claims and row.trusts_second_factor and took_two_steps(row, claims.steps):
        request.session[SECOND_STEP] = row.pk


def took_two_steps(row: Provider, steps: Collection[str]) -> bool:
    return bool(set(lines(row.second_factor_values) or ["mfa"]) & set(steps))


def _connect(request: HttpRequest, login: SocialLogin) -> None:
    """Somebody who is signed in brings an identity of theirs.

    Raises:
        Refused: it is somebody else's, or it is not the person that began.
        ImmediateHttpResponse: done, back to their account.
    """
    person = request.user
    began = (login.state.get("data") or {}).get("person")
    if not isinstance(person, User) or person.pk != began:
        raise Refused(_("Sign in again, and begin afresh in your account."))
    require_fresh(request)
    actions.link(person, claims=login.claims, provider=login.row, by=person)
    actions.follow_groups(person, provider=login.row, groups=login.claims.groups)
    recovered(login.row)
    messages.success(
        request, _("From now on %(name)s signs you in, too.") % {"name": login.row.name}
    )
    raise ImmediateHttpResponse(HttpResponseRedirect(reverse("sso:connections")))


def require_fresh(request: HttpRequest) -> None:
    """What else opens an account is changed only right after its owner showed who they are.

    Who has neither password nor second step can show nothing again: for them the sign-in itself must be fresh.

    Raises:
        Refused
    """
    fresh = did_recently_reauthenticate(request)
    if isinstance(request.user, User) and not get_reauthentication_flows(request.user):
        records = get_authentication_records(request, request.user)
        fresh = (
            bool(records)
            and time.time() - records[-1]["at"] < account_settings.REAUTHENTICATION_TIMEOUT
        )
    if not fresh:
        raise Refused(_("Sign out and in again first, so that we know that it is still you."))


def _first_time(row: Provider, claims: Claims) -> User:
    """The account that an unknown identity opens: an existing one by its address, or a new one.

    Raises:
        Stranger: neither is allowed here.
    """
    if not (row.links_by_address or row.makes_accounts):
        raise Stranger(_stranger())
    if not claims.email_proven:
        raise Stranger(
            _(
                "%(name)s does not say that your e-mail address is verified, so we can't tell whose account is yours. Ask IT."
            )
            % {"name": row.name}
        )
    if not row.covers(claims.email):
        raise Stranger(
            _("Addresses like yours don't come in by %(name)s. Ask IT.") % {"name": row.name}
        )
    try:
        there = User.objects.filter(email=claims.email).first()
        if there is None and row.makes_accounts:
            return actions.join(claims, provider=row)
        if there is None or not row.links_by_address:
            raise Stranger(_stranger() if there is None else _taken())
        _require_active(there)
        _require_own(there)
        actions.link(there, claims=claims, provider=row, by=User.objects.system())
    except IntegrityError as error:  # the same person at the same moment, in another tab
        known = SocialAccount.objects.filter(provider=claims.issuer, uid=claims.subject).first()
        if known is None:
            raise Stranger(_("Somebody came in with this address just now. Try again.")) from error
        return known.user  # type: ignore[no-any-return]
    return there


def _stranger() -> str:
    return _("There is no account here that this opens. If you have one, sign in with your password and link the two in your account; else ask IT for one.")  # fmt: skip


def _taken() -> str:
    return _("There is an account with your address already. Sign in with its password, or choose one with “Forgot your password?”; then link the two in your account.")  # fmt: skip


def _require_active(person: User) -> None:
    if person.is_contact:
        raise Stranger(
            _(
                "So far we know your address only from mails, which anybody could have sent. Ask IT to make this account yours."
            )
        )
    if not person.is_active or person.is_system:
        raise Stranger(_("Your account here is switched off. Ask IT."))


def _require_own(person: User) -> None:
    """An address does not open the keys of the house: those people link the two themselves."""
    if policies.can_manage_roles(person):
        raise Stranger(_taken())


def required_elsewhere(request: HttpRequest, person: User) -> HttpResponse | None:
    """The refusal of a sign-in here, where a provider is required for the person's domain."""
    row = required_of(person)
    if row is None:
        return None
    context = {"provider": row, "next": safe_next(request)}
    return render(request, "accounts/sso/required.html", context, status=403)


def required_of(person: User) -> Provider | None:
    """The provider without which this person can't come in at all.

    Who manages roles always comes in: a provider that is away must not lock the house.
    """
    domain = person.email.rpartition("@")[2]
    required = Provider.objects.on().filter(is_required=True)
    found = next((row for row in required if domain in row.domain_list), None)
    return None if found is None or policies.can_manage_roles(person) else found


# When it does not work ---------------------------------------------------------------------------


def turned_away(request: HttpRequest, row: Provider, refusal: Refused) -> HttpResponse:
    _note(request, row, type(refusal).__name__.lower(), person=None)
    context = {
        "provider": row,
        "words": refusal.message,
        "is_signed_in": request.user.is_authenticated,
    }
    return render(request, "accounts/sso/turned_away.html", context, status=refusal.status)


def failed(
    request: HttpRequest,
    row: Provider,
    *,
    error: Any = None,
    trouble: BaseException | None = None,
    began: bool = True,
) -> HttpResponse:
    """It did not come to a sign-in: given up there, or something is wrong with the provider.

    What this browser never began is not written down, or strangers could fill the log.
    """
    if error == AuthError.CANCELLED:
        messages.info(
            request, _("You are not signed in: it was given up at %(name)s.") % {"name": row.name}
        )
        return HttpResponseRedirect(reverse("account_login"))
    reference = secrets.token_hex(4)
    reason = trouble.reason if isinstance(trouble, Trouble) else said(request, trouble)
    log.warning("sign-in by %s failed, reference %s: %s", row.slug, reference, reason)
    if began:
        _note(request, row, reason, person=None)
    if began and isinstance(trouble, Trouble):
        remember(row, reason)
    context = {
        "provider": row,
        "reference": reference,
        "is_signed_in": request.user.is_authenticated,
    }
    return render(request, "accounts/sso/failed.html", context, status=401)


def said(request: HttpRequest, trouble: BaseException | None) -> str:
    if given := request.GET.get("error"):
        return f"the provider said: {''.join(sign for sign in given if sign.isprintable())[:60]}"
    if trouble is not None:
        return "the provider gave no token for the code"
    return "the answer does not belong to a sign-in that this browser began"


def remember(row: Provider, reason: str) -> None:
    """What the provider's page says is wrong."""
    Provider.objects.filter(pk=row.pk).update(
        last_trouble=reason[:400], last_trouble_at=timezone.now()
    )


def recovered(row: Provider) -> None:
    Provider.objects.filter(pk=row.pk).exclude(last_trouble="").update(
        last_trouble="", last_trouble_at=None
    )


def _note(request: HttpRequest, row: Provider, reason: str, person: User | None) -> None:
    audit.note(
        Kind.SIGN_IN_FAILED,
        by=None,
        about=person,
        provider=row.name,
        reason=reason[:200],
        **where(request),
    )
