"""Steps that verbs about rights share: one change at a time, and somebody is always left to manage roles."""

from django.utils.translation import gettext as _

from accounts import policies
from accounts.errors import Refused, require
from accounts.models import Role, User
from accounts.permissions import Permission


class LastAdministrator(Refused):
    """Nobody, or not oneself, would be left who may manage roles."""


def lock_rights() -> None:
    """Hold every role until the transaction ends: two administrators can't take each other's rights at once."""
    list(Role.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def require_may_manage_roles(by: User) -> None:
    require(
        policies.can_manage_roles(by),
        _("You may not change who may do what. Ask somebody who manages roles."),
    )


def require_managers_left(by: User) -> None:
    """Refuse what was just done, if `by` lost the right to manage roles, or nobody has it any more.

    Asked after the change and inside its transaction, so the refusal takes the change back.

    Raises:
        LastAdministrator
    """
    if not by.is_system and not policies.can_manage_roles(User.objects.get(pk=by.pk)):
        raise LastAdministrator(
            _(
                "You would lose your own right to manage roles. Ask another administrator to take it from you."
            )
        )
    require_somebody_manages_roles()


def require_somebody_manages_roles() -> None:
    """See `require_managers_left`.

    Raises:
        LastAdministrator
    """
    if not User.objects.people().holding(Permission.ROLES_MANAGE, None).exists():
        raise LastAdministrator(
            _("Nobody would be left to manage roles. Give the right to somebody else first.")
        )
