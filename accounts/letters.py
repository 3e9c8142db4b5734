"""What the portal writes to people about their accounts, see `accounts.occasions`."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.occasions import Occasion, Words, register

A_DAY = 24 * 60 * 60
RESET_LETTER = "account/email/password_reset_key"


def _reset(person: User, _data: dict[str, Any]) -> Words | None:
    if person.is_contact:
        return None
    words = {"password_reset_url": _link_for(person), "site_name": settings.SITE_NAME}
    subject = render_to_string(f"{RESET_LETTER}_subject.txt", words)
    return Words(subject, render_to_string(f"{RESET_LETTER}_message.txt", words).strip() + "\n")


def _sign_in_link(person: User, _data: dict[str, Any]) -> Words | None:
    """It holds no word that anybody typed but the address itself."""
    if person.is_contact:
        return None
    words = {
        "site_name": settings.SITE_NAME,
        "url": _link_for(person),
        "days": settings.PASSWORD_RESET_TIMEOUT // A_DAY,
    }
    subject = _("Your sign-in to %(site)s") % {"site": settings.SITE_NAME}
    return Words(subject, render_to_string("mail/sign_in_link.txt", words))


def _link_for(person: User) -> str:
    """Made while the mail is sent, so it lies in no queue, and names only our own address."""
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    return settings.SITE_URL + path


RESET = register(
    Occasion(
        "reset", gettext_lazy("Link to choose a new password"),
        gettext_lazy("Somebody asked for it with this address"), _reset, timedelta(days=1),
    )
)  # fmt: skip
SIGN_IN_LINK = register(
    Occasion(
        "sign_in_link", gettext_lazy("Link to sign in for the first time"),
        gettext_lazy("Was invited, or an administrator sent it"), _sign_in_link,
    )
)  # fmt: skip
