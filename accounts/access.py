"""Tokens by which programs act: what they are made of, what they may open, and who stands behind one."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts import kept
from accounts.errors import Refused
from accounts.models import AccessToken

PREFIX = "fb_"
"""By which a token is known for one of ours, in a file where it should not be."""
SECRET = re.compile(r"fb_[0-9a-f]{48}", re.ASCII)
HINT = len(PREFIX) + 4
LIFETIMES = {7: _("A week"), 30: _("30 days"), 90: _("90 days"), 365: _("A year")}
"""Days that a token may live; none lives longer than a year."""
NOTED_EVERY = timedelta(minutes=1)


class Scope(TextChoices):
    """What a token is for. It opens nothing that its person may not open."""

    TICKETS_READ = "tickets:read", _("Read tickets")
    TICKETS_WRITE = "tickets:write", _("File and change tickets")
    ARTICLES_READ = "articles:read", _("Read articles")
    ARTICLES_WRITE = "articles:write", _("Write drafts of articles")
    PEOPLE_READ = "people:read", _("Find people by name")
    CONFIGURATION_READ = "configuration:read", _("Read categories, services, types and teams")


class BadToken(Refused):
    """No token, or one that opens nothing (any more)."""

    status = 401


def new_secret() -> str:
    return PREFIX + secrets.token_hex(24)


def digest_of(secret: str) -> str:
    """How a secret is kept by which something opens: a plain hash is enough where what it is made of can't be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def holder_of(secret: str, *, at: datetime) -> AccessToken:
    """The token with this secret, with its person. One query.

    Raises:
        BadToken: there is none, it has ended, or its person can't sign in.
    """
    found = (
        kept.instances("token", _token, digest=digest_of(secret))
        if SECRET.fullmatch(secret)
        else []
    )
    token = found[0] if found else None
    if token is None or token.ended_at or not token.person.is_active or token.person.is_system:
        raise BadToken("This access token is not valid.")
    if token.expires_at <= at:
        raise BadToken("This access token has expired.")
    return token


def lacks_second_factor(token: AccessToken) -> bool:
    """Where staff need a second factor, a token made without one is no way round it. Programs have none."""
    person = token.person
    has_one: bool = token.has_second_factor  # type: ignore[attr-defined]  # by `_token`
    return bool(
        settings.REQUIRE_STAFF_MFA and not person.is_service and person.is_on_staff and not has_one
    )


def note_use(token: AccessToken, *, at: datetime) -> None:
    """Remember when it was last used, at most once a minute."""
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=at)


def _token() -> QuerySet[AccessToken]:
    factors = Authenticator.objects.filter(user=OuterRef("person")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    tokens = AccessToken.objects.select_related("person__department")
    return tokens.annotate(has_second_factor=Exists(factors)).filter(digest=kept.Hole("digest"))
