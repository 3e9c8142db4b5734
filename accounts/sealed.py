"""Secrets that the portal must be able to use again (a mailbox's password, a webhook's key): sealed in the database.

The key lies outside the database, so that a copy of it alone opens nothing. Passwords of people are not kept like
this: those are hashed.
"""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.errors import Refused


class Unreadable(Refused):
    """A secret was sealed with a key that this install doesn't have."""


def seal(text: str) -> str:
    """The text as it may stand in the database; nothing stays nothing."""
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(text.encode()).decode() if text else ""  # fmt: skip


def unseal(sealed: str) -> str:
    """The text again.

    Raises:
        Unreadable: it was sealed with another SECRET_KEY, or is no sealed text.
    """
    if not sealed:
        return ""
    try:
        return (
            _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
            .decrypt(sealed.encode())
            .decode()
        )
    except InvalidToken as error:
        raise Unreadable(
            "A kept secret can't be read: it was sealed with another SECRET_KEY. Enter it anew, or put the former key into SECRET_KEY_FALLBACKS."
        ) from error


def marked(text: str | None) -> str:
    """For the log of administration: that there is a secret, and whether it is another one than before."""
    return f"set, {salted_hmac('accounts.sealed.marked', text).hexdigest()[:8]}" if text else ""


@lru_cache(maxsize=4)
def _keys(*secrets: str) -> MultiFernet:
    """A key of its own for this use, made from each SECRET_KEY; the first one seals."""
    made = (hashlib.scrypt(secret.encode(), salt=b"accounts.sealed", n=2**14, r=8, p=1, dklen=32) for secret in secrets)  # fmt: skip
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


class SealedTextField(models.TextField):
    """Text that the database holds sealed and Python reads plainly. It can't be searched or sorted by."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return value if value is None else unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None else seal(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is one: sealed twice, the same text reads differently."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
