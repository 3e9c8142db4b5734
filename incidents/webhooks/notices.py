"""Telling administrators that a webhook was switched off by itself. It is about no ticket, but about their office."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import occasions, outbound
from accounts.models import User
from accounts.occasions import Occasion, Words
from accounts.permissions import Permission
from incidents.webhooks.models import Endpoint


def tell() -> int:
    """Owe those who set up channels a mail about each endpoint that was given up, once; how many endpoints."""
    if not outbound.is_outgoing_on():
        return 0
    given_up = Endpoint.objects.filter(disabled_at__isnull=False, told_at=None)
    return sum(_tell(endpoint) for endpoint in given_up)


@transaction.atomic
def _tell(endpoint: Endpoint) -> bool:
    if not Endpoint.objects.filter(pk=endpoint.pk, told_at=None).update(told_at=timezone.now()):
        return False
    for person in User.objects.people().holding_anywhere(Permission.CHANNELS_MANAGE):
        occasions.post(SWITCHED_OFF, person, endpoint=endpoint.pk)
    return True


def _words(_person: User, data: dict[str, Any]) -> Words | None:
    endpoint = Endpoint.objects.filter(pk=data["endpoint"], disabled_at__isnull=False).first()
    if endpoint is None:  # somebody switched it on again, or removed it
        return None
    path = reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
    words = {"name": endpoint.name, "why": endpoint.disabled_because, "site_name": settings.SITE_NAME}  # fmt: skip
    subject = _("Webhook “%(name)s” was switched off") % words
    body = render_to_string("mail/webhook_off.txt", {**words, "url": settings.SITE_URL + path})
    return Words(subject, body)


SWITCHED_OFF = occasions.register(
    Occasion(
        "webhook_off", gettext_lazy("A webhook was switched off"),
        gettext_lazy("Looks after channels"), _words,
    )
)  # fmt: skip
