"""What happens to articles, for whoever follows it: this package knows that somebody hears of it, not how.

`incidents.reactions` hangs itself in here, as it does into the log of tickets.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import User
from knowledge.models import Article


class What(StrEnum):
    """Never renamed: the names are kept with what people heard."""

    REVIEW_ASKED = "review_asked"
    APPROVED = "approved"
    CHANGES_ASKED = "changes_asked"
    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    """What was planned could not be done when its time came."""
    EXPIRED = "expired"
    OWNED = "owned"
    """Somebody was made its owner."""
    DUE = "due"
    LOW_SCORE = "low_score"
    COMMENTED = "commented"
    """A reader wrote to whoever looks after it."""
    ANSWERED = "answered"
    """An editor answered a reader."""


@dataclass(frozen=True)
class Happening:
    """One thing that happened to an article; `data` holds keys and raw values, never sentences."""

    what: What
    article: Article
    by: User
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """When, where that is not now: imports."""


Reaction = Callable[[Happening], None]
_reactions: list[Reaction] = []


def register(reaction: Reaction) -> None:
    """Call `reaction` for everything that happens, inside the transaction that does it."""
    if reaction not in _reactions:
        _reactions.append(reaction)


def tell(
    what: What, article: Article, *, by: User, at: datetime | None = None, **data: Any
) -> None:
    happening = Happening(what, article, by, data, at)
    for reaction in _reactions:
        reaction(happening)
