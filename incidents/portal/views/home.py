"""The page on which everybody starts: search, my open tickets, what to report."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from accounts.models import User
from incidents.live import topics
from incidents.portal import mine
from incidents.tickets.models import Category
from knowledge import search
from knowledge.models import Article

MOST_SUGGESTIONS = 5
MOST_FEATURED = 6
FEWEST_LETTERS = 2
LONGEST_QUESTION = 200


@for_everyone
@require_GET
def home(request: UserRequest) -> HttpResponse:
    context = {
        "nav": "home",
        "greeting": _greeting(request.user),
        "categories": Category.objects.in_use().filter(parent=None),
        "featured": Article.objects.readable_by(request.user).featured()[:MOST_FEATURED],
        "live": topics.sign(request.user, [f"requester:{request.user.pk}"]),
        **_my_tickets(request.user),
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


@for_everyone
@require_GET
def suggest(request: UserRequest) -> HttpResponse:
    """Articles while somebody types what is wrong. Without JavaScript nobody comes here."""
    words = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    if not request.htmx:
        return redirect(f"{reverse('knowledge:search')}?{urlencode({'q': words})}")
    return render(request, "portal/_suggestions.html", _found(words, request.user))


@for_everyone
@require_GET
def answers(request: UserRequest) -> HttpResponse:
    """Articles beside the form, while its title is typed."""
    words = request.GET.get("title", "").strip()[:LONGEST_QUESTION]
    return render(request, "portal/_answers.html", _found(words, request.user))


def _found(words: str, user: User) -> dict[str, Any]:
    enough = len(words) >= FEWEST_LETTERS
    hits = search.find(words, user=user, limit=MOST_SUGGESTIONS).hits if enough else []
    return {"words": words if enough else "", "hits": hits}


def _my_tickets(user: User) -> dict[str, Any]:
    lines = mine.for_home(user)
    return {"lines": lines, "stamp": mine.stamp(lines)}


def _greeting(user: User) -> str:
    hour = timezone.localtime().hour
    if hour < 12:
        words = _("Good morning, %s")
    else:
        words = _("Good afternoon, %s") if hour < 18 else _("Good evening, %s")
    return words % user.first_name
