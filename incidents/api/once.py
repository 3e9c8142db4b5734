"""Things without an event of a ticket, made once for one key."""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import KeyReused
from accounts.models import User
from incidents.api.models import Made


@transaction.atomic
def do(key: str, *, by: User, of: str, do: Callable[[], str]) -> str:
    """The address of what was made: now, or the first time that this key was used.

    The key's row is written first, so a second request at the same moment waits for the first and then finds it.

    Raises:
        KeyReused: the key was used for something else.
    """
    if not key:
        return do()
    mark = hashlib.sha256(of.encode()).hexdigest()
    row, is_new = Made.objects.get_or_create(person=by, key=key, defaults={"fingerprint": mark})
    if not is_new:
        if row.fingerprint != mark:
            raise KeyReused(_("This key was used before for something else."))
        return row.slug
    row.slug = do()
    row.save(update_fields=["slug"])
    return row.slug
