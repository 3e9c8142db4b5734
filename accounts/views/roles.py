"""The grid: which role may do what."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import policies
from accounts.actions.set_permissions import Cell, is_closed, is_fixed, set_permissions
from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_admins
from accounts.models import Role, User
from accounts.permissions import EXPLAINED, Permission


@dataclass(frozen=True)
class Column:
    role: Role
    people: int

    @property
    def people_url(self) -> str:
        people = reverse("admin:accounts_user_changelist")
        return people if self.role.is_everybody else f"{people}?grants__role__id__exact={self.role.pk}"  # fmt: skip


@dataclass(frozen=True)
class Box:
    """Where a row and a column meet."""

    value: str
    role: Role
    people: int
    is_held: bool
    is_locked: bool


@dataclass(frozen=True)
class Row:
    permission: Permission
    line: str
    in_team: bool
    boxes: list[Box]


@for_admins(Permission.ROLES_MANAGE, Permission.AUDIT_READ)
@require_GET
def role_grid(request: UserRequest) -> HttpResponse:
    """Every role with its permissions, each explained in one line."""
    columns = _columns()
    may_change = policies.can_manage_roles(request.user)
    rows = [_row(permission, columns, may_change=may_change) for permission in Permission]
    groups = [
        (title, list(found))
        for title, found in groupby(rows, key=lambda row: str(EXPLAINED[row.permission].group))
    ]
    shown = [box.value for row in rows for box in row.boxes if box.is_held and not box.is_locked]
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Roles and permissions"),
        "columns": columns,
        "groups": groups,
        "shown": " ".join(shown),
        "may_change": may_change,
    }
    return TemplateResponse(request, "admin/roles.html", context)


@for_admins(Permission.ROLES_MANAGE)
@require_POST
def role_permissions(request: UserRequest) -> HttpResponse:
    """Save what differs between the boxes as they were shown and as they came back."""
    shown = _cells(request.POST.get("shown", "").split())
    held = _cells(request.POST.getlist("held"))
    changed = set_permissions(give=held - shown, take=shown - held, by=request.user)
    if changed:
        names = ", ".join(role.name for role in changed)
        messages.success(request, _("Saved: %(roles)s.") % {"roles": names})
    else:
        messages.info(request, _("Nothing was changed."))
    return HttpResponseRedirect(reverse("admin:roles"))


def _columns() -> list[Column]:
    holders = Count("grants__user", distinct=True, filter=Q(grants__user__is_active=True))
    everybody = User.objects.people().count()
    return [
        Column(role, everybody if role.is_everybody else role.holders)
        for role in Role.objects.annotate(holders=holders).order_by("pk")
    ]


def _row(permission: Permission, columns: list[Column], *, may_change: bool) -> Row:
    explained = EXPLAINED[permission]
    boxes = [
        Box(
            value=f"{column.role.pk}:{permission}",
            role=column.role,
            people=column.people,
            is_held=permission in column.role.permissions,
            is_locked=not may_change
            or is_fixed(column.role, permission)
            or is_closed(column.role, permission),
        )
        for column in columns
    ]
    return Row(permission, str(explained.line), explained.in_team, boxes)


def _cells(values: list[str]) -> set[Cell]:
    cells = set()
    for value in values:
        key, _colon, permission = value.partition(":")
        if not key.isdecimal():
            raise InvalidInput(_("This role or permission is gone. Open the page again."))
        cells.add((int(key), permission))
    return cells
