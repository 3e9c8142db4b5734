"""How often somebody may do what costs much. The cache is shared by all workers, see the settings."""

import time
from hashlib import sha256

from django.core.cache import cache

from accounts.errors import Refused


class TooOften(Refused):
    """Allowed, but not that often."""

    status = 429


def require_seldom(what: str, who: int, *, most: int, seconds: int, message: str) -> None:
    """Take one of the `most` places that free themselves `seconds` after they were taken.

    `add` takes a place or leaves it to whoever was first, so requests at the same moment can't share one.

    Raises:
        TooOften: all places are taken.
    """
    if not any(cache.add(f"limit:{what}:{who}:{place}", 1, seconds) for place in range(most)):
        raise TooOften(message)


def counts(what: str, who: str, *, seconds: int) -> int:
    """How often it was asked for in this stretch of time, this time too. For what programs do often.

    Two at the same moment may count as one: it bounds the load, and is no lock.
    """
    stretch = int(time.time() / seconds)
    mark = sha256(f"{what}/{who}".encode()).hexdigest()[:32]
    key = f"counts:{mark}:{stretch}"
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it went just now
        return 1
