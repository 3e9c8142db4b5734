"""What the queue calls. Every job may run twice."""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts import audit
from accounts.actions.send_sign_in_link import send_sign_in_link
from accounts.audit.marking import mark_audit
from accounts.errors import NotAllowed, Refused
from accounts.models import Invitation, User
from accounts.outbound import is_outgoing_on

LETTER = "account/email/password_reset_key"
INVITED_AT_ONCE = 200
PAUSE = timedelta(minutes=5)
"""Until a mail that did not go out is tried again; longer each time."""


def send_reset_letter(user_pk: int) -> None:
    """The link to choose a new password. It is made here, so it lies in no queue and names only our own address."""
    person = User.objects.people().filter(pk=user_pk, is_contact=False).first()
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


def send_invitations() -> int:
    """Mail those who are owed an invitation; how many went out. A row is claimed before its mail, so two workers share."""
    if not is_outgoing_on():
        return 0
    now, sent = timezone.now(), 0
    for pk in list(
        Invitation.objects.due(now).order_by("pk").values_list("pk", flat=True)[:INVITED_AT_ONCE]
    ):
        claimed = Invitation.objects.due(now).filter(pk=pk)
        if not claimed.update(tries=F("tries") + 1, next_try_at=now + PAUSE):
            continue
        invitation = Invitation.objects.select_related("person", "by").get(pk=pk)
        try:
            send_sign_in_link(invitation.person, by=invitation.by)
        except NotAllowed:
            # Whoever asked may no longer: somebody else has to ask again.
            Invitation.objects.filter(pk=pk).update(tries=Invitation.MOST_TRIES)
        except Refused:
            Invitation.objects.filter(pk=pk).update(next_try_at=now + PAUSE * 2**invitation.tries)
        else:
            Invitation.objects.filter(pk=pk).update(sent_at=timezone.now())
            sent += 1
    return sent
