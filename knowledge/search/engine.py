"""What searching needs of a database, for articles and tickets alike.

Raw SQL is allowed only in the search modules (`knowledge.search`, `incidents.tickets.search`), since the ORM knows neither
FTS5 nor all of PostgreSQL's full text. What a person typed goes in as bound parameters only; the names and expressions
that are put together here are constants of ours.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from accounts import formats

COUNTED = 1_000
"""Counts stop here: nobody reads further, and counting further costs."""

INSERTED = 5_000
"""Rows of one statement."""
Sql = tuple[str, Sequence[Any]]
"""A piece of SQL and its parameters."""


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Execute a statement; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def insert(table: str, rows: Sequence[Sequence[Any]], *, on_conflict: str = "DO NOTHING") -> None:
    """Insert rows of text and whole numbers. One that is there already stays, unless `on_conflict` says otherwise.

    The fastest way that each database has: columns as arrays on PostgreSQL, one prepared statement on SQLite.
    """
    if not rows:
        return
    if not on_postgres():
        values = f"({', '.join(['%s'] * len(rows[0]))})"
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} VALUES {values} ON CONFLICT {on_conflict}", rows
            )
        return
    kinds = ["text" if isinstance(value, str) else "bigint" for value in rows[0]]
    columns = ", ".join(f"%s::{kind}[]" for kind in kinds)
    for at in range(0, len(rows), INSERTED):
        run(
            f"INSERT INTO {table} SELECT * FROM unnest({columns}) ON CONFLICT {on_conflict}",
            [list(column) for column in zip(*rows[at : at + INSERTED], strict=True)],
        )


def marks(values: Collection[object]) -> str:
    """A place in a statement for each value."""
    return ", ".join(["%s"] * len(values))


def numbers(values: Iterable[int]) -> str:
    """Keys, written into a statement: binding hundreds takes longer than asking."""
    return ", ".join(str(int(value)) for value in values)


def keys_of(queryset: models.QuerySet[Any]) -> Sql | None:
    """A queryset as a subquery of primary keys, so that search filters by the very predicate of every other page.

    None where nobody needs to ask the database, since nothing can be in it.
    """
    try:
        return queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None


def counted(number: int) -> str:
    """A capped count as people read it."""
    return formats.capped(number, COUNTED)
