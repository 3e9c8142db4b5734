"""Who can do this: the people behind one row of the grid, by which role and where."""

from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from accounts import paging
from accounts.http import UserRequest, for_admins
from accounts.models import Grant, Role, User, UserQuerySet
from accounts.permissions import ADMINISTERING, EXPLAINED, Permission
from accounts.permits import combine


@dataclass(frozen=True)
class Holder:
    person: User
    by: list[Grant]


@for_admins(Permission.ROLES_MANAGE, Permission.AUDIT_READ)
@require_GET
def permission(request: UserRequest, name: str) -> HttpResponse:
    if name not in Permission.values:
        raise Http404
    asked = Permission(name)
    roles = [role for role in Role.objects.all() if asked in role.permissions]
    everybody = [role for role in roles if role.is_everybody]
    found = paging.page(holders(asked, roles), ("display_name", "id"), request.GET.get("after", ""))
    context = {
        **admin.site.each_context(request),
        "title": asked.label,
        "explained": EXPLAINED[asked],
        "roles": roles,
        "everybody": everybody[0] if everybody else None,
        "holders": [Holder(one, _gives(one, asked)) for one in found.rows],
        "next": found.next,
        "is_of_the_house": asked in ADMINISTERING,
    }
    return TemplateResponse(request, "admin/permission.html", context)


def holders(asked: Permission, roles: list[Role]) -> UserQuerySet:
    """People who hold one of the roles so that it gives this: administration only where it is held everywhere."""
    held = Grant.objects.filter(user=OuterRef("pk"), role__in=[role.pk for role in roles])
    if asked in ADMINISTERING:
        held = held.filter(team=None)
    grants = Grant.objects.select_related("role", "team").order_by("pk")
    return User.objects.people().filter(Exists(held)).prefetch_related(Prefetch("grants", grants))


def _gives(person: User, asked: Permission) -> list[Grant]:
    """Those of the person's grants that give it, by the rule that decides everywhere."""
    return [
        held
        for held in person.grants.all()
        if combine([(held.role.permissions, held.team_id)]).anywhere(asked)
    ]
