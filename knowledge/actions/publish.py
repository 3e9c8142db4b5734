"""Make the latest revision readable for its audience, or take the article back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.errors import InvalidInput, require
from accounts.models import User
from knowledge import policies, search
from knowledge.actions.revise import lock
from knowledge.models import Article

NO_RIGHT = gettext_noop("You may not publish articles. Ask a knowledge editor.")


@transaction.atomic
def publish(article: Article, *, by: User, at: datetime | None = None) -> Article:
    """Show the latest revision to its audience and put it into search. `at` is when, for imports.

    Raises:
        NotAllowed: `by` may not publish.
        InvalidInput: the article has no text yet.
    """
    article = lock(article)
    require(policies.can_publish(by), _(NO_RIGHT))
    latest = article.revisions.order_by("-number").first()
    if not latest or not latest.body.strip():
        raise InvalidInput(_("Write the text before you publish."), field="body")
    if article.is_published and article.published_number == latest.number:
        return article

    article.title, article.summary = latest.title, latest.summary
    article.body, article.tags = latest.body, latest.tags
    article.state = Article.State.PUBLISHED
    article.published_number = latest.number
    article.published_at = article.updated_at = at or timezone.now()
    article.save()
    search.index(article)
    return article


@transaction.atomic
def withdraw(article: Article, *, by: User) -> Article:
    """Take a published article back: a draft again, in no list, search or suggestion of its readers.

    Raises:
        NotAllowed: `by` may not publish.
    """
    article = lock(article)
    require(policies.can_publish(by), _(NO_RIGHT))
    if not article.is_published:
        return article
    article.state = Article.State.DRAFT
    article.published_number = None
    article.published_at = None
    article.updated_at = timezone.now()
    article.save()
    search.forget(article)
    return article
