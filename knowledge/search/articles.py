"""Search over articles."""

from typing import Any

from knowledge.models import Article


def index(article: Article) -> None:
    """Put a published article into the index."""


def forget(article: Article) -> None:
    """Take an article out of the index."""


def find(words: str, *, user: Any, limit: int = 20) -> list[Any]:
    return []
