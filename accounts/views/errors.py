"""Pages for when something is not to be had: they look like the portal."""

import secrets

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts import typed
from accounts.context import site
from accounts.errors import NotAllowed, TooMuch
from accounts.middleware import as_notice, log, page_of

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that can't be read, or holds so much that it is not. The text is still in the person's browser."""
    is_too_much = isinstance(exception, TOO_MUCH)
    if is_too_much and request.headers.get("HX-Request"):
        refusal = TooMuch(
            _("That was too much to send at once, so nothing was sent. What you typed is still here: put the long part into a file.")
        )  # fmt: skip
        return as_notice(request, refusal)
    page = "413.html" if is_too_much else "400.html"
    return render(request, page, status=413 if is_too_much else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    reference = secrets.token_hex(4)
    log.error(
        "server error, reference %s: %s %s", reference, request.method, request.path, exc_info=True
    )
    return render(None, "500.html", {"reference": reference, **site(request)}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly, that somebody signed in again in another tab: every page that was open before is stale then."""
    if not request.headers.get("HX-Request"):
        return render(request, "403_csrf.html", status=403)
    if typed.keep(request):
        messages.warning(
            request, _("You signed in or out in another tab meanwhile, so nothing was sent yet. Please send it once more.")
        )  # fmt: skip
        return HttpResponseClientRedirect(page_of(request))
    refusal = NotAllowed(
        _("You signed in or out in another tab meanwhile, so nothing was done. Reload this page and try again.")
    )  # fmt: skip
    return as_notice(request, refusal)
