"""What the queue calls. Every job may run twice."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts import audit
from accounts.audit.marking import mark_audit
from accounts.models import User

LETTER = "account/email/password_reset_key"


def send_reset_letter(user_pk: int) -> None:
    """The link to choose a new password. It is made here, so it lies in no queue and names only our own address."""
    person = User.objects.people().filter(pk=user_pk).first()
    if person is None:
        return
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    context = {"password_reset_url": settings.SITE_URL + path, "site_name": settings.SITE_NAME}
    with translation.override(person.letter_language):
        subject = render_to_string(f"{LETTER}_subject.txt", context)
        body = render_to_string(f"{LETTER}_message.txt", context)
    send_mail(" ".join(subject.split()), body.strip() + "\n", None, [person.email])


def seal_audit() -> None:
    """Chain entries whose process died between the commit and the seal."""
    audit.seal()


def mark_audit_log() -> None:
    """Note how far the audit log came, see `accounts.audit.marking`."""
    mark_audit(timezone.now())
