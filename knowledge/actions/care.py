"""Who keeps an article true, and how often they look."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions import steps
from knowledge.actions.publish import NO_RIGHT
from knowledge.actions.revise import lock
from knowledge.models import Article, Review, Section

LONGEST_INTERVAL = 3650


@transaction.atomic
def set_owner(article: Article, *, by: User, owner: User | None) -> Article:
    """Make somebody its owner: they get comments on it and are asked to review it.

    Raises:
        NotAllowed: it is published, and `by` may not publish here; or `by` may not write here.
        InvalidInput: the owner may not write here.
    """
    article = lock(article)
    require(policies.can_settle(by, article), _(NO_RIGHT))
    if article.owner == owner:
        return article
    if owner and not (owner.is_active and policies.can_write(owner, article)):
        raise InvalidInput(_("Choose somebody who may write here."), field="owner")
    article.owner = owner
    article.save(update_fields=["owner"])
    if owner:
        hooks.tell(hooks.What.OWNED, article, by=by, owner=owner.pk)
    return article


@transaction.atomic
def free_reviews(person: User) -> int:
    """Let whoever may publish there decide what this person, who left, was asked to review; how many there were."""
    asked = Review.objects.filter(reviewer=person, decision=Review.Decision.OPEN)
    return asked.update(reviewer=None)


@transaction.atomic
def set_interval(article: Article, *, by: User, days: int | None) -> Article:
    """Have it reviewed after so many days; 0: never, None: as its category says.

    Raises:
        NotAllowed: it is published, and `by` may not publish here; or `by` may not write here.
        InvalidInput: that is no such number.
    """
    article = lock(article)
    require(policies.can_settle(by, article), _(NO_RIGHT))
    if days is not None and not 0 <= days <= LONGEST_INTERVAL:
        raise InvalidInput(
            _("Choose between 0 and %(most)s days.") % {"most": LONGEST_INTERVAL},
            field="review_days",
        )
    if article.review_days == days:
        return article
    article.review_days = days
    article.review_due_at = steps.due(article)
    article.save(update_fields=["review_days", "review_due_at"])
    return article


@transaction.atomic
def mark_reviewed(article: Article, *, by: User, expected: int | None = None) -> Article:
    """Say that what readers see is still true: its interval begins again, and what asked for a look is done.

    `expected` is the published revision that was looked at.

    Raises:
        NotAllowed: `by` may not write here.
        Refused: readers don't see it, or they see another revision by now.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if not article.is_published:
        raise Refused(_("Nobody reads this article, so there is nothing to review."))
    if expected is not None and expected != article.published_number:
        raise Refused(_("Another revision was published meanwhile. Look at it, then say so again."))
    now = timezone.now()
    steps.looked_after(article, now)
    article.save(update_fields=["reviewed_at", "review_due_at"])
    steps.finish(article, by=by, at=now)
    return article


@transaction.atomic
def reschedule(section: Section) -> int:
    """Count anew when the articles of a category are due, after its interval changed; how many there are."""
    own = Article.objects.published().filter(section=section, review_days=None)
    rows = list(own.select_for_update().order_by("pk").select_related(None))
    for article in rows:
        article.section = section
        article.review_due_at = steps.due(article)
    Article.objects.bulk_update(rows, ["review_due_at"], batch_size=500)
    return len(rows)
