"""Plain BM25 in a few lines, as `bm25s` has it, for tests that run where that package is not."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

K1, B = 1.5, 0.75
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)
"""Those of `bm25s`."""


def tokens(text: str) -> list[str]:
    return [word for word in re.findall(r"\b\w\w+\b", text.lower()) if word not in STOP_WORDS]


def bm25(keys: Sequence[str], texts: Sequence[str]) -> Callable[[str], list[str]]:
    found = [Counter(tokens(text)) for text in texts]
    usual = sum(map(Counter.total, found)) / len(found)
    having = Counter(word for one in found for word in one)

    def rank(words: str) -> list[str]:
        scores = Counter[str]()
        for word in tokens(words):
            many = having[word]
            telling = math.log(1 + (len(found) - many + 0.5) / (many + 0.5))
            for key, one in zip(keys, found, strict=True):
                if times := one[word]:
                    length = 1 - B + B * one.total() / usual
                    scores[key] += telling * times / (times + K1 * length)
        return [key for key, _score in scores.most_common(100)]

    return rank
