"""How many articles have a frequent word, kept for some minutes in each process.

To count who has a word takes the longer the more have it, and of frequent words alone it makes no difference whether it
is a few more or fewer. Rare ones are counted anew each time, so that what was published just now is found at once. Kept
for each kind of reader, named by the very query of what they may read: nobody's counts tell of what others read.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge.search.engine import Sql

FREQUENT = 500
"""Articles that a word must have at least."""

SECONDS = 300
READERS, WORDS = 50, 2_000
"""Kinds of readers, and words of each, that are kept at most."""


@dataclass
class _Kept:
    until: float
    counts: dict[str, int] = field(default_factory=dict)


_kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()


def known(readable: Sql) -> dict[str, int]:
    """What is known of these articles' frequent words."""
    key = _key(readable)
    kept = _kept.get(key)
    if kept is None or kept.until < time.monotonic():
        return {}
    return kept.counts


def keep(readable: Sql, counts: Mapping[str, int]) -> None:
    many = {word: count for word, count in counts.items() if count >= FREQUENT}
    if not many:
        return
    key = _key(readable)
    kept = _kept.pop(key, None)
    if kept is None or kept.until < time.monotonic() or len(kept.counts) > WORDS:
        kept = _Kept(time.monotonic() + SECONDS)
    _kept[key] = _Kept(kept.until, {**kept.counts, **many})
    while len(_kept) > READERS:
        _kept.popitem(last=False)


def forget() -> None:
    """All of it: the articles are others now."""
    _kept.clear()


def _key(readable: Sql) -> tuple[Any, ...]:
    sql, params = readable
    return (sql, *params)
