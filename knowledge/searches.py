"""What people looked for, and whether it was there: the stuff that gaps are found from.

It is told from the page of results, never from suggestions. Somebody who types leaves one row behind, not one for every
letter: what goes on from words of a moment ago replaces them. Rows name who searched only to count people once.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation

from knowledge.models import Article, Search
from knowledge.search import query, stems

KEPT = timedelta(days=180)
TYPING = timedelta(seconds=60)
READING = timedelta(minutes=30)
MOST_COUNTED = 100
PORTION = 1_000


def key_of(words: str) -> str:
    """Words as they are compared: their stems in order, each once, without fillers. Gaps with one key are one gap."""
    found = {
        stems.english(token) for word in query.parse(words, prefix=False) for token in word.tokens
    }
    return " ".join(sorted(found))[:200]


def record(words: str, *, user: Any, good: int, is_typing: bool) -> None:
    """Keep that somebody searched. While they type only of those who are signed in: of others nobody knows who types."""
    key = key_of(words)
    if not key or (is_typing and not user.is_authenticated):
        return
    now = timezone.now()
    row = {
        "words": words[:200],
        "key": key,
        "language": (translation.get_language() or "")[:10],
        "found": min(good, MOST_COUNTED),
        "at": now,
    }
    if user.is_authenticated:
        last = Search.objects.filter(user=user, at__gte=now - TYPING, opened=None).order_by(
            "-at", "-pk"
        )
        latest = last.values_list("pk", "words").first()
        if latest and _goes_on(latest[1], words):
            Search.objects.filter(pk=latest[0]).update(**row)
            return
    Search.objects.create(user=user if user.is_authenticated else None, **row)


def _goes_on(before: str, now: str) -> bool:
    """Is it the same question, some letters more or fewer?"""
    return now.startswith(before) or before.startswith(now)


def opened(article: Article, words: str, *, user: Any) -> None:
    """Keep which hit they went on to read."""
    if user.is_authenticated and (key := key_of(words)):
        since = timezone.now() - READING
        Search.objects.filter(user=user, key=key, at__gte=since, opened=None).update(opened=article)


def forget_old() -> int:
    """Remove what is older than it is kept, some at a time; how many went."""
    gone, old = 0, Search.objects.filter(at__lt=timezone.now() - KEPT).order_by("at", "pk")
    while keys := list(old.values_list("pk", flat=True)[:PORTION]):
        gone += Search.objects.filter(pk__in=keys).delete()[0]
    return gone
