"""Telling administrators that a webhook was switched off by itself. A mail of its own: it is about no ticket."""

import logging
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import outbound
from accounts.models import User
from accounts.permissions import Permission
from incidents.webhooks.models import Endpoint

log = logging.getLogger("firebreak.webhooks")


def tell() -> int:
    """Mail those who set up channels about each endpoint that was given up, once; how many endpoints.

    Where the mail server takes none of these mails the next sweep tries again. Whoever's mail alone is refused doesn't
    make it come to the others a second time.
    """
    told = 0
    for endpoint in Endpoint.objects.filter(disabled_at__isnull=False, told_at=None):
        claimed = Endpoint.objects.filter(pk=endpoint.pk, told_at=None)
        if not outbound.is_outgoing_on() or not claimed.update(told_at=timezone.now()):
            continue
        people = list(User.objects.people().holding_anywhere(Permission.CHANNELS_MANAGE))
        done = [
            _mail(endpoint, person) for person in people
        ]  # everybody's, not only until one is taken
        if people and not any(done):
            Endpoint.objects.filter(pk=endpoint.pk).update(told_at=None)
        else:
            told += 1
    return told


def _mail(endpoint: Endpoint, person: User) -> bool:
    """Whether that is done with: the server took it, or will never take it for this person."""
    path = reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
    with translation.override(person.letter_language):
        words = {"name": endpoint.name, "why": endpoint.disabled_because, "site_name": settings.SITE_NAME}  # fmt: skip
        subject = _("Webhook “%(name)s” was switched off") % words
        body = render_to_string("mail/webhook_off.txt", {**words, "url": settings.SITE_URL + path})
    try:
        send_mail(" ".join(subject.split()), body, None, [person.email])
    except SMTPRecipientsRefused as refusal:
        log.warning("notice about webhook %s to %s: %s", endpoint.pk, person.pk, refusal)
        return all(code >= 500 for code, _answer in refusal.recipients.values())
    except (SMTPException, OSError) as error:
        log.warning("notice about webhook %s to %s: %s", endpoint.pk, person.pk, error)
        return False
    return True
