"""Put an article away that nobody needs any more, by hand or when its time is over, and bring it back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions import steps
from knowledge.actions.publish import NO_RIGHT
from knowledge.actions.revise import lock
from knowledge.models import Article, Review


@transaction.atomic
def archive(article: Article, *, by: User) -> Article:
    """Take it from its readers and from the editors' work; its revisions stay. Twice is once.

    Raises:
        NotAllowed: it is published, and `by` may not publish here; or `by` may not write here.
    """
    article = lock(article)
    require(policies.can_settle(by, article), _(NO_RIGHT))
    return article if article.is_archived else _put_away(article, by, timezone.now())


@transaction.atomic
def bring_back(article: Article, *, by: User) -> Article:
    """Out of the archive: a draft, as it was saved last.

    Raises:
        NotAllowed: `by` may not write here.
        Refused: it is not in the archive.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if not article.is_archived:
        raise Refused(_("This article is not in the archive."))
    now = timezone.now()
    article.state, article.updated_at = Article.State.DRAFT, now
    if article.expires_at and article.expires_at <= now:
        article.expires_at = None
    article.save()
    return article


@transaction.atomic
def set_expiry(article: Article, *, by: User, at: datetime | None) -> Article:
    """Let it be archived by itself at `at`; None: never. What is there already changes nothing.

    Raises:
        NotAllowed: it is published, and `by` may not publish here; or `by` may not write here.
        InvalidInput: `at` is over.
        Refused: it is in the archive.
    """
    article = lock(article)
    require(policies.can_settle(by, article), _(NO_RIGHT))
    if article.expires_at == at:
        return article
    steps.require_in_use(article)
    if at and at <= timezone.now():
        raise InvalidInput(_("Choose a time to come."), field="expires_at")
    article.expires_at = at
    article.save(update_fields=["expires_at"])
    return article


@transaction.atomic
def expire(article: Article, *, at: datetime) -> bool:
    """Archive it if its time is over; whether it was archived now."""
    article = lock(article)
    if article.is_archived or not article.expires_at or article.expires_at > at:
        return False
    desk = User.objects.system()
    _put_away(article, desk, at)
    hooks.tell(hooks.What.EXPIRED, article, by=desk)
    return True


def _put_away(article: Article, by: User, at: datetime) -> Article:
    waiting = article.reviews.filter(decision=Review.Decision.OPEN)
    waiting.update(decision=Review.Decision.TAKEN_BACK, decided_by=by, decided_at=at)
    return steps.hide(article, by=by, state=Article.State.ARCHIVED, at=at)
