"""What every view needs: the typed request, who a view is for, and how it answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.errors import NotAllowed
from accounts.models import User
from accounts.permissions import Permission

View = Callable[..., HttpResponseBase]
Audience = Literal["public", "everyone", "agents", "editors", "admins"]


class UserRequest(HttpRequest):
    """A request by somebody who signed in."""

    user: User
    htmx: HtmxDetails


def _for(
    audience: Audience, allows: Callable[[User], bool], message: str
) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: UserRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allows(request.user):
                raise NotAllowed(_(message))
            return view(request, *args, **kwargs)

        guarded.audience = audience  # type: ignore[attr-defined]
        return guarded

    return decorate


def for_public(view: View) -> View:
    """Anybody, also without signing in."""
    view.audience = "public"  # type: ignore[attr-defined]
    return login_not_required(view)


def for_everyone(view: View) -> View:
    """Everybody who signed in."""
    return _for("everyone", lambda user: user.is_authenticated, "")(view)


def for_agents(view: View) -> View:
    """People who see the tickets of at least one team."""
    return _for(
        "agents",
        lambda user: user.is_agent,
        gettext_noop("The desk is for people who work on tickets."),
    )(view)


def for_editors(view: View) -> View:
    """People who write articles."""
    return _for(
        "editors",
        lambda user: user.is_editor,
        gettext_noop("The shelf is for people who write articles."),
    )(view)


def for_admins(*permissions: Permission) -> Callable[[View], View]:
    """People who hold one of these administration permissions."""
    return _for(
        "admins",
        lambda user: user.permits.anywhere(*permissions),
        gettext_noop("This part of administration is not yours to open."),
    )


def answer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    or_go_to: str,
    status: int = 200,
) -> HttpResponse:
    """With htmx the partial, without JavaScript a redirect: the one place that decides."""
    if getattr(request, "htmx", False):
        return render(request, template, context, status=status)
    return HttpResponseRedirect(or_go_to)


def go(request: HttpRequest, to: str) -> HttpResponse:
    """Send the whole page elsewhere, with or without htmx."""
    return (
        HttpResponseClientRedirect(to)
        if getattr(request, "htmx", False)
        else HttpResponseRedirect(to)
    )


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """The page that `next` names, if it is one of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=settings.HTTPS
    )
    return target if ours else fallback
