"""Rules that hold for every request: signing in, the second factor, privacy of answers, and refusals in words."""

import logging
import secrets
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from accounts import typed
from accounts.context import site
from accounts.errors import EditConflict, Refused
from accounts.permits import SECOND_STEP

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("firebreak.requests")


def browsers_language(get_response: Answer) -> Answer:
    """Words as the browser asks for them, until we know who it is: `PersonalMiddleware` puts the person's own choice first.

    Outermost of ours, so that pages about errors speak that language, too.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_request(request)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        with translation.override(language):
            response = get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        return response

    return middleware


def database_away(get_response: Answer) -> Answer:
    """Says so in words when the database cannot be reached, instead of failing page by page.

    Outermost of ours: the session, too, needs the database.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def unreachable(request: HttpRequest, error: Exception) -> HttpResponse:
        reference = secrets.token_hex(4)
        log.error("database away, reference %s: %s", reference, error)
        page = render(None, "503.html", {"reference": reference, **site(request)}, status=503)
        page["Retry-After"] = "30"
        return page

    def caught(request: HttpRequest) -> HttpResponse:
        try:
            return middleware(request)
        except (OperationalError, InterfaceError) as error:
            return unreachable(request, error)

    caught.process_exception = lambda request, error: (  # type: ignore[attr-defined]
        unreachable(request, error)
        if isinstance(error, OperationalError | InterfaceError)
        else None
    )
    return caught


class PersonalMiddleware:
    """Times and words as the person has them."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        zone, language = settings.DEFAULT_TIME_ZONE, ""
        if person.is_authenticated:
            zone, language = person.zone, person.language
        request.LANGUAGE_CODE = language or translation.get_language()  # type: ignore[attr-defined]
        with timezone.override(zone), translation.override(request.LANGUAGE_CODE):  # type: ignore[attr-defined]
            return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's rule, and: text sent after the session ended is kept until the person is back.

    A fragment leads away from its page only where that text was put aside. Whatever else asks, a suggestion while
    somebody types, a refresh, a button elsewhere on the page, gets a notice: what stands in the forms would be lost.
    """

    def handle_no_permission(  # type: ignore[override]  # htmx is sent by its own redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        is_kept = request.method == "POST" and typed.keep(request)
        is_fragment = bool(request.headers.get("HX-Request"))
        is_page = request.method == "GET" and not is_fragment
        back = request.get_full_path() if is_page else page_of(request)
        address = f"{reverse(settings.LOGIN_URL)}?next={quote(back)}"
        if not is_fragment:
            return HttpResponseRedirect(address)
        if is_kept:
            return HttpResponseClientRedirect(address)
        notice = render(request, "components/_signed_out.html", {"address": address}, status=401)
        return as_only_a_notice(notice)


def page_of(request: HttpRequest) -> str:
    """The page that a form or a fragment stands on, as a path of ours with its query."""
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    parts = urlsplit(came_from)
    if parts.netloc != request.get_host():
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


class StaffSecondFactorMiddleware:
    """Where `REQUIRE_STAFF_MFA` is on, staff set up a second factor before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if (
            settings.REQUIRE_STAFF_MFA
            and person.is_authenticated
            and not request.path.startswith(
                ("/accounts/", "/static/", "/sw.js", "/manifest.", "/offline/")
            )
            and person.is_on_staff
            and not is_mfa_enabled(person)
            and SECOND_STEP not in request.session
        ):
            return HttpResponseRedirect(reverse("mfa_index") + "?required=1")
        return self.get_response(request)


class PrivateAnswersMiddleware:
    """Answers to people who signed in are kept by no cache; fragments and pages are told apart."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return response


class RefusalMiddleware:
    """Turns a rule's "no" into an answer, once for all views."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Whoever opens by hand, or loads again, what only a button sends to gets a page and not an empty window."""
        response = self.get_response(request)
        is_bare = response.status_code == 405 and request.method == "GET" and not response.content
        if is_bare and request.accepts("text/html"):
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        if request.headers.get("HX-Request"):
            return as_notice(request, error)
        context = {"refusal": error, "changes": getattr(error, "changes", ())}
        template = "conflict.html" if isinstance(error, EditConflict) else "refused.html"
        return render(request, template, context, status=error.status)


def as_notice(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The refusal of a fragment: a notice, and the page stays as it is."""
    context = {"refusal": refusal, "changes": getattr(refusal, "changes", ())}
    response = render(request, "components/_refusal.html", context, status=refusal.status)
    return as_only_a_notice(response)


def as_only_a_notice(response: HttpResponse) -> HttpResponse:
    """Whatever asked for it, this answer is shown among the notices."""
    return reswap(retarget(response, "#notices"), "innerHTML")
