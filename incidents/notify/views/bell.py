"""The bell, the list behind it, and what people choose to hear."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.digits import whole
from accounts.http import UserRequest, for_everyone, go
from accounts.paging import page
from incidents.notify import actions, tellings
from incidents.notify import choices as chosen
from incidents.notify.context import Bell
from incidents.notify.models import Delivery

ROWS = 30


@for_everyone
@require_GET
def inbox(request: UserRequest) -> HttpResponse:
    """What the bell rang for, newest first. Looking at it marks nothing as read."""
    rows = Delivery.objects.bell_of(request.user).with_words()
    found = page(rows, keys=("-id",), after=request.GET.get("after", ""), size=ROWS)
    notices = [(row, tellings.of(row, request.user)) for row in found.rows]
    context = {
        "notices": notices,
        "next": found.next,
        "newest": found.rows[0].pk if found.rows else 0,
        "is_first": "after" not in request.GET,
    }
    return render(request, "notify/inbox.html", context)


@for_everyone
@require_GET
def bell(request: UserRequest) -> HttpResponse:
    """The bell alone, for open pages."""
    return render(request, "notify/_bell.html", {"unread": Bell(request.user).unread})


@for_everyone
@require_POST
def read(request: UserRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to its ticket or article."""
    rows = Delivery.objects.bell_of(request.user).with_words()
    delivery = get_object_or_404(rows, pk=pk)
    actions.read(delivery, by=request.user)
    return go(request, tellings.of(delivery, request.user).url)


@for_everyone
@require_POST
def read_all(request: UserRequest) -> HttpResponse:
    newest = whole(request.POST.get("newest", ""), 18)
    if newest is not None:
        actions.read_all(by=request.user, newest=newest)
    return go(request, reverse("notify:inbox"))


@for_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: UserRequest) -> HttpResponse:
    """What to hear, by topic and channel: one form of boxes."""
    rows = chosen.of(request.user)
    if request.method != "POST":
        return render(request, "notify/choices.html", {"rows": rows})
    with transaction.atomic():
        for way in (way for row in rows for way in row.ways if not way.is_fixed):
            said = request.POST.get(way.name, "no")
            wanted, daily = said != "no", said == "daily" and way.can_be_daily
            if (wanted, daily) != (way.is_wanted, way.is_daily):
                actions.choose(by=request.user, topic=way.topic, channel=way.channel, wanted=wanted, daily=daily)  # fmt: skip
    messages.success(request, _("Saved."))
    return go(request, reverse("notify:choices"))
