"""The page on which everybody starts: search, my open tickets, what to report."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from accounts.models import User
from incidents.live import topics
from incidents.portal import deflection, mine
from incidents.tickets.models import Category
from knowledge import languages
from knowledge.models import Article

MOST_FEATURED = 6


@for_everyone
@require_GET
def home(request: UserRequest) -> HttpResponse:
    context = {
        **_my_tickets(request.user),  # first: they bring the rules that the rest asks for, too
        "nav": "home",
        "greeting": _greeting(request.user),
        "known": deflection.known_problems(request.user),
        "categories": Category.objects.in_use().filter(parent=None),
        "featured": _featured(request.user),
        "live": topics.sign(request.user, [f"requester:{request.user.pk}"]),
    }
    return render(request, "portal/home.html", context)


@for_everyone
@require_GET
def open_tickets(request: UserRequest) -> HttpResponse:
    """The home page's list by itself; nothing when the page has it as it is (`?seen=`)."""
    context = _my_tickets(request.user)
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "portal/home.html#my-tickets", context)


def _my_tickets(user: User) -> dict[str, Any]:
    lines = mine.for_home(user)
    return {"lines": lines, "stamp": mine.stamp(lines)}


def _featured(user: User) -> list[Article]:
    readable = Article.objects.readable_by(user)
    return list(languages.one_each(readable).featured()[:MOST_FEATURED])


def _greeting(user: User) -> str:
    hour = timezone.localtime().hour
    if hour < 12:
        words = _("Good morning, %s")
    else:
        words = _("Good afternoon, %s") if hour < 18 else _("Good evening, %s")
    return words % user.first_name
