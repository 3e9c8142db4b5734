"""Pages of administration about channels: the test of a service, and everything that was sent."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_q.tasks import async_task

from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_admins
from accounts.paging import page
from accounts.permissions import Permission
from incidents.notify import actions, sent, services
from incidents.notify.correspondence import Acknowledgement
from incidents.notify.models import QUIET_CHANNEL, Channel, ChatService, Delivery, Posting, State

for_keepers = for_admins(Permission.CHANNELS_MANAGE)
for_readers = for_admins(Permission.CHANNELS_MANAGE, Permission.AUDIT_READ)
ROWS = 50
ROOMS = "rooms"
STRANGERS = Acknowledgement.LANE


@for_keepers
@require_http_methods(["GET", "HEAD", "POST"])
def service_test(request: UserRequest, pk: int) -> HttpResponse:
    """The worker sends it, since nothing that answers pages loads Apprise; this page shows how the last one went."""
    service = get_object_or_404(ChatService.objects.select_related("team"), pk=pk)
    given, wrong = request.POST.get("to", ""), ""
    if request.method == "POST":
        try:
            to = services.check_to(given) if service.team_id is None else ""
        except InvalidInput as refusal:
            wrong = refusal.message
        else:
            async_task("incidents.notify.jobs.try_service", pk, to, request.user.pk, task_name="try a service", save=False)  # fmt: skip
            messages.success(request, _("On its way. Load this page again in a moment to see how it went."))  # fmt: skip
            return HttpResponseRedirect(reverse("admin:chat-service-test", args=[pk]))
    context = {"title": _("Send a test"), "service": service, "to": given[:80], "wrong": wrong}
    return _page(request, "admin/chat_service_test.html", context, status=422 if wrong else 200)


@for_readers
@require_GET
def deliveries(request: UserRequest) -> HttpResponse:
    """Filters stand in the address; of the matter itself only its number is shown."""
    asked = {name: request.GET.get(name, "")[:120] for name in ("state", "channel", "person")}
    after = request.GET.get("after", "")
    context: dict[str, Any] = {
        "title": _("What was sent"),
        "asked": asked,
        "states": State.choices,
        "channels": [
            *((channel.value, channel.label) for channel in Channel if channel != QUIET_CHANNEL),
            (ROOMS, _("Channels of teams")),
            (STRANGERS, _("Receipts to unknown addresses")),
        ],
        "may_retry": request.user.permits.anywhere(Permission.CHANNELS_MANAGE),
        "is_first": not after,
        "query": urlencode({name: value for name, value in asked.items() if value}),
    }  # fmt: skip
    if asked["channel"] == ROOMS:
        postings = Posting.objects.with_words()
        if asked["state"] in State.values:
            postings = postings.filter(state=asked["state"])
        found = page(postings, keys=("-id",), after=after, size=ROWS)
        context |= {"postings": found.rows, "next": found.next}
    elif asked["channel"] == STRANGERS:
        receipts = sent.acknowledgements(state=asked["state"], person=asked["person"])
        found = page(receipts, keys=("-id",), after=after, size=ROWS)
        context |= {"receipts": found.rows, "next": found.next}
    else:
        found = page(sent.everything(**asked), keys=("-id",), after=after, size=ROWS)
        context |= {"rows": [sent.for_administrator(row) for row in found.rows], "next": found.next}
    return _page(request, "admin/deliveries.html", context)


@for_keepers
@require_POST
def delivery_retry(request: UserRequest, pk: int) -> HttpResponse:
    actions.retry(get_object_or_404(Delivery.objects.leaving(), pk=pk), by=request.user)
    return _retried(request)


@for_keepers
@require_POST
def posting_retry(request: UserRequest, pk: int) -> HttpResponse:
    actions.retry_posting(get_object_or_404(Posting, pk=pk), by=request.user)
    return _retried(request)


@for_keepers
@require_POST
def receipt_retry(request: UserRequest, pk: int) -> HttpResponse:
    actions.retry_acknowledgement(get_object_or_404(Acknowledgement, pk=pk), by=request.user)
    return _retried(request)


def _retried(request: UserRequest) -> HttpResponse:
    messages.success(request, _("It is sent again."))
    names = ("state", "channel", "person")
    kept = {name: request.POST[name][:120] for name in names if request.POST.get(name)}
    return HttpResponseRedirect(f"{reverse('admin:deliveries')}?{urlencode(kept)}")


def _page(
    request: UserRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), **context}, status=status
    )
