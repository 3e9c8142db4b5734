"""Every change of administration as a version: what a thing was before it, and how that is put back.

A change notes only the fields that differed, so a former state is what the row says now with every later change taken
back. It is written by the same verbs and forms as any change, which refuse what no longer fits, and is noted like one.
"""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import Field, ForeignKey, ManyToManyField, Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.record import snapshot
from accounts.administration.differences import model_of
from accounts.administration.portable import Missing, Part, Values, admin_of, part_of, read
from accounts.errors import Refused
from accounts.models import AdminChange, Grant, Team, User
from accounts.permissions import ADMINISTERING, Permission

Action = AdminChange.Action
BESIDE: dict[type[Model], str] = {User: "user", Team: "team"}
"""Whose page shows grants as well, and by which field of a grant."""


class NothingBefore(Refused):
    """There is no former state to put back."""


def about(model: type[Model], key: str) -> "QuerySet[AdminChange]":
    """Changes of one thing, the newest first; of people and teams also who was given which role."""
    own = Q(kind=model._meta.label_lower, object_id=key)
    if (name := BESIDE.get(model)) and key.isdecimal():
        held = Q(kind=Grant._meta.label_lower)
        of_it = Q(**{f"before__{name}__id": int(key)}) | Q(**{f"after__{name}__id": int(key)})
        own |= held & of_it
    return AdminChange.objects.filter(own).select_related("actor")


def may_read(user: User, kind: str) -> bool:
    """Who opens the table itself, and who reads the audit."""
    model = model_of(kind)
    if model is None or user.permits.anywhere(Permission.AUDIT_READ):
        return user.permits.anywhere(Permission.AUDIT_READ)
    if model is Grant:
        return user.permits.anywhere(Permission.ROLES_MANAGE, Permission.PEOPLE_MANAGE)
    if page := admin_of(model):
        return user.permits.anywhere(page.permission, *page.seen_with)
    part = part_of(model)
    if part is None or part.permission not in ADMINISTERING:
        return False
    return user.permits.anywhere(part.permission)


def readable_kinds(user: User) -> list[str]:
    """Tables whose changes this person may read."""
    found = [model._meta.label_lower for model in apps.get_models()]
    return [kind for kind in found if may_read(user, kind)]


def history_url(kind: str, key: str) -> str:
    """The page of the thing's history."""
    model = model_of(kind)
    if model is None or model not in admin.site._registry:
        return reverse("admin:history-of", args=[kind, key])
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[key])


def may_put_back(user: User, change: AdminChange) -> bool:
    part = part_of(change.kind)
    return bool(part and change.action != Action.ADDED and user.permits.anywhere(part.permission))


def put_back(change: AdminChange, *, by: User) -> Model:
    """Make the thing what it was before this change; what was removed is added again. Of people only what it changed.

    Raises:
        NothingBefore: it was added by this change, or its kind can't be put back.
        Refused: `by` may not, what it pointed at is gone, or it no longer fits beside what is there.
    """
    part = part_of(change.kind)
    if part is None or change.action == Action.ADDED:
        raise NothingBefore(_("There is nothing before this change that could be put back."))
    row = part.model._base_manager.filter(pk=change.object_id).first()
    state = _state_before(change, row)
    if part.model is User:  # an old phone number must not undo a later deactivation
        state = {name: value for name, value in state.items() if name in change.before}
    values = _values(part, state)
    is_elsewhere = change.action == Action.CHANGED and not (
        {*change.before, *change.after} & set(part.names)
    )
    if not values or is_elsewhere:
        raise NothingBefore(
            _("What this change noted is kept elsewhere, and can't be put back here.")
        )
    return part.save(row, values, by=by)


def rehearse(change: AdminChange, *, by: User) -> list[AdminChange]:
    """What putting it back would note in the log; nothing of it stays.

    Raises:
        Refused: as `put_back`.
    """
    last = AdminChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        put_back(change, by=by)
        noted = list(AdminChange.objects.filter(pk__gt=last, actor=by).order_by("pk"))
        transaction.set_rollback(True)
    return noted


def _state_before(change: AdminChange, row: Model | None) -> dict[str, Any]:
    """As the log keeps it."""
    state = snapshot(row) if row else {}
    later = AdminChange.objects.filter(
        kind=change.kind, object_id=change.object_id, pk__gte=change.pk
    )
    for one in later.order_by("-pk"):
        state.update(one.before)
    if row is None and not any(one.action == Action.REMOVED for one in later):
        raise NothingBefore(_("It is gone, and the log does not say what it was."))
    return state


def _values(part: Part, state: dict[str, Any]) -> Values:
    """What the log keeps, looked up again.

    Raises:
        Missing: something it points at is gone.
    """
    found: Values = {}
    meta = part.model._meta
    own: dict[str, Any] = {one.name: one for one in (*meta.concrete_fields, *meta.many_to_many)}
    for name in part.names:
        column = part.columns.get(name)
        if name in state and column and column.restore:
            found[name] = column.restore(state[name])
        elif name in state and name in own:
            found[name] = _value(own[name], state[name])
    return found


def _value(own: "Field[Any, Any]", kept: Any) -> Any:
    if isinstance(own, ManyToManyField):
        return [found_again(own.related_model, one) for one in kept]
    if isinstance(own, ForeignKey):
        return None if kept is None else found_again(own.related_model, kept)
    return read(own, kept)


def found_again(model: Any, kept: dict[str, Any]) -> Any:
    """The row that a line of the log names.

    Raises:
        Missing: it is gone.
    """
    found = model._base_manager.filter(pk=kept["id"]).first()
    if found is None:
        raise Missing(
            _("The %(kind)s “%(name)s” is gone, so this can't be put back as it was.")
            % {"kind": model._meta.verbose_name, "name": kept["name"]}
        )
    return found
