"""Acknowledgements on their way out: a lane of the outbox, with rows to nobody whom we know."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from incidents.notify.correspondence import Acknowledgement, LetterKind, LetterLook
from incidents.notify.filling import fill, of_site
from incidents.notify.frame import LONGEST_SUBJECT, Body, compose, one_line
from incidents.notify.letters import envelope
from incidents.notify.postbox import Postbox
from incidents.notify.wording import Texts

GIVE_UP_AFTER = timedelta(hours=12)
"""“We have your mail” is no news later."""
KEPT = timedelta(days=30)
"""As long as mail of which nothing was made; limits count a day of them."""


class Acknowledger:
    """Carries them, one connection for many."""

    def __init__(self) -> None:
        self._postbox = Postbox()

    def send(self, row: Acknowledgement, _rows: Sequence[Acknowledgement]) -> None:
        self._postbox.send(write(row))

    def close(self) -> None:
        self._postbox.close()


def refuses(row: Acknowledgement) -> str:
    """It may have waited, as while outgoing traffic is off."""
    if row.created_at < timezone.now() - GIVE_UP_AFTER:
        return _("nobody waits for it any more")
    return ""


def write(row: Acknowledgement) -> EmailMultiAlternatives:
    """Everything in it is ours or the organisation's, and nothing is whoever's wrote to us."""
    with translation.override(row.language):
        texts, values = Texts.of(LetterKind.UNKNOWN_SENDER, row.language), of_site()
        subject = one_line(fill(texts.subject, values), LONGEST_SUBJECT)
        letter = compose(subject, values, Body(), texts=texts, look=LetterLook.now())
        headers = {"Message-ID": row.message_id}
        if row.answers:
            headers |= {"In-Reply-To": row.answers, "References": row.answers}
        mail = envelope(letter, headers)
    mail.extra_headers["Auto-Submitted"] = "auto-replied"
    mail.to = [row.address]
    return mail
