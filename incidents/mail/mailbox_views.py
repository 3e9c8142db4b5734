"""What administration shows and does beside a mailbox's form: how fetching goes, the test, the token."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_q.tasks import async_task

from accounts import shown_once
from accounts.actions.record import record_changed
from accounts.administration.proof import is_proved, to_proof
from accounts.http import UserRequest, for_admins
from accounts.limits import require_seldom
from accounts.outbound import is_outgoing_on
from accounts.permissions import Permission
from incidents.mail import tokens
from incidents.mail.models import LATE, Fetching, Mailbox
from incidents.mail.probing import probe

for_managers = for_admins(Permission.CHANNELS_MANAGE)


def state_of(mailbox: Mailbox, at: datetime) -> str:
    """In some words, for the list and the page."""
    if not mailbox.is_active:
        return _("not in use")
    row: Fetching | None = getattr(mailbox, "fetching", None)
    if not mailbox.host:
        return _("in use")
    if not is_outgoing_on():
        return _("nothing is fetched: OUTGOING is off")
    if row is None:
        return _("not fetched yet")
    if row.trouble:
        return _("failing: %(words)s") % {"words": row.trouble_words}
    if row.finished_at is None or row.finished_at < at - LATE:
        return _("late: is the worker running?")
    when = date_format(timezone.localtime(row.finished_at), "SHORT_DATETIME_FORMAT")
    return _("last fetched %(when)s") % {"when": when}


def standing(request: UserRequest, key: str) -> dict[str, Any]:
    """Context of a mailbox's page."""
    rows = Mailbox.objects.select_related("fetching")
    mailbox = rows.filter(pk=key).first() if key.isdecimal() else None
    if mailbox is None:
        return {}  # a new one, or the page itself says that there is none
    return {
        "mailbox": mailbox,
        "is_outgoing_on": is_outgoing_on(),
        "fetching": getattr(mailbox, "fetching", None),
        "state_words": state_of(mailbox, timezone.now()),
        "may_manage": request.user.permits.anywhere(Permission.CHANNELS_MANAGE),
        "hand_over_url": request.build_absolute_uri(reverse("mail:hand-over", args=[mailbox.slug])),
    }


@for_managers
@require_POST
def connection_test(request: UserRequest, pk: int) -> HttpResponse:
    """Go all the way to the folder, as it is saved, and show every step."""
    mailbox = get_object_or_404(Mailbox.objects.exclude(host=""), pk=pk)
    require_seldom(
        "mailbox-test", request.user.pk, most=10, seconds=60, message=_("Too many tests. Wait a minute."),
    )  # fmt: skip
    steps = probe(mailbox)
    is_well = all(step.state == "ok" for step in steps)
    return _page(request, "admin/mailboxes/test.html", mailbox, steps=steps, is_well=is_well)


@for_managers
@require_POST
def fetch_now(request: UserRequest, pk: int) -> HttpResponse:
    """Without waiting for the minute, or the end of a rest after a failure."""
    mailbox = get_object_or_404(Mailbox.objects.fetched(), pk=pk)
    if not is_outgoing_on():
        messages.error(request, _("Nothing is fetched: the setting OUTGOING is off."))
        return _to(pk)
    Fetching.objects.filter(mailbox=mailbox).update(due_at=None)
    async_task("incidents.mail.jobs.fetch", mailbox.pk, task_name="fetch mail", save=False)
    messages.success(request, _("It is fetched now. Look again in a moment."))
    return _to(pk)


@for_managers
@require_http_methods(["GET", "POST"])
def token_renew(request: UserRequest, pk: int) -> HttpResponse:
    """A new token, which the page after it shows this once; the former one opens nothing any more."""
    mailbox = get_object_or_404(Mailbox, pk=pk)
    if request.method == "GET":
        made = shown_once.take(request, "mailbox", of=pk)
        return _token_page(request, mailbox, made[1]) if made else _to(pk)
    if not is_proved(request):
        return to_proof(reverse("admin:mail_mailbox_change", args=[pk]))
    before = mailbox.token_made_at
    token = tokens.renew(mailbox)
    record_changed(
        mailbox, by=request.user, before={"token_made_at": _said(before)},
        after={"token_made_at": _said(mailbox.token_made_at)},
    )  # fmt: skip
    shown_once.keep(request, "mailbox", token, of=pk)
    return HttpResponseRedirect(reverse("admin:mailbox-token", args=[pk]))


def _token_page(request: UserRequest, mailbox: Mailbox, token: str) -> HttpResponse:
    address = request.build_absolute_uri(reverse("mail:hand-over", args=[mailbox.slug]))
    return _page(request, "admin/mailboxes/token.html", mailbox, token=token, address=address)


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _page(request: UserRequest, template: str, mailbox: Mailbox, **context: Any) -> HttpResponse:
    full = {**admin.site.each_context(request), "title": mailbox.name, "mailbox": mailbox, **context}  # fmt: skip
    return TemplateResponse(request, template, full)


def _to(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:mail_mailbox_change", args=[pk]))
