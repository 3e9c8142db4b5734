"""Where a mail server hands over mail as it is (RFC 5322): `POST /mail/in/<mailbox>/`."""

import logging

from allauth.core.internal.httpkit import get_client_ip
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.http import for_public
from accounts.limits import counts
from incidents.mail import tokens
from incidents.mail.models import RawMail
from incidents.mail.nudging import nudge
from incidents.mail.store import LARGEST, keep

log = logging.getLogger("firebreak.mail")
MINUTE = 60
MOST_A_MINUTE = 3_000
"""Mails for one mailbox; the server tries again later."""
MOST_STRANGERS = 60
"""Requests of one address without the right token."""


@csrf_exempt  # there is no session to ride on: only the token in the header opens it
@never_cache
@for_public
@require_POST
def hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """Store one mail; 202 only once it is. What is wrong with a mail is found out later, and is not told here."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    mailbox = tokens.opened_by(slug, token) if token else None
    if mailbox is None:
        return _stranger(request)
    if counts("mail-in", str(mailbox.pk), seconds=MINUTE) > MOST_A_MINUTE:
        return _answer("Too many mails at once; try again later.", 429)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return _answer("Larger than the portal takes.", 413)
    raw = request.read(LARGEST + 1)
    if len(raw) > LARGEST:
        return _answer("Larger than the portal takes.", 413)
    if not raw.strip():
        return _answer("Send a mail as it is (RFC 5322).", 400)
    try:
        with transaction.atomic():
            mail, _is_new = keep(mailbox, raw, via=RawMail.Via.POST)
    except DatabaseError:
        log.exception("mailbox %s: a mail that was handed over can't be stored", mailbox.pk)
        return _answer("It could not be stored; try again later.", 503)
    nudge()
    return JsonResponse({"id": mail.pk}, status=202)


def _stranger(request: HttpRequest) -> HttpResponse:
    """The same for a wrong token, none, no such mailbox, and one that is not in use."""
    caller = get_client_ip(request) or ""
    if counts("mail-in-stranger", caller, seconds=MINUTE) > MOST_STRANGERS:
        return _answer("Too many requests; try again later.", 429)
    return _answer("The token of this mailbox is needed.", 401)


def _answer(words: str, status: int) -> HttpResponse:
    answer = HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
    if status in (429, 503):
        answer["Retry-After"] = str(MINUTE)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer
