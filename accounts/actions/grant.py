"""Who holds which role, everywhere or in one team."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import rights
from accounts.actions.record import record_added, record_removed
from accounts.actions.tokens import end_outgrown_tokens
from accounts.errors import InvalidInput
from accounts.models import Grant, Role, Team, User
from accounts.permissions import Permission


@transaction.atomic
def grant(person: User, *, role: Role, team: Team | None, by: User) -> Grant:
    """Give the person the role, within the team or everywhere. What is held already changes and records nothing.

    Raises:
        NotAllowed: `by` may not manage roles.
        InvalidInput: the person left, everybody holds the role anyway, or the team is retired.
    """
    rights.lock_rights()
    rights.require_may_manage_roles(by)
    if person.is_system or not person.is_active:
        raise InvalidInput(
            _("%(person)s can't sign in. Make the person active first.") % {"person": person},
            field="user",
        )
    if role.is_everybody:
        raise InvalidInput(_("Everybody holds this role already."), field="role")
    if team and team.is_retired:
        raise InvalidInput(_("This team is retired. Choose another one."), field="team")
    held, new = Grant.objects.get_or_create(user=person, role=role, team=team)
    if new:
        record_added(held, by=by)
        end_outgrown_tokens(User.objects.get_queryset().filter(pk=person.pk), by=by)
    return held


@transaction.atomic
def revoke(held: Grant, *, by: User) -> None:
    """Take the role away again. Taking what is gone already changes and records nothing.

    Raises:
        NotAllowed: `by` may not manage roles.
        LastAdministrator: nobody, or not `by`, would be left to manage roles.
    """
    rights.lock_rights()
    rights.require_may_manage_roles(by)
    found = Grant.objects.select_related("user", "role", "team").filter(pk=held.pk).first()
    if found is None:
        return
    record_removed(found, by=by)
    found.delete()
    if Permission.ROLES_MANAGE in found.role.permissions:
        rights.require_managers_left(by)
