"""A mail as it came: to be read as text, downloaded, or worked through once more."""

import re

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.http import UserRequest, for_agents, go
from incidents.mail import actions
from incidents.mail.models import RawMail

MOST_SHOWN = 200_000
"""Bytes on the page; all of them can be downloaded."""
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


@for_agents
@require_GET
def mail_source(request: UserRequest, pk: int) -> HttpResponse:
    """As text: nothing in it runs, is fetched, or hides."""
    mail = _find(request, pk)
    source = mail.source
    context = {
        "nav": "mail", "mail": mail, "source": plainly(source[:MOST_SHOWN]), "is_cut": len(source) > MOST_SHOWN,
    }  # fmt: skip
    return render(request, "desk/mail/source.html", context)


@for_agents
@require_GET
def mail_file(request: UserRequest, pk: int) -> HttpResponse:
    """The bytes, to be opened elsewhere. Never as anything that a browser shows."""
    mail = _find(request, pk)
    response = HttpResponse(mail.source, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@for_agents
@require_POST
def mail_retry(request: UserRequest, pk: int) -> HttpResponse:
    actions.retry(_find(request, pk), by=request.user)
    return go(request, f"{reverse('desk:mails')}?state={RawMail.State.QUARANTINED}")


def plainly(source: bytes) -> str:
    """Bytes as text, with a mark where a character would be unseen or turn the line around."""
    text = source.decode("utf-8", "replace").replace("\r\n", "\n")
    return _UNSEEN.sub("\ufffd", text)


def _find(request: UserRequest, pk: int) -> RawMail:
    seen = RawMail.objects.worked_by(request.user).select_related("mailbox")
    return get_object_or_404(seen, pk=pk)
