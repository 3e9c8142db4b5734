"""The API's own door. What comes here has a token or nothing: no session, no cookie, no form's token counts.

Stands before sessions and signing in, so a program's request pays for none of it, and a browser that is signed in can
be made to do nothing here. Everything that can go wrong behind it is said as a problem.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core import signals
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import AccessToken, User
from incidents.api import description, limits, problems
from incidents.workflow import rulebook

ROOT = "/api/v1/"
PAGES = {ROOT, f"{ROOT}openapi.json"}
"""For people who signed in, too; programs get the description with their token."""
POLICY = "default-src 'none'; frame-ancestors 'none'"
READING = {"GET", "HEAD"}
log = logging.getLogger("firebreak.api")


class TokenRequest(HttpRequest):
    """A request by a program."""

    user: User
    token: AccessToken


class Gate:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(ROOT) or (path in PAGES and "Authorization" not in request.headers):
            return self.get_response(request)
        answer = _answered(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer["X-Frame-Options"] = "DENY"
        patch_vary_headers(answer, ["Authorization"])
        return answer


def _answered(request: Any) -> HttpResponseBase:
    """The answer, whatever happens."""
    allowance: limits.Allowance | None = None
    try:
        request.get_host()
        network = limits.network_of(get_client_ip(request) or "")
        allowance = limits.take("network", f"net:{network}", settings.API_REQUESTS_PER_NETWORK)
        if allowance.is_refused:
            return _too_often(allowance)
        try:
            token = _token(request)
        except access.BadToken as error:
            bad = limits.take("bad", f"bad:{network}", settings.API_BAD_TOKENS_PER_NETWORK)
            return _too_often(bad) if bad.is_refused else problems.response(401, error.message)
        allowance = limits.take("token", f"token:{token.pk}", settings.API_REQUESTS_PER_TOKEN)
        if allowance.is_refused:
            return _too_often(allowance)
        answer = _run(request, token)
    except Exception as error:  # noqa: BLE001 (the API's one place for what nobody foresaw)
        answer = problems.of(error) or _broken(request, error)
    for name, value in (allowance.headers if allowance else {}).items():
        answer[name] = value
    return answer


def _token(request: Any) -> AccessToken:
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise access.BadToken(_("Send an access token as “Authorization: Bearer fb_…”."))
    return access.holder_of(secret.strip(), at=timezone.now())


def _run(request: Any, token: AccessToken) -> HttpResponseBase:
    if access.lacks_second_factor(token):
        return problems.response(403, _("This account must set up its second step first."))
    access.note_use(token, at=timezone.now())
    request.token, request.user = token, token.person
    if any("\x00" in part for part in (request.path_info, *request.GET, *_values(request))):
        return problems.response(400)
    method = request.method
    if method == "HEAD":
        request.method = "GET"
    try:
        # A program that asks for the page about the API gets what that page is made of.
        match = resolve(f"{ROOT}openapi.json" if request.path_info == ROOT else request.path_info)
    except Resolver404:
        return problems.response(
            404, _("There is nothing here, or nothing that this token may see.")
        )
    request.resolver_match = match
    strange = set(request.GET) - description.queries().get((match.route, request.method), set())
    if strange:
        names = sorted(name[:60] for name in strange)
        errors = [{"field": name, "message": _("There is no such parameter.")} for name in names]
        return problems.response(
            400, _("This address has parameters that are not known."), errors=errors
        )
    with timezone.override(token.person.zone):
        if method in READING:
            with rulebook.asked_once():
                answer = match.func(request, *match.args, **match.kwargs)
            request.method = method
        else:
            answer = match.func(request, *match.args, **match.kwargs)
    return _as_problem(answer)


def _values(request: HttpRequest) -> list[str]:
    return [value for _name, values in request.GET.lists() for value in values]


def _as_problem(answer: HttpResponseBase) -> HttpResponseBase:
    """What a library answered by itself, such as that it knows no such method, in our form."""
    is_ours = answer.headers.get("Content-Type", "").startswith(problems.CONTENT_TYPE)
    if answer.status_code < 400 or is_ours:
        return answer
    allow = answer.headers.get("Allow")
    return problems.response(answer.status_code, headers={"Allow": allow} if allow else None)


def _too_often(allowance: limits.Allowance) -> HttpResponse:
    return problems.response(
        429,
        _("That was too often. Try again in %(seconds)d seconds.") % {"seconds": allowance.seconds},
        headers=allowance.headers,
    )


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Only a reference goes out; the log has the rest."""
    reference = secrets.token_hex(4)
    log.exception("API broke, reference %s: %s %s", reference, request.method, request.path_info)
    signals.got_request_exception.send(sender=Gate, request=request)
    detail = _("Something broke on our side. Tell us this reference: %(reference)s.")
    return problems.response(500, detail % {"reference": reference}, reference=reference)
