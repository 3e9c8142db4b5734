"""Hear of what is new in an article, or in a whole category, or no longer."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from knowledge.models import Article, Section, Subscription


@transaction.atomic
def follow(what: Article | Section, *, by: User) -> Subscription:
    """Whoever follows it already goes on doing so.

    Raises:
        NotAllowed: `by` may not read the article.
    """
    if isinstance(what, Article):
        is_theirs = Article.objects.readable_by(by).filter(pk=what.pk).exists()
        require(is_theirs, _("You may not read this article."))
    return Subscription.objects.get_or_create(user=by, **_key(what))[0]


@transaction.atomic
def unfollow(what: Article | Section, *, by: User) -> bool:
    """Hear no more of it; whether that is new. Allowed also of what somebody may no longer read."""
    return bool(Subscription.objects.filter(user=by, **_key(what)).delete()[0])


def _key(what: Article | Section) -> dict[str, Any]:
    if isinstance(what, Article):
        return {"article": what, "section": None}
    return {"article": None, "section": what}
