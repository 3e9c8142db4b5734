"""What editors should look at: raised once while it is open, done by looking at the article."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions import steps
from knowledge.actions.publish import NO_RIGHT
from knowledge.actions.revise import lock
from knowledge.models import Article, ReviewTask

FEWEST_VOTES = 5
LOWEST_SHARE = 0.6
"""An article that so many people voted on, and fewer than this part found helpful, is looked at."""

Reason = ReviewTask.Reason
TOLD = {Reason.DUE: hooks.What.DUE, Reason.LOW_SCORE: hooks.What.LOW_SCORE}
"""Reasons that its owner hears of at once."""


@transaction.atomic
def raise_task(
    article: Article,
    reason: str,
    *,
    details: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> bool:
    """Ask the editors to look at a published article; whether that is new. While it is open it only changes details."""
    article = lock(article)
    if not article.is_published:
        return False
    return _raise(article, reason, details or {}, at or timezone.now())


@transaction.atomic
def finish_task(article: Article, reason: str, *, by: User, at: datetime | None = None) -> bool:
    """What was asked for is done; whether it was open.

    Raises:
        NotAllowed: `by` may not write here.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    return bool(steps.finish(article, by=by, at=at or timezone.now(), reasons=(reason,)))


@transaction.atomic
def note_low_score(article: Article) -> bool:
    """After a vote: raise a task if the published revision helps too few of those who said so.

    Only votes since somebody last looked after it count, so that a task that was done comes back only by new votes.
    """
    article = lock(article)
    if not article.is_published:
        return False
    votes = article.feedback.filter(number=article.read_number)
    if article.reviewed_at:
        votes = votes.filter(created_at__gte=article.reviewed_at)
    counted = votes.aggregate(all=Count("pk"), helpful=Count("pk", filter=Q(is_helpful=True)))
    if counted["all"] < FEWEST_VOTES or counted["helpful"] >= LOWEST_SHARE * counted["all"]:
        return False
    return _raise(article, Reason.LOW_SCORE, counted, timezone.now())


@transaction.atomic
def raise_due(article: Article, *, at: datetime) -> bool:
    """Raise a task if its interval is over, once."""
    article = lock(article)
    if not article.is_published or not article.review_due_at or article.review_due_at > at:
        return False
    return _raise(article, Reason.DUE, {"since": article.review_due_at.isoformat()}, at)


def _raise(article: Article, reason: str, details: dict[str, Any], at: datetime) -> bool:
    task, is_new = steps.raise_task(article, reason, details, at)
    if is_new and reason in TOLD:
        hooks.tell(TOLD[Reason(reason)], article, by=User.objects.system(), at=at, task=task.pk)
    return is_new
