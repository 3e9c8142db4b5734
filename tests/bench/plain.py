"""Plain BM25 and TF-IDF cosine in a few lines, as `bm25s` and scikit-learn have them, for tests that run where those are not."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

K1, B = 1.5, 0.75
WORD = re.compile(r"\b\w\w+\b")
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
    return [word for word in WORD.findall(text.lower()) if word not in STOP_WORDS]


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


def tf_idf(keys: Sequence[str], texts: Sequence[str]) -> Callable[[str], list[str]]:
    """No word is left out, and each text's vector has the length of one."""
    found = [Counter(WORD.findall(text.lower())) for text in texts]
    having = Counter(word for one in found for word in one)
    telling = {word: math.log((1 + len(found)) / (1 + many)) + 1 for word, many in having.items()}
    lengths = [math.hypot(*(times * telling[word] for word, times in one.items())) for one in found]

    def rank(words: str) -> list[str]:
        scores = Counter[str]()
        for word, times in Counter(WORD.findall(words.lower())).items():
            for key, one, length in zip(keys, found, lengths, strict=True):
                if there := one[word]:
                    scores[key] += times * there * telling[word] ** 2 / length
        return [key for key, _score in scores.most_common(100)]

    return rank
