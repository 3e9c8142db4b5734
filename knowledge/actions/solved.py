"""How many tickets were resolved with an article. The tickets know; the article carries their number, to rank and to show."""

from django.db.models import F
from django.db.models.functions import Greatest

from knowledge.models import Article


def count_solved(article: int, more: int) -> None:
    """One ticket more was resolved with it, or one less. By key: this happens with every such ticket."""
    counted = Greatest(F("solved_count") + more, 0)
    Article.objects.filter(pk=article).update(solved_count=counted)


def set_solved(article: int, number: int) -> None:
    """Mend the number."""
    Article.objects.filter(pk=article).update(solved_count=number)
