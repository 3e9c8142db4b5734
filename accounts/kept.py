"""Queries that every page asks, put together once for each kind of reader.

Building a query over what somebody may see takes Django five times as long as the database needs to answer it, and the
bell and the sidebar ask theirs on every page. So the SQL that the ORM made, with its parameters, is kept under a key,
and only run the next time. Nothing of the answer is kept.

The key must name everything that the query is made of: for whatever depends on what a person sees, `User.reach`.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST = 4096
"""Queries that are kept in one process."""

Sql = tuple[str, Sequence[Any]]


def rows(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> list[tuple[Any, ...]]:
    """What the query gives, as plain tuples. `build` is asked only where its SQL is not at hand."""
    sql = statement(key, build)
    if sql is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*sql)
        return cursor.fetchall()


def statement(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> Sql | None:
    """The query's SQL and parameters; None where it can find nothing."""
    return _statement((connection.vendor, key), _Unseen(build))


class _Unseen:
    """A builder that the cache does not look at: two with the same key build the same."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self.build = build

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True


@lru_cache(maxsize=MOST)
def _statement(key: Hashable, builder: _Unseen) -> Sql | None:
    try:
        return builder.build().query.sql_with_params()
    except EmptyResultSet:
        return None
