"""Whether mail leaves at all: since when the server takes nothing, and what it said, for those who look after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from incidents.notify import failures

TOLD_AFTER = timedelta(minutes=5)
"""A server that is started anew is no trouble."""
_KEY = "notify-mail-trouble"


@dataclass(frozen=True)
class Trouble:
    since: datetime
    reason: str

    @property
    def words(self) -> str:
        return failures.in_words(self.reason)

    @property
    def noted(self) -> str:
        """What the machine said, where the words say less."""
        return failures.behind(self.reason)


def note_away(reason: str) -> None:
    """The server took nothing just now."""
    before: tuple[datetime, str] | None = cache.get(_KEY)
    cache.set(_KEY, (before[0] if before else timezone.now(), reason[:300]), None)


def note_back() -> None:
    cache.delete(_KEY)


def standing() -> Trouble | None:
    """The trouble that administrators should know of now."""
    noted: tuple[datetime, str] | None = cache.get(_KEY)
    if noted is None or timezone.now() - noted[0] < TOLD_AFTER:
        return None
    return Trouble(*noted)
