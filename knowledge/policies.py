"""Who may write, review and publish: the role says what, the category's keepers say where."""

from accounts.models import User
from accounts.permissions import Permission
from knowledge.models import Article, Review, Revision, Section


def can_write(user: User, article: Article | None = None) -> bool:
    """Write this article; without one, write anything at all."""
    return _may(user, Permission.ARTICLES_WRITE, article.section if article else None)


def can_publish(user: User, article: Article | None = None) -> bool:
    """Publish this article, archive it, and decide about what others wrote; without one, any at all."""
    return _may(user, Permission.ARTICLES_PUBLISH, article.section if article else None)


def can_settle(user: User, article: Article) -> bool:
    """Change its category, audience and place: where it is published, or is about to be, that is for readers to find."""
    return can_publish(user, article) if article.is_for_readers else can_write(user, article)


def can_fill(user: User, section: Section | None, *, published: bool = False) -> bool:
    """Put an article into this category."""
    permission = Permission.ARTICLES_PUBLISH if published else Permission.ARTICLES_WRITE
    return _may(user, permission, section)


def can_approve(user: User, article: Article) -> bool:
    """Say yes to the newest revision."""
    return can_publish(user, article) and not is_alone(user, article)


def can_release(user: User, article: Article, number: int | None = None) -> bool:
    """Publish this revision, else the newest: two people have had a hand in it, or one may do it alone.

    Where an article stands is for whoever may publish to say, so what only moves it needs no second person.
    """
    if not can_publish(user, article):
        return False
    number = number or article.revision_number
    if not is_alone(user, article, number) or _approved_by_another(user, article, number):
        return True
    return says_the_same(article, article.revisions.get(number=number))


def can_publish_own(user: User, article: Article | None) -> bool:
    """Publish right away what they save now."""
    if article is None:
        return can_publish(user) and user.permits.anywhere(Permission.ARTICLES_PUBLISH_OWN)
    return can_approve(user, article)


def can_take_back(user: User, review: Review) -> bool:
    """End a review without a word on the text: whoever asked for it, or may publish there."""
    return user.pk == review.asked_by_id or can_publish(user, review.article)


def is_alone(user: User, article: Article, number: int | None = None) -> bool:
    """Is everything that readers do not see yet, up to this revision, by this person alone, who may not publish such text?"""
    if user.permits.anywhere(Permission.ARTICLES_PUBLISH_OWN):
        return False
    new = article.revisions.filter(number__gt=article.published_number or 0)
    if number:
        new = new.filter(number__lte=number)
    return not new.exclude(author=user.pk).exists()


def says_the_same(article: Article, revision: Revision) -> bool:
    """Is the text of this revision what readers see already?"""
    seen = (article.title, article.summary, article.body, article.tags)
    return article.is_published and seen == (
        revision.title,
        revision.summary,
        revision.body,
        revision.tags,
    )


def _approved_by_another(user: User, article: Article, number: int) -> bool:
    approved = article.reviews.filter(decision=Review.Decision.APPROVED, number=number)
    return approved.exclude(decided_by=user.pk).exists()


def _may(user: User, permission: Permission, section: Section | None) -> bool:
    """By a role: in one of the teams that keep the category, where some do."""
    if not user.permits.anywhere(permission):
        return False
    if section is None or user.is_system:
        return True
    keepers = list(section.keepers.values_list("pk", flat=True))
    return not keepers or any(user.permits.of_member(permission, team) for team in keepers)
