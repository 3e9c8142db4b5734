"""How many articles have a frequent word, and which words begin so, kept for some minutes in each process.

To count who has a word takes the longer the more have it, and of frequent words alone it makes no difference whether it
is a few more or fewer. Rare ones are counted anew each time, so that what was published just now is found at once. Kept
for each kind of reader, named by the very query of what they may read: nobody's counts tell of what others read.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.search.engine import Sql

FREQUENT = 200
"""Articles that a word must have at least."""

SECONDS = 300
READERS, WORDS = 50, 4_000
"""Kinds of readers, and words of each, that are kept at most."""


@dataclass
class _Kept:
    until: float
    counts: dict[str, int] = field(default_factory=dict)
    beginnings: dict[str, tuple[str, ...]] = field(default_factory=dict)


_kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()


def counts(readable: Sql) -> Mapping[str, int]:
    """What is known of these articles' frequent words."""
    return _of(readable).counts


def keep(readable: Sql, found: Mapping[str, int]) -> None:
    _of(readable).counts.update({word: count for word, count in found.items() if count >= FREQUENT})


def words(readable: Sql, beginning: str) -> Sequence[str] | None:
    """The frequent words that begin so, if they are known."""
    return _of(readable).beginnings.get(beginning)


def keep_words(readable: Sql, beginning: str, found: Sequence[str]) -> None:
    _of(readable).beginnings[beginning] = tuple(found)


def forget() -> None:
    """All of it: the articles are others now."""
    _kept.clear()


def _of(readable: Sql) -> _Kept:
    sql, params = readable
    key, now = (sql, *params), time.monotonic()
    kept = _kept.get(key)
    if kept is None or kept.until < now or len(kept.counts) + len(kept.beginnings) > WORDS:
        while len(_kept) >= READERS:
            _kept.popitem(last=False)
        kept = _kept[key] = _Kept(now + SECONDS)
    return kept
