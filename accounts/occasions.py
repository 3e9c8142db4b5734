"""Mails about somebody's own account or office, and about no ticket: a new password, an invitation, a webhook that failed.

Here stands what such a mail is for and who words it. That it leaves, once and for sure, is the outbox's part, which
hangs itself in here: this package knows nothing of it. Words are written when the mail is sent, so a link that opens
something lies in no table and no queue.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@dataclass(frozen=True)
class Words:
    subject: str
    body: str


@dataclass(frozen=True)
class Occasion:
    """`name` is kept with the mail and never renamed."""

    name: str
    label: str | Promise
    """What lists say of it, in the place of its words."""
    why: str | Promise
    write: Callable[[User, dict[str, Any]], Words | None]
    """In the language that is switched on; nothing where the mail has no more use."""
    lasts: timedelta | None = None
    """How long after it was asked for somebody still waits for it, also where nothing could leave; None: it waits."""


GONE = Occasion("", _("A mail of the portal"), _("About the account"), lambda _person, _data: None)
"""Stands for one that no code knows any more."""
_known: dict[str, Occasion] = {}
Carrier = Callable[[Occasion, User, dict[str, Any], str], None]
Teller = Callable[[Occasion, Collection[int]], set[int]]
_carriers: dict[Carrier, Teller] = {}


def register(occasion: Occasion) -> Occasion:
    _known[occasion.name] = occasion
    return occasion


def named(name: str) -> Occasion:
    return _known.get(name, GONE)


def carry_by(carrier: Carrier, *, fails: Teller) -> None:
    """`fails` says of whom of these people the newest mail of an occasion was given up."""
    _carriers[carrier] = fails


def post(occasion: Occasion, person: User, *, once: str = "", **data: Any) -> None:
    """Owe the mail to this person, in the transaction that is open. `data` holds keys and raw values, and no secret.

    What may ask twice gives the reason a name of its own in `once`, and has locked the person: then it is owed once.
    """
    for carrier in _carriers:
        carrier(occasion, person, data, once)


def undelivered(occasion: Occasion, people: Collection[int]) -> set[int]:
    """Whom of these people the newest mail did not reach."""
    return {key for fails in _carriers.values() for key in fails(occasion, people)}
