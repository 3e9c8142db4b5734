"""What a visitor who did not sign in said of articles: it stands in their browser's session, and nowhere else."""

from typing import Any

from django.http import HttpRequest

from knowledge.models import Article

KEY = "said-of-articles"
MOST = 50
"""Articles that one session remembers; of older ones a visitor may speak again."""


def said(request: HttpRequest, article: Article) -> bool | None:
    """Whether it helped, as they said of the text that is published now; None where they said nothing."""
    if request.user.is_authenticated:
        return None
    number, is_helpful = _all(request).get(str(article.pk), (0, None))
    return is_helpful if number == article.read_number else None


def remember(request: HttpRequest, article: Article, number: int, *, is_helpful: bool) -> None:
    kept = _all(request)
    kept.pop(str(article.pk), None)
    kept[str(article.pk)] = [number, is_helpful]
    request.session[KEY] = dict(list(kept.items())[-MOST:])


def _all(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get(KEY, {}))
