"""How it went: five buttons on the ticket's page, and the same behind a signed link for those who did not sign in."""

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import UserRequest, answer, for_everyone, for_public
from incidents.portal import ratings
from incidents.portal.ratings import Card
from incidents.tickets import actions
from incidents.tickets.errors import AlreadyRated
from incidents.tickets.models import Ticket

CARD = "portal/ticket/_rating.html"
PAGE = "portal/rate.html"


@for_everyone
@require_POST
def ticket_rate(request: UserRequest, number: int) -> HttpResponse:
    """One click."""
    ticket = _find(request, number)
    actions.rate(ticket, score=ratings.score_in(request.POST), by=request.user)
    return _card(request, ticket)


@for_everyone
@require_POST
def ticket_rate_comment(request: UserRequest, number: int) -> HttpResponse:
    """Words to go with the click, if somebody likes."""
    ticket = _find(request, number)
    asked = ratings.card(request, ticket)
    if asked is None or asked.rating is None:
        raise Http404
    actions.comment_rating(asked.rating, request.POST.get("comment", ""), by=request.user)
    return _card(request, ticket)


@for_public
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link in a mail. Looking at it, as scanners of mail do, rates nothing; the click is a POST."""
    asked = ratings.by_link(token)
    if asked is None:
        return _page(request, None, status=404)
    if request.method != "POST":
        return _page(request, asked)
    if too_many := ratelimit.consume_or_429(request, action="rate", key=token):
        return too_many
    try:
        ratings.answer(asked.question, request.POST)
    except AlreadyRated as refusal:
        return _page(request, ratings.by_link(token), refusal=refusal, status=refusal.status)
    return redirect("portal:rate", token)


def _find(request: UserRequest, number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.visible_to(request.user).for_page(), number=number)


def _card(request: UserRequest, ticket: Ticket) -> HttpResponse:
    context = {"ticket": ticket, "asking": ratings.card(request, ticket)}
    return answer(request, CARD, context, or_go_to=f"{ticket.get_absolute_url()}#rating")


def _page(
    request: HttpRequest,
    asked: Card | None,
    *,
    refusal: AlreadyRated | None = None,
    status: int = 200,
) -> HttpResponse:
    """In the language of the person who was asked; the browser's where that is not known."""
    language = (asked and asked.question.person.language) or translation.get_language()
    with translation.override(language):
        context = {"asking": asked, "refusal": refusal}
        response = render(request, PAGE, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
