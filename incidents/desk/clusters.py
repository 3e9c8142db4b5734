"""Wordings that mean the same trouble, put together. Pure, the same for the same input, and without comparing all pairs.

Wordings come in by weight; each joins the first ones' cluster that it shares most with, by how rare the shared stems
are, or begins its own. Only the `NEAR` clusters that a stem leads to are looked at, so a stem that stands everywhere
costs no more than others.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.search import query, stems

ENOUGH = 0.5
"""Of the rarity of all stems in two wordings, so much must be in both."""

NEAR = 60
COMPARED = 8
LONGEST = 12
"""Stems of a wording that count."""

SHORTEST = 2
Key = tuple[str, ...]


def key_of(text: str) -> Key:
    """The telling stems of a wording, in order of the alphabet, each once."""
    words = query.parse(text[:300], prefix=False)
    found = dict.fromkeys(
        stems.english(token)
        for word in words
        for token in word.tokens
        if len(token) >= SHORTEST and not token.isdigit() and token not in query.STOP_WORDS
    )
    return tuple(sorted(list(found)[:LONGEST]))


@dataclass(frozen=True)
class _Leader:
    """The first wording of a cluster."""

    stems: frozenset[str]
    worth: float


def cluster(weights: Mapping[Key, int]) -> list[list[Key]]:
    """The wordings in clusters, the heaviest wording of each first."""
    rarity = _rarity(weights)
    order = sorted((key for key in weights if key), key=lambda key: (-weights[key], key))
    clusters: list[list[Key]] = []
    leaders: list[_Leader] = []
    led_by: dict[str, list[int]] = defaultdict(list)
    for key in order:
        mine = _Leader(frozenset(key), sum(rarity[stem] for stem in key))
        best = _nearest(mine, key, leaders, led_by, rarity)
        if best is not None:
            clusters[best].append(key)
            continue
        clusters.append([key])
        leaders.append(mine)
        for stem in key:
            if len(led_by[stem]) < NEAR:
                led_by[stem].append(len(leaders) - 1)
    return clusters


def _rarity(keys: Mapping[Key, int]) -> dict[str, float]:
    counts = Counter(stem for key in keys for stem in key)
    return {stem: math.log(1 + len(keys) / count) for stem, count in counts.items()}


def _nearest(
    mine: _Leader,
    key: Key,
    leaders: Sequence[_Leader],
    led_by: Mapping[str, list[int]],
    rarity: Mapping[str, float],
) -> int | None:
    """The cluster that it belongs to: of those that its stems lead to, the likeliest are compared in full."""
    shared: dict[int, float] = defaultdict(float)
    for stem in key:
        worth = rarity[stem]
        for place in led_by.get(stem, ()):
            shared[place] += worth
    likely = heapq.nsmallest(COMPARED, shared, key=lambda place: (-shared[place], place))
    scored = [(_alike(mine, leaders[place], rarity), -place) for place in likely]
    score, place = max(scored, default=(0.0, 0))
    return -place if score >= ENOUGH else None


def _alike(one: _Leader, other: _Leader, rarity: Mapping[str, float]) -> float:
    both = sum(rarity[stem] for stem in one.stems & other.stems)
    return both / (one.worth + other.worth - both) if both else 0.0
