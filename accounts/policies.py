"""Who may shape people and their rights. Predicates only."""

from accounts.models import AccessToken, Role, Team, User
from accounts.permissions import Permission


def can_manage_people(user: User) -> bool:
    return user.permits.anywhere(Permission.PEOPLE_MANAGE)


def can_manage_roles(user: User) -> bool:
    return user.permits.anywhere(Permission.ROLES_MANAGE)


def can_manage_channels(user: User) -> bool:
    return user.permits.anywhere(Permission.CHANNELS_MANAGE)


def can_make_token(user: User, person: User) -> bool:
    """Make a token that acts as `person`: one's own, or a program's by who manages connections and lacks none of its rights."""
    if not person.is_active or person.is_system or user.is_service:
        return False
    if person == user:
        return True
    return person.is_service and can_manage_channels(user) and has_rights_of(user, person)


def can_end_token(user: User, token: AccessToken) -> bool:
    return token.person_id == user.pk or can_manage_channels(user)


def has_rights_of(user: User, person: User) -> bool:
    """Everything that this person may do, `user` may do as well: everywhere what they may everywhere, in a team what
    they may there."""
    if can_manage_roles(user):
        return True
    mine, theirs = user.permits, person.permits
    teams = Team.objects.in_bulk(theirs.by_team)
    return theirs.everywhere <= mine.everywhere and all(
        mine.allows(Permission(permission), teams[team])
        for team, held in theirs.by_team.items()
        for permission in held
    )


def can_change_email(user: User, person: User) -> bool:
    """The e-mail is the login: who sets it can reset the password, and so gets every right of that person."""
    if not can_manage_people(user) or can_manage_roles(user):
        return can_manage_people(user)
    # Of the roles held, not of `permits`: somebody inactive now may come back.
    held = Role.objects.filter(grants__user=person).values_list("permissions", flat=True)
    return all(
        user.permits.anywhere(permission) for permissions in held for permission in permissions
    )
