"""The token with which a mail server hands mail over: made here, shown once, kept as a hash."""

import hmac
import secrets

from django.utils import timezone

from accounts.access import digest_of
from incidents.mail.models import Mailbox

_MARK = "fbmail_"
"""So that scanners for leaked secrets, and people, know what it is."""


def renew(mailbox: Mailbox) -> str:
    """A new token; the one before opens nothing any more."""
    token = _MARK + secrets.token_urlsafe(32)
    mailbox.token_hash, mailbox.token_made_at = digest_of(token), timezone.now()
    mailbox.save(update_fields=["token_hash", "token_made_at"])
    return token


def opened_by(slug: str, token: str) -> Mailbox | None:
    """The mailbox in use that this token opens. As long on the way whether there is such a mailbox or not."""
    mailbox = Mailbox.objects.active().filter(slug=slug).first()
    kept = mailbox.token_hash if mailbox else ""
    fits = hmac.compare_digest(kept or "no token", digest_of(token))
    return mailbox if fits else None
