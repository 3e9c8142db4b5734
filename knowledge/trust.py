"""How far readers trust an article: what they said of each of its revisions."""

from dataclasses import dataclass

from django.db.models import Count, Q

from knowledge.models import Article

FEWEST = 5
"""Below so many votes a share says nothing."""


@dataclass(frozen=True)
class Trust:
    number: int
    """The revision."""
    helpful: int
    votes: int

    @property
    def percent(self) -> int:
        return round(100 * self.helpful / self.votes) if self.votes else 0

    @property
    def is_telling(self) -> bool:
        return self.votes >= FEWEST


def by_revision(article: Article) -> list[Trust]:
    """Newest first; revisions that nobody said anything about are left out."""
    counted = article.feedback.order_by("-number").values_list("number")
    return [
        Trust(*row)
        for row in counted.annotate(
            helpful=Count("pk", filter=Q(is_helpful=True)), votes=Count("pk")
        )
    ]


def overall(article: Article) -> Trust:
    """What each reader said last."""
    votes = article.helpful_count + article.unhelpful_count
    return Trust(article.published_number or 0, article.helpful_count, votes)
