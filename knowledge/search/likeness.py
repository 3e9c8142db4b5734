"""Articles like one: those that say much of what its title and its tags say."""

import math
from collections import defaultdict
from collections.abc import Mapping

from knowledge.models import Article, ArticleQuerySet
from knowledge.search import engine, postings, query, stems

MOST_WORDS = 8
NEWEST = 200
"""Articles that one word brings, the newest. A word that brings as many says little."""


def like(article: Article, readable: ArticleQuerySet) -> Mapping[int, float]:
    """How much of this article's words others of these have, by their keys: 1 is all, and each of them often."""
    allowed = engine.keys_of(readable.exclude(pk=article.pk))
    said = query.tokens(" ".join([article.title, *map(str, article.tags)]))
    telling = [token for token in said if token not in query.STOP_WORDS]
    terms = list(dict.fromkeys(stems.stem(token, article.language) for token in telling))
    if allowed is None or not terms:
        return {}

    terms = terms[:MOST_WORDS]
    found: dict[str, dict[int, int]] = {term: {} for term in terms}
    for term, key, weight in postings.newest_with(terms, allowed, NEWEST):
        found[term][key] = weight
    worth = {term: math.log(1 + NEWEST / (len(having) or 1)) for term, having in found.items()}
    likeness: dict[int, float] = defaultdict(float)
    for term, having in found.items():
        for key, weight in having.items():
            likeness[key] += worth[term] * weight / postings.SCALE
    whole = sum(worth.values())
    return {key: much / whole for key, much in likeness.items()}
