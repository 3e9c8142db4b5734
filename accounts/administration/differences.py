"""What a line of the log says, in words: field by field, before and after."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.translation import gettext as _

from accounts.models import AdminChange
from accounts.permissions import Permission

LONGEST_VALUE = 200


@dataclass(frozen=True)
class Difference:
    """One field: what it was and what it is, or which items a list gained and lost."""

    name: str
    before: str
    after: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def differences(change: AdminChange) -> list[Difference]:
    model = model_of(change.kind)
    names = dict.fromkeys([*change.before, *change.after])
    return [
        _difference(model, name, change.before.get(name), change.after.get(name)) for name in names
    ]


def kind_in_words(kind: str) -> str:
    model = model_of(kind)
    return str(model._meta.verbose_name) if model else kind


def model_of(kind: str) -> type[Model] | None:
    """The model a line is about, or nothing if a later release has it no more."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def _difference(model: type[Model] | None, name: str, before: Any, after: Any) -> Difference:
    try:
        field: Any = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        field = None
    title = str(getattr(field, "verbose_name", name.replace("_", " ")))
    if isinstance(before, list) or isinstance(after, list):
        was, now = _items(before or []), _items(after or [])
        return Difference(
            title,
            ", ".join(was),
            ", ".join(now),
            gained=tuple(item for item in now if item not in was),
            lost=tuple(item for item in was if item not in now),
        )
    return Difference(title, _words(field, before), _words(field, after))


def _items(values: Iterable[Any]) -> list[str]:
    return [_words(None, value) for value in values]


def _words(field: "Field[Any, Any] | None", value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        if "name" in value:
            return str(value["name"])
        parts = [f"{name.replace('_', ' ')}: {_words(None, part)}" for name, part in value.items()]
        return "; ".join(parts)[:LONGEST_VALUE]
    if isinstance(value, list):
        return ", ".join(_items(value))[:LONGEST_VALUE]
    choices = dict(field.flatchoices) if field is not None else {}
    if value in choices:
        return str(choices[value])
    if value in Permission.values:
        return str(Permission(value).label)
    return str(value)[:LONGEST_VALUE]
