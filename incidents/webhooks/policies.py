"""Who may set up webhooks."""

from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from accounts.permissions import Permission


def can_manage(user: User) -> bool:
    return user.permits.anywhere(Permission.CHANNELS_MANAGE)


def require_manager(user: User) -> None:
    """Raise `NotAllowed` unless this person sets up channels."""
    require(can_manage(user), _("You may not set up webhooks."))
