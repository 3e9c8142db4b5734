"""A new role."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import rights
from accounts.actions.record import record_added
from accounts.errors import InvalidInput
from accounts.models import Role, User
from accounts.slugs import free_slug


@transaction.atomic
def make_role(
    name: str, *, by: User, description: str = "", like: Role | None = None, slug: str = ""
) -> Role:
    """Make a role that allows what `like` allows, or nothing yet. Nobody holds it.

    Its address is made from the name, or is `slug` where that is free.

    Raises:
        NotAllowed: `by` may not manage roles.
        InvalidInput: there is no name, or another role has it.
    """
    rights.lock_rights()
    rights.require_may_manage_roles(by)
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("Give the role a name."), field="name")
    if Role.objects.filter(name__iexact=name).exists():
        raise InvalidInput(_("There is a role of this name already."), field="name")
    role = Role.objects.create(
        name=name,
        slug=free_slug(Role, slug or name),
        description=description.strip(),
        permissions=list(like.permissions) if like else [],
    )
    record_added(role, by=by)
    return role
