"""Several people asked in at once: pasted or as a CSV, looked at first, then invited."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import actions, invitations, letters, occasions, paging, policies
from accounts.actions.invite import nudge
from accounts.errors import Refused
from accounts.http import UserRequest, for_admins
from accounts.invitations import LARGEST, Row, State
from accounts.models import Invitation
from accounts.permissions import Permission

PAGE = "admin/invitations.html"
for_readers = for_admins(Permission.PEOPLE_MANAGE, Permission.AUDIT_READ)
for_writers = for_admins(Permission.PEOPLE_MANAGE)


@for_readers
@require_GET
def invitation_list(request: UserRequest) -> HttpResponse:
    """Who was invited, and who has come."""
    return _page(request)


@for_writers
@require_POST
def invitation_preview(request: UserRequest) -> HttpResponse:
    """What would become of each line. Changes nothing."""
    text = request.POST.get("people", "")[: LARGEST + 1]
    try:
        if sent := request.FILES.get("file"):
            text = invitations.decoded(sent.read(LARGEST + 1))
        rows = invitations.weigh(invitations.read(text), by=request.user)
    except Refused as refusal:
        return _page(request, text=text, wrong=refusal.message, status=refusal.status)
    return _page(request, text=text, rows=rows)


@for_writers
@require_POST
def invitation_send(request: UserRequest) -> HttpResponse:
    """Invite those lines that can be; the others come back with the reason."""
    text = request.POST.get("people", "")[: LARGEST + 1]
    try:
        rows = invitations.invite(invitations.read(text), by=request.user)
    except Refused as refusal:
        return _page(request, text=text, wrong=refusal.message, status=refusal.status)
    count = sum(row.state == State.NEW for row in rows)
    if count:
        nudge()
    said = ngettext("%(n)s person is invited.", "%(n)s people are invited.", count) % {"n": count}
    messages.success(request, said)
    refused = [row for row in rows if row.state == State.REFUSED]
    if refused:
        return _page(request, rows=refused, is_done=True, status=200)
    return HttpResponseRedirect(reverse("admin:invitations"))


@for_writers
@require_POST
def invitation_again(request: UserRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.select_related("person"), pk=pk)
    actions.invite_again(invitation, by=request.user)
    nudge()
    messages.success(
        request, _("%(person)s gets the mail again.") % {"person": invitation.person.display_name}
    )
    return HttpResponseRedirect(reverse("admin:invitations"))


def _page(
    request: UserRequest,
    *,
    text: str = "",
    rows: list[Row] | None = None,
    wrong: str = "",
    is_done: bool = False,
    status: int = 200,
) -> HttpResponse:
    listed = Invitation.objects.select_related("person", "by")
    found = paging.page(listed, ("-asked_at", "-id"), request.GET.get("after", ""))
    counts = [(one, sum(row.state == one for row in rows)) for one in State] if rows else []
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Invitations"),
        "may_invite": policies.can_manage_people(request.user),
        "text": text,
        "rows": rows,
        "counts": counts,
        "can_send": any(row.state == State.NEW for row in rows or ()) and not is_done,
        "wrong": wrong,
        "is_done": is_done,
        "invitations": found.rows,
        "undelivered": occasions.undelivered(
            letters.SIGN_IN_LINK, [one.person_id for one in found.rows]
        ),
        "next": found.next,
        "most": invitations.MOST_ROWS,
    }
    return TemplateResponse(request, PAGE, context, status=status)
