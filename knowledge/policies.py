"""Who may write and publish."""

from accounts.models import User
from accounts.permissions import Permission


def can_write(user: User) -> bool:
    return user.permits.anywhere(Permission.ARTICLES_WRITE)


def can_publish(user: User) -> bool:
    return user.permits.anywhere(Permission.ARTICLES_PUBLISH)
