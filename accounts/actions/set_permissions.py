"""What roles allow: the cells of the grid."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import rights
from accounts.actions.record import record_changed, snapshot
from accounts.actions.tokens import end_outgrown_tokens
from accounts.errors import InvalidInput
from accounts.models import Grant, Role, User
from accounts.permissions import ADMINISTERING, Permission

Cell = tuple[int, str]
"""A role's key and a permission."""

ADMINISTRATOR = "administrator"


def is_fixed(role: Role, permission: str) -> bool:
    """The seeded administrator can always manage roles, so that an install can't lock itself out."""
    return role.slug == ADMINISTRATOR and role.is_seeded and permission == Permission.ROLES_MANAGE


def is_closed(role: Role, permission: str) -> bool:
    """What everybody holds can't open administration."""
    return role.is_everybody and permission in ADMINISTERING


@transaction.atomic
def set_permissions(
    *, give: Collection[Cell] = (), take: Collection[Cell] = (), by: User
) -> list[Role]:
    """Add and remove permissions of several roles, all or none of them; the roles that changed.

    Only named cells are touched, so two people who change different cells don't undo each other.

    Raises:
        NotAllowed: `by` may not manage roles.
        InvalidInput: a role or permission does not exist, or this one must stay as it is.
        LastAdministrator: nobody, or not `by`, would be left to manage roles.
    """
    rights.lock_rights()
    rights.require_may_manage_roles(by)
    roles = {role.pk: role for role in Role.objects.all()}
    for key, permission in {*give, *take}:
        if key not in roles or permission not in Permission.values:
            raise InvalidInput(_("This role or permission is gone. Open the page again."))
    _refuse_what_must_stay(roles, give, take)

    changed, grown = [], []
    for role in roles.values():
        added = {permission for key, permission in give if key == role.pk}
        removed = {permission for key, permission in take if key == role.pk}
        wanted = (set(role.permissions) | added) - removed
        if wanted == set(role.permissions):
            continue
        if wanted - set(role.permissions):
            grown.append(role)
        before = snapshot(role)
        role.permissions = [permission for permission in Permission.values if permission in wanted]
        role.save(update_fields=["permissions"])
        record_changed(role, by=by, before=before)
        changed.append(role)
    if any(permission == Permission.ROLES_MANAGE for _key, permission in take):
        rights.require_managers_left(by)
    if grown:
        holders = Grant.objects.filter(role__in=grown).values("user")
        end_outgrown_tokens(User.objects.get_queryset().filter(pk__in=holders), by=by)
    return changed


def _refuse_what_must_stay(
    roles: dict[int, Role], give: Collection[Cell], take: Collection[Cell]
) -> None:
    for key, permission in take:
        if is_fixed(roles[key], permission):
            raise InvalidInput(
                _("“%(role)s” can always manage roles, so that somebody can.")
                % {"role": roles[key]}
            )
    for key, permission in give:
        if is_closed(roles[key], permission):
            raise InvalidInput(
                _("Everybody holds “%(role)s”, so it can't open administration.")
                % {"role": roles[key]}
            )
