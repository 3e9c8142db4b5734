"""Who may write and publish."""

from accounts.models import User
from accounts.permissions import Permission
from knowledge.models import Article


def can_write(user: User) -> bool:
    return user.permits.anywhere(Permission.ARTICLES_WRITE)


def can_publish(user: User) -> bool:
    return user.permits.anywhere(Permission.ARTICLES_PUBLISH)


def can_settle(user: User, article: Article) -> bool:
    """Change its category, audience and place: on a published article that changes what readers find."""
    return can_publish(user) if article.is_published else can_write(user)
