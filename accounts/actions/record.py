"""The one place that writes the log of administration: who changed what, before and after.

Called in the transaction of the change itself, by verbs and by `accounts.administration.LoggedAdmin`.
Values are raw, as the database has them; another row is its key and what it was called at that time.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Field, ForeignKey, Model

from accounts import audit
from accounts.models import AdminChange, User
from accounts.sealed import SealedTextField

NEVER_KEPT = frozenset({"password", "digest", "last_login", "mail_returned_at"})
LONGEST_LABEL = 200

Values = dict[str, Any]


def snapshot(row: Model) -> Values:
    """The row's fields as the log keeps them."""
    kept = {
        field.name: _value(field, row)
        for field in row._meta.concrete_fields
        if not field.primary_key
        and field.name not in NEVER_KEPT
        and not isinstance(field, SealedTextField)
    }
    for several in row._meta.many_to_many:
        kept[several.name] = [_named(other) for other in getattr(row, several.name).order_by("pk")]
    return kept


def record_added(row: Model, *, by: User, after: Mapping[str, Any] | None = None) -> AdminChange:
    """Note what is there now: `after`, or the row's own fields."""
    now = snapshot(row) if after is None else after
    after = {name: value for name, value in now.items() if value not in (None, "", [])}
    return _write(AdminChange.Action.ADDED, row, by, {}, dict(after))


def record_changed(
    row: Model, *, by: User, before: Mapping[str, Any], after: Mapping[str, Any] | None = None
) -> AdminChange | None:
    """Note the fields that differ between `before` and `after` (or the row as it is now); nothing if none do."""
    now = snapshot(row) if after is None else after
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if not changed:
        return None
    return _write(
        AdminChange.Action.CHANGED,
        row,
        by,
        {name: before[name] for name in changed if name in before},
        {name: now[name] for name in changed if name in now},
    )


def record_removed(row: Model, *, by: User, before: Mapping[str, Any] | None = None) -> AdminChange:
    """Note what is about to be removed; the row still has its key."""
    return _write(AdminChange.Action.REMOVED, row, by, dict(before or snapshot(row)), {})


def _write(action: str, row: Model, by: User, before: Values, after: Values) -> AdminChange:
    change = AdminChange.objects.create(
        actor=by,
        action=action,
        kind=row._meta.label_lower,
        object_id=str(row.pk),
        label=str(row)[:LONGEST_LABEL],
        before=before,
        after=after,
    )
    audit.note_change(change)
    return change


def _value(field: "Field[Any, Any]", row: Model) -> Any:
    if isinstance(field, ForeignKey):
        other = getattr(row, field.name)
        return other and _named(other)
    value = field.value_from_object(row)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _named(row: Model) -> Values:
    return {"id": row.pk, "name": str(row)}
