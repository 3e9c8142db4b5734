"""Somebody wrote to us whom nobody knows: keep who it is, and no more."""

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.bidi import is_plain
from accounts.models import User

LONGEST_NAME = 60


def note_contact(address: str, *, name: str, language: str = "") -> User:
    """The person with this address, or a new one who can't sign in.

    Their name is what they say of themselves, so the address stands beside it wherever it is shown: nobody passes for
    somebody of the house.
    """
    found = User.objects.filter(email=address.lower()).first()
    if found:
        return found
    said = " ".join(
        "".join(sign if is_plain(sign) and sign != "@" else " " for sign in name).split()
    )[:LONGEST_NAME].strip()
    shown = f"{said} ({address.lower()})" if said else address.lower()
    known = language if language in dict(settings.LANGUAGES) else ""
    try:
        with transaction.atomic():
            return User.objects.create_user(
                address, None, display_name=shown[:120], language=known, is_contact=True
            )
    except IntegrityError:  # another mail of theirs came at the same moment
        return User.objects.get(email=address.lower())
