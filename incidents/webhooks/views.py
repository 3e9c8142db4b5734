"""What administration shows and does beside a webhook's form: its secret once, a test, the log, sending again."""

import json
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import paging, shown_once
from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_admins
from accounts.permissions import Permission
from incidents.webhooks import actions, payload
from incidents.webhooks.models import Endpoint, Post, State
from incidents.webhooks.policies import can_manage
from incidents.webhooks.words import NAMES

for_readers = for_admins(Permission.CHANNELS_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.CHANNELS_MANAGE)
SINCE = {
    "1": gettext_lazy("the last hour"),
    "24": gettext_lazy("the last day"),
    "72": gettext_lazy("the last three days"),
    "720": gettext_lazy("the last thirty days"),
}
"""Hours, as the form offers them."""


def state_of(endpoint: Endpoint) -> str:
    """In one word or two, for the list and the page."""
    if endpoint.disabled_at:
        return _("switched off after failures")
    if not endpoint.is_active:
        return _("not in use")
    if endpoint.failing_since:
        return _("failing since %(when)s") % {
            "when": date_format(timezone.localtime(endpoint.failing_since), "SHORT_DATETIME_FORMAT")
        }
    return _("in use")


def log_of(request: UserRequest, key: str) -> dict[str, Any]:
    """Context of a webhook's page: its newest messages, or those of one state."""
    endpoint = Endpoint.objects.filter(pk=key).first() if key.isdecimal() else None
    if endpoint is None:
        return {}  # the page itself says that there is none
    chosen = request.GET.get("state", "")
    if chosen not in {"", *State.values}:
        raise InvalidInput(_("There is no such state."), field="state")
    posts = endpoint.posts.for_log()
    if chosen:
        posts = posts.filter(state=chosen)
    found = paging.page(posts, ("-id",), request.GET.get("after", ""), size=25)
    return {
        "endpoint": endpoint,
        "state_words": state_of(endpoint),
        "may_manage": can_manage(request.user),
        "log": [(post, kind_of(post)) for post in found.rows],
        "log_next": found.next,
        "log_states": State.choices,
        "log_state": chosen,
        "since_choices": SINCE.items(),
        "has_failed": endpoint.posts.filter(state=State.FAILED, event__isnull=False).exists(),
    }


def kind_of(post: Post) -> str:
    return str(NAMES.get(post.event.kind, post.event.kind)) if post.event else _("Test")  # type: ignore[call-overload]  # a kind's value


def to_secret_page(request: UserRequest, endpoint: Endpoint) -> HttpResponse:
    """To the only page that ever shows a secret, once."""
    shown_once.keep(request, "webhook", endpoint.secret, of=endpoint.pk)
    return HttpResponseRedirect(reverse("admin:webhook-secret", args=[endpoint.pk]))


@for_managers
@require_http_methods(["GET", "POST"])
def secret_rotate(request: UserRequest, pk: int) -> HttpResponse:
    """A new secret beside the former one, which the page after it shows this once."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    if request.method == "POST":
        endpoint = actions.rotate_secret(endpoint, by=request.user, at=timezone.now())
        return to_secret_page(request, endpoint)
    made = shown_once.take(request, "webhook", of=pk)
    if made is None:
        return _to(pk)
    return _page(request, "admin/webhooks/secret.html", endpoint.name, endpoint=endpoint, secret=made[1])  # fmt: skip


@for_managers
@require_POST
def test_send(request: UserRequest, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=pk)
    outcome = actions.try_out(endpoint, by=request.user)
    took = {"ms": int(outcome.took * 1000), "words": outcome.words}
    if outcome.is_good:
        messages.success(request, _("%(words)s It took %(ms)s ms.") % took)
    else:
        messages.error(request, _("The test failed. %(words)s") % took)
    return _to(endpoint.pk)


@for_managers
@require_POST
def failed_replay(request: UserRequest, pk: int) -> HttpResponse:
    hours = request.POST.get("hours", "")
    if hours not in SINCE:
        raise InvalidInput(_("Choose since when."), field="hours")
    endpoint, now = get_object_or_404(Endpoint, pk=pk), timezone.now()
    since = now - timedelta(hours=int(hours))
    count = actions.replay_failed(endpoint, since=since, by=request.user, at=now)
    words = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", count)
    messages.success(request, words % {"n": count})
    return _to(pk)


@for_readers
@require_GET
def message(request: UserRequest, pk: int) -> HttpResponse:
    """One message with every try. Its words are left out: who sets up channels need not see every ticket."""
    post = get_object_or_404(Post.objects.for_log(), pk=pk)
    post.endpoint.is_full = False
    body = json.dumps(payload.payload(post, post.endpoint), ensure_ascii=False, indent=2)
    return _page(
        request, "admin/webhooks/message.html", _("Message"), post=post, body=body, kind=kind_of(post),
        tries=post.tries.all()[:100], may_manage=can_manage(request.user),
    )  # fmt: skip


@for_managers
@require_POST
def message_replay(request: UserRequest, pk: int) -> HttpResponse:
    post = actions.replay(get_object_or_404(Post, pk=pk), by=request.user, at=timezone.now())
    messages.success(request, _("The message is sent again."))
    return HttpResponseRedirect(reverse("admin:webhook-message", args=[post.pk]))


def _page(
    request: UserRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    full = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, full, status=status)


def _to(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:webhooks_endpoint_change", args=[pk]))
