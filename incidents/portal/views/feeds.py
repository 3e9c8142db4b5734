"""Calendar and feeds: made and switched off on one's account, fetched without signing in by whoever has the address."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import shown_once
from accounts.http import UserRequest, for_everyone, for_public
from accounts.limits import require_seldom
from incidents.portal import feeds
from incidents.portal.models import FeedAddress

PAGE = "portal/feeds.html"
ROUTES = {"calendar": "portal:calendar", "announcements": "portal:announcements-feed"}
MOST = 30
TEN_MINUTES = 600


@for_everyone
@require_GET
def own_feeds(request: UserRequest) -> HttpResponse:
    """With the address of one that was made just now, this once: it is kept as a digest."""
    made, url = shown_once.take(request, "feed") or ("", "")
    there = feeds.of(request.user)
    told = [(kind, there.get(kind.value), url if kind == made else "") for kind in feeds.Kind]
    return render(request, PAGE, {"feeds": told})


@for_everyone
@require_POST
def feed_make(request: UserRequest, kind: str) -> HttpResponse:
    token = feeds.make(request.user, _known(kind))
    url = settings.SITE_URL + reverse(ROUTES[kind], args=[token])
    shown_once.keep(request, "feed", url, of=kind)
    return HttpResponseRedirect(reverse("portal:feeds"))


@for_everyone
@require_POST
def feed_remove(request: UserRequest, kind: str) -> HttpResponse:
    feeds.remove(request.user, _known(kind))
    return HttpResponseRedirect(reverse("portal:feeds"))


@for_public
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    address = _address(token, "calendar")
    with translation.override(address.user.letter_language):
        body = feeds.calendar_of(address.user, timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="tickets.ics"'
    return _for_its_owner(response)


@for_public
@require_safe
def announcements(request: HttpRequest, token: str) -> HttpResponse:
    address = _address(token, "announcements")
    with translation.override(address.user.letter_language):
        body = feeds.announcements_of(address.user, settings.SITE_URL + request.path)
    return _for_its_owner(HttpResponse(body, content_type="application/rss+xml; charset=utf-8"))


def _known(kind: str) -> str:
    if kind not in ROUTES:
        raise Http404
    return kind


def _address(token: str, kind: str) -> FeedAddress:
    address = feeds.find(token, kind)
    if address is None:
        raise Http404
    require_seldom(
        "feed", address.pk, most=MOST, seconds=TEN_MINUTES,
        message=_("This address is fetched too often. Once an hour is enough."),
    )  # fmt: skip
    feeds.note_use(address, timezone.now())
    return address


def _for_its_owner(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    response["X-Content-Type-Options"] = "nosniff"
    return response
