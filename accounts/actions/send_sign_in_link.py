"""The mail with which somebody chooses a first password, or a new one."""

from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.deactivate import NO_RIGHT
from accounts.actions.record import record_changed
from accounts.errors import Refused, require
from accounts.models import User

A_DAY = 24 * 60 * 60


def send_sign_in_link(person: User, *, by: User) -> None:
    """Mail the person a link to choose a password. The mail holds no word that anybody typed but the address itself.

    Not in a transaction: a slow mail server must not hold the database.

    Raises:
        NotAllowed: `by` may not manage people.
        Refused: the person can't sign in, or the mail server did not take the mail.
    """
    require(policies.can_manage_people(by), _(NO_RIGHT))
    if person.is_system or person.is_service or not person.is_active:
        raise Refused(_("This person can't sign in. Make the person active first."))
    if person.is_contact:
        raise Refused(
            _(
                "Nobody made this person a member of the portal. Take “only known by mail” off first."
            )
        )
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(person),
            "key": default_token_generator.make_token(person),
        },
    )
    words = {
        "site_name": settings.SITE_NAME,
        "url": settings.SITE_URL + path,
        "days": settings.PASSWORD_RESET_TIMEOUT // A_DAY,
    }
    with translation.override(person.letter_language):
        subject = _("Your sign-in to %(site)s") % {"site": settings.SITE_NAME}
        body = render_to_string("mail/sign_in_link.txt", words)
    try:
        send_mail(subject, body, None, [person.email])
    except (SMTPException, OSError) as error:
        raise Refused(
            _("The mail could not be sent. Press “Send sign-in link” again in a while.")
        ) from error
    record_changed(person, by=by, before={}, after={"sign_in_link": "sent"})
