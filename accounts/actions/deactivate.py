"""Somebody leaves, or comes back."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import policies
from accounts.actions import rights
from accounts.actions.record import record_changed, snapshot
from accounts.actions.tokens import end_tokens
from accounts.errors import Refused, require
from accounts.models import AccessToken, User
from accounts.permissions import Permission
from accounts.sessions import end_all

NO_RIGHT = gettext_noop("You may not change people. Ask somebody who manages people.")


@transaction.atomic
def deactivate(person: User, *, by: User) -> User:
    """End a person's access at once: no sign-in, and every session and token is gone. Tickets and history stay.

    Raises:
        NotAllowed: `by` may not manage people.
        Refused: it is oneself, or the desk's own user.
        LastAdministrator: nobody would be left to manage roles.
    """
    rights.lock_rights()
    person = _lock(person)
    require(policies.can_manage_people(by), _(NO_RIGHT))
    if person == by or person.is_system:
        raise Refused(_("You can't deactivate yourself. Ask another administrator."))
    if not person.is_active:
        return person
    managed_roles = person.permits.anywhere(Permission.ROLES_MANAGE)
    before = snapshot(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_all(person)
    end_tokens(person, by=by, why=AccessToken.End.LEFT)
    record_changed(person, by=by, before=before)
    if managed_roles:
        rights.require_somebody_manages_roles()
    return person


@transaction.atomic
def reactivate(person: User, *, by: User) -> User:
    """Let a person sign in again, with the roles still held.

    Raises:
        NotAllowed: `by` may not manage people, or the roles still held would give rights that `by` may not give.
        Refused: the person was erased.
    """
    rights.lock_rights()
    person = _lock(person)
    require(policies.can_manage_people(by), _(NO_RIGHT))
    refuse_erased(person)
    if person.is_active or person.is_system:
        return person
    if person.grants.exists():
        rights.require_may_manage_roles(by)
    before = snapshot(person)
    person.is_active = True
    person.save(update_fields=["is_active"])
    record_changed(person, by=by, before=before)
    return person


def refuse_erased(person: User) -> None:
    """Who was promised to be gone is not filled with somebody again.

    Raises:
        Refused: the person was erased.
    """
    if person.is_erased:
        raise Refused(_("This person was erased for good. Invite who comes back as somebody new."))


def _lock(person: User) -> User:
    return User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
