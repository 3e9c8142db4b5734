"""Queries that every page asks, put together once for each kind of reader.

Building a query over what somebody may see takes Django five times as long as the database needs to answer it, and the
bell and the sidebar ask theirs on every page. So the SQL that the ORM made, with its parameters, is kept under a key,
and only run the next time. Nothing of the answer is kept.

The key must name everything that the query is made of: for whatever depends on what a person sees, `User.reach`.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST = 4096
"""Queries that are kept in one process."""

Sql = tuple[str, Sequence[Any]]


def rows(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> list[tuple[Any, ...]]:
    """What the query gives, as plain tuples. `build` is asked only where its SQL is not at hand."""
    found = statement(key, build)
    if found is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*found)
        return cursor.fetchall()


def statement(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> Sql | None:
    """The query's SQL and parameters; None where it can find nothing."""
    full = (connection.vendor, key)
    if full not in _kept:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[full] = _sql(build())
    return _kept[full]


_kept: dict[Hashable, Sql | None] = {}


def _sql(query: QuerySet[Any, Any]) -> Sql | None:
    try:
        return query.query.sql_with_params()
    except EmptyResultSet:
        return None
