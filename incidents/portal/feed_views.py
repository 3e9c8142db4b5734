"""Whose calendar or feed reader fetches by a secret address, for administrators, who can end one."""

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import paging, policies
from accounts.http import UserRequest, for_admins
from accounts.permissions import Permission
from incidents.portal import feeds
from incidents.portal.models import FeedAddress

for_readers = for_admins(Permission.PEOPLE_MANAGE, Permission.AUDIT_READ)
for_writers = for_admins(Permission.PEOPLE_MANAGE)
LONGEST = 120


@for_readers
@require_GET
def feed_addresses(request: UserRequest) -> HttpResponse:
    """Newest first; of people with this name or address."""
    asked = {"person": request.GET.get("person", "").replace("\x00", "").strip()[:LONGEST]}
    rows = feeds.addresses(person=asked["person"])
    found = paging.page(rows, ("-id",), request.GET.get("after", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Calendar and feed addresses"),
        "asked": asked,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "rows": found.rows,
        "may_end": policies.can_manage_people(request.user),
        "next": found.next,
        "is_first": "after" not in request.GET,
    }
    return TemplateResponse(request, "admin/feed_addresses.html", context)


@for_writers
@require_POST
def feed_address_end(request: UserRequest, pk: int) -> HttpResponse:
    address = get_object_or_404(FeedAddress.objects.select_related("user"), pk=pk)
    feeds.end(address, by=request.user)
    messages.success(
        request,
        _("Ended. What fetches by this address gets nothing more; %(person)s can make another.")
        % {"person": address.user},
    )
    back = urlencode({"person": address.user.email})
    return HttpResponseRedirect(f"{reverse('admin:feed-addresses')}?{back}")
