"""A provider that does not answer is left alone for a moment, so that waiting for it never fills all workers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from accounts.sso.models import Provider
from accounts.sso.troubles import Away

REST = 15
"""Seconds."""
AT_ONCE = 4
"""People who may wait for one provider at the same time; more are told at once."""
LONGEST_WAIT = 30


@contextmanager
def watch(row: Provider) -> Iterator[None]:
    """Within: ask the provider.

    Raises:
        Away: it did not answer just now, or as many as may already wait for it.
    """
    place = f"sso:away:{row.pk}"
    if reason := cache.get(place):
        raise Away(reason)
    waiting = next(
        (
            one
            for one in range(AT_ONCE)
            if cache.add(f"sso:waiting:{row.pk}:{one}", 1, LONGEST_WAIT)
        ),
        None,
    )
    if waiting is None:
        raise Away("too many wait for its answer")
    try:
        yield
    except Away as away:
        cache.set(place, away.reason, REST)
        raise
    finally:
        cache.delete(f"sso:waiting:{row.pk}:{waiting}")
