"""Roles as the provider's groups give them, at each sign-in."""

from collections.abc import Collection

from django.db import transaction

from accounts import audit
from accounts.actions import grant, revoke, rights
from accounts.audit.kinds import Kind
from accounts.models import User
from accounts.sso.groups import Difference, compare
from accounts.sso.models import GivenByGroup, Provider


def follow_groups(
    person: User, *, provider: Provider, groups: Collection[str] | None
) -> Difference:
    """Give what the groups bring and take what they no longer do, in the desk's own name.

    Only what groups gave is taken. The last who may manage roles keeps that, and the audit log says so. `groups` None:
    the provider did not say, and nothing changes.
    """
    if groups is None or not compare(person, provider=provider, groups=groups):
        return Difference()
    with transaction.atomic():
        rights.lock_rights()
        difference = compare(person, provider=provider, groups=groups)
        desk = User.objects.system()
        for role, team in difference.gain:
            held = grant(person, role=role, team=team, by=desk)
            GivenByGroup.objects.create(grant=held, provider=provider)
        for mark in difference.lose:
            _take(mark, by=desk)
    for known in ("permits", "held"):
        person.__dict__.pop(known, None)
    return difference


def _take(mark: GivenByGroup, *, by: User) -> None:
    try:
        with transaction.atomic():
            revoke(mark.grant, by=by)
    except rights.LastAdministrator:
        audit.note(
            Kind.ROLE_KEPT,
            by=by,
            about=mark.grant.user,
            role=mark.grant.role.name,
            provider=mark.provider.name,
        )
