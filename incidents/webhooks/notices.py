"""Telling administrators that a webhook was switched off by itself. A mail of its own: it is about no ticket."""

import logging
from smtplib import SMTPException

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
    """Mail those who set up channels about each endpoint that was given up; once, when the mail server takes it."""
    told = 0
    for endpoint in Endpoint.objects.filter(disabled_at__isnull=False, told_at=None):
        claimed = Endpoint.objects.filter(pk=endpoint.pk, told_at=None)
        if not outbound.is_outgoing_on() or not claimed.update(told_at=timezone.now()):
            continue
        try:
            _mail(endpoint)
        except (SMTPException, OSError) as error:
            log.warning("notice about webhook %s: %s", endpoint.pk, error)
            Endpoint.objects.filter(pk=endpoint.pk).update(
                told_at=None
            )  # the next sweep tries again
        else:
            told += 1
    return told


def _mail(endpoint: Endpoint) -> None:
    path = reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
    for person in User.objects.people().holding_anywhere(Permission.CHANNELS_MANAGE):
        with translation.override(person.letter_language):
            words = {"name": endpoint.name, "why": endpoint.disabled_because, "site_name": settings.SITE_NAME}  # fmt: skip
            subject = _("Webhook “%(name)s” was switched off") % words
            body = render_to_string("mail/webhook_off.txt", {**words, "url": settings.SITE_URL + path})  # fmt: skip
        send_mail(" ".join(subject.split()), body, None, [person.email])
