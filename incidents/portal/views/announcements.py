"""Banners: one by itself, putting one away, and what is known of the service that somebody is about to report."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import UserRequest, answer, for_everyone, safe_next
from incidents.portal import announcements

BANNER = "portal/_announcements.html"


@for_everyone
@require_GET
def announcement(request: UserRequest, pk: int) -> HttpResponse:
    """Where its feed leads, also when it was put away or is over."""
    found = get_object_or_404(announcements.readable_by(request.user), pk=pk)
    is_over = announcements.state_of(found, at=timezone.now()) == announcements.State.OVER
    context = {"announcement": found, "is_over": is_over, "announcements": ()}  # it stands here
    return render(request, "portal/announcement.html", context)


@for_everyone
@require_POST
def announcement_dismiss(request: UserRequest, pk: int) -> HttpResponse:
    announcement = get_object_or_404(announcements.told_to(request.user), pk=pk)
    announcements.dismiss(announcement, by=request.user)
    return answer(request, BANNER, {}, or_go_to=safe_next(request))


@for_everyone
@require_GET
def service_news(request: UserRequest) -> HttpResponse:
    """Beside the filing form, as soon as a service is chosen there."""
    about = announcements.about_service(request.GET.get("service", ""), request.user)
    return render(request, "portal/_service_news.html", {"about": about})
