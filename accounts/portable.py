"""Departments, teams and roles as configuration; people can be put back, but are not part of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts import actions
from accounts.actions.deactivate import refuse_erased
from accounts.administration.portable import Column, Part, Values, by_form, register
from accounts.errors import InvalidInput
from accounts.models import Department, Grant, Role, Team, User
from accounts.permissions import Permission

P = Permission


def write_role(part: Part, row: Any, values: Values, *, by: User) -> Role:
    """Name and words by the form, what it allows by the verb of the grid."""
    wanted = values["permissions"]
    if not isinstance(wanted, list) or set(wanted) - set(P.values):
        unknown = ", ".join(sorted(map(str, set(map(str, wanted or ["?"])) - set(P.values))))
        raise InvalidInput(_("Unknown permission: %s") % unknown, field="permissions")
    if row is None:
        row = actions.make_role(
            values["name"], description=values["description"], slug=values["slug"], by=by
        )
    role: Any = by_form(_ROLE_WORDS, row, {**values, "slug": row.slug}, by=by)
    has = set(role.permissions)
    actions.set_permissions(
        give=[(role.pk, one) for one in set(wanted) - has],
        take=[(role.pk, one) for one in has - set(wanted)],
        by=by,
    )
    role.refresh_from_db()
    found: Role = role
    return found


def write_person(part: Part, row: Any, values: Values, *, by: User) -> User:
    """As on the person's page: address and access by their verbs, the rest by the form."""
    if row is None:
        raise InvalidInput(_("People are not removed, so there is nobody to bring back."))
    refuse_erased(row)
    actions.change_email(row, to=values["email"], by=by)
    if values["is_active"] != row.is_active:
        (actions.reactivate if values["is_active"] else actions.deactivate)(row, by=by)
    row.refresh_from_db()
    saved: Any = by_form(_PERSON_WORDS, row, values, by=by)
    person: User = saved
    return person


def write_grant(part: Part, row: Any, values: Values, *, by: User) -> Grant:
    if row is not None:
        return row  # type: ignore[no-any-return]  # given and taken, never changed
    return actions.grant(values["user"], role=values["role"], team=values["team"], by=by)


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "description", "is_private", "asks_rating", "assigns", "is_retired")


_PERSON = ("display_name", "phone", "department", "location", "time_zone", "language")
_ROLE_WORDS = Part("roles", 0, Role, P.ROLES_MANAGE, ("slug",), ("name", "description"))
_PERSON_WORDS = Part("people", 0, User, P.PEOPLE_MANAGE, ("email",), _PERSON, in_file=False)

register(
    Part("departments", 10, Department, P.PEOPLE_MANAGE, ("name",), ("name", "shares_tickets")),
    Part("teams", 20, Team, P.ROLES_MANAGE, ("slug",), TeamForm.Meta.fields, form=TeamForm),
    Part(
        "roles", 30, Role, P.ROLES_MANAGE, ("slug",), ("name", "description"),
        columns={
            "permissions": Column(
                lambda role: list(role.permissions), lambda given: given,
                {"type": "array", "uniqueItems": True, "items": {"enum": list(P.values)}},
            )
        },
        write=write_role,
    ),
    Part(
        "people", 0, User, P.PEOPLE_MANAGE, ("email",), (*_PERSON, "is_active"),
        write=write_person, in_file=False, rows=lambda _reader: User.objects.people(),
    ),
    Part(
        "grants", 0, Grant, P.ROLES_MANAGE, ("user", "role", "team"), (),
        write=write_grant, in_file=False,
        page=lambda held: f"/admin/accounts/user/{held.user_id}/change/",
    ),
)  # fmt: skip
