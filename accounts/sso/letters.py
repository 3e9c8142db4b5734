"""What the portal writes to people about their linked identities, see `accounts.occasions`."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.occasions import Occasion, Words, register


def _unlinked(_person: User, data: dict[str, Any]) -> Words:
    words = {
        "provider": data["provider"],
        "was_last": data["was_last"],
        "site_name": settings.SITE_NAME,
        "url": settings.SITE_URL + reverse("account_reset_password"),
    }
    subject = _("%(provider)s no longer signs you in at %(site)s") % {
        "provider": data["provider"], "site": settings.SITE_NAME,
    }  # fmt: skip
    return Words(subject, render_to_string("mail/identity_unlinked.txt", words))


UNLINKED = register(
    Occasion(
        "unlinked", gettext_lazy("A linked sign-in was taken off"),
        gettext_lazy("An administrator took it off this account"), _unlinked,
    )
)  # fmt: skip
