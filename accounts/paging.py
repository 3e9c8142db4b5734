"""Pages of a list by the last row's keys, so that page one thousand costs what page one costs.

The token of the next page holds the values of the sort keys of the last row, signed for exactly these keys. A token
that is not ours, or no longer fits, gives the first page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, Q

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the token of what follows (empty on the last page)."""

    rows: list[Row]
    next: str = ""


def page(
    queryset: Any, keys: Sequence[str] = ("-id",), after: str = "", size: int = 25
) -> Page[Any]:
    """The `size` rows after the token, ordered by `keys`. Rows may be model instances or `values()`.

    `keys` are fields of the model that are never empty, “-” before one that descends; the last must be unique.
    """
    rows = queryset.order_by(*keys)
    if after and (place := _read(after, keys, queryset.model)) is not None:
        rows = rows.filter(_beyond(keys, place))
    return first(list(rows[: size + 1]), keys, queryset.model, size)


def first(found: list[Any], keys: Sequence[str], model: type[Model], size: int) -> Page[Any]:
    """A page of rows that were fetched already, in the order of `keys` and one more than `size` where there are more."""
    more = len(found) > size
    found = found[:size]
    return Page(found, _write(found[-1], keys, model) if more else "")


def is_place(after: str, keys: Sequence[str], model: type[Model]) -> bool:
    """Is this token one of ours for these keys? For who must not be led to the first page again without a word."""
    return _read(after, keys, model) is not None


def neighbour(
    queryset: Any, keys: Sequence[str], place: Sequence[Any], *, back: bool = False
) -> Any:
    """The row behind `place` in the order of `keys`, or before it; nothing at the end. `place` need not be a row's."""
    if back:
        keys = [key[1:] if key.startswith("-") else f"-{key}" for key in keys]
    return queryset.filter(_beyond(keys, place)).order_by(*keys).first()


def _fields(model: type[Model], keys: Sequence[str]) -> list[Any]:
    names = [key.lstrip("-") for key in keys]
    return [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]


def _salt(keys: Sequence[str]) -> str:
    return "paging:" + ",".join(keys)


def _write(row: Any, keys: Sequence[str], model: type[Model]) -> str:
    names = [field.attname for field in _fields(model, keys)]
    values = [row[name] if isinstance(row, Mapping) else getattr(row, name) for name in names]
    raw = [value.isoformat() if isinstance(value, date) else value for value in values]
    return signing.dumps(raw, salt=_salt(keys))


def _read(token: str, keys: Sequence[str], model: type[Model]) -> list[Any] | None:
    try:
        raw = signing.loads(token, salt=_salt(keys))
        return [field.to_python(value) for field, value in zip(_fields(model, keys), raw, strict=True)]  # fmt: skip
    except (signing.BadSignature, ValidationError, ValueError):
        return None


def _beyond(keys: Sequence[str], place: Sequence[Any]) -> Q:
    """Rows behind `place`. The first key bounds them by itself too, so that an index is entered at the right row."""
    beyond = Q()
    for key, value in reversed(list(zip(keys, place, strict=True))):
        name, than = key.lstrip("-"), "lt" if key.startswith("-") else "gt"
        step = Q((f"{name}__{than}", value))
        beyond = step | (Q((name, value)) & beyond) if beyond else step
    first, than = keys[0].lstrip("-"), "lte" if keys[0].startswith("-") else "gte"
    return Q((f"{first}__{than}", place[0])) & beyond
