"""Who may shape people and their rights. Predicates only."""

from accounts.models import Role, User
from accounts.permissions import Permission


def can_manage_people(user: User) -> bool:
    return user.permits.anywhere(Permission.PEOPLE_MANAGE)


def can_manage_roles(user: User) -> bool:
    return user.permits.anywhere(Permission.ROLES_MANAGE)


def can_change_email(user: User, person: User) -> bool:
    """The e-mail is the login: who sets it can reset the password, and so gets every right of that person."""
    if not can_manage_people(user) or can_manage_roles(user):
        return can_manage_people(user)
    # Of the roles held, not of `permits`: somebody inactive now may come back.
    held = Role.objects.filter(grants__user=person).values_list("permissions", flat=True)
    return all(
        user.permits.anywhere(permission) for permissions in held for permission in permissions
    )
