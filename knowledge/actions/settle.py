"""Where an article stands and who may read it: its category, audience, and place on the home page."""

from django.db import transaction
from django.utils import timezone

from accounts.errors import InvalidInput, require
from accounts.models import User
from knowledge import policies, search
from knowledge.actions.revise import lock
from knowledge.models import Article, Audience, Section


@transaction.atomic
def settle(
    article: Article, *, by: User, section: Section | None, audience: str, is_featured: bool
) -> Article:
    """Set category, audience and place. What is there already changes nothing.

    Raises:
        NotAllowed: `by` may not write; or the article is published, and `by` may not publish.
        InvalidInput: no such audience.
    """
    article = lock(article)
    require(policies.can_write(by), "You may not write articles. Ask a knowledge editor.")
    if audience not in Audience.values:
        raise InvalidInput("Choose who may read it.", field="audience")
    new = (section and section.pk, audience, is_featured)
    if (article.section_id, article.audience, article.is_featured) == new:
        return article
    require(
        policies.can_settle(by, article),
        "This article is published: only those who may publish change where it stands.",
    )
    article.section, article.audience, article.is_featured = section, audience, is_featured
    article.updated_at = timezone.now()
    article.save(update_fields=["section", "audience", "is_featured", "updated_at"])
    if article.is_published:
        search.index(article)
    return article
