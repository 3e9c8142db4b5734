"""Queries that every page asks, put together once for each kind of reader.

Building a query over what somebody may see takes Django five times as long as the database needs to answer it, and the
bell and the sidebar ask theirs on every page. So the SQL that the ORM made, with its parameters, is kept under a key,
and only run the next time. Nothing of the answer is kept.

The key must name everything that the query is made of: for whatever depends on what a person sees, `User.reach`. What
differs from one time to the next without changing the query, such as the ticket it is about, is a hole in it:

    build = lambda: Event.objects.visible_to(reader).filter(ticket=Hole("ticket"))
    kept.instances(("history", reader.reach), build, ticket=ticket.pk)
"""

import re
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, TypeVar

import psycopg
import psycopg.sql
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Func, JSONField, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
T = TypeVar("T")

MOST = 4096
"""Queries that are kept in one process."""
LARGEST_BATCH = 128


class Hole(Expression):
    """A parameter that is only known when the query is asked: a number, or text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        return "%s", (self,)


@dataclass(frozen=True)
class _Said:
    """A query with its values, for those who look on."""

    query: bytes


class _Prepared(psycopg.RawCursor[Any]):
    """PostgreSQL needs longer to plan a query over what somebody may see than to answer it, so the plan is kept, too.

    Raw: what `_with_words` wrote is sent as it is. psycopg would look through a long query for its parameters each time.
    """

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "_Prepared":
        super().execute(query, params, prepare=True)
        if connection.queries_logged:  # Django's log of queries reads this off the cursor
            said = re.sub(r"\$(\d+)", lambda found: self._literal(params[int(found[1]) - 1]), query)
            self._query = _Said(said.encode())  # type: ignore[assignment]
        return self

    def _literal(self, value: Any) -> str:
        literal: str = psycopg.sql.Literal(value).as_string(self.connection)
        return literal


def _cursor() -> CursorWrapper:
    here: Any = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up for every attribute
    if here.vendor != "postgresql":
        return here.cursor()  # type: ignore[no-any-return]
    here.close_if_health_check_failed()
    here.ensure_connection()
    return here._prepare_cursor(_Prepared(here.connection))  # type: ignore[no-any-return]


@dataclass
class _Kept:
    """One query, ready to be run. The compiler knows what its columns are; it is asked nothing of the database."""

    sql: str
    parameters: Sequence[Any]
    compiler: SQLCompiler

    @cached_property
    def converters(self) -> dict[int, Any]:
        return self.compiler.get_converters([one[0] for one in self.compiler.select])

    @cached_property
    def names(self) -> list[str]:
        """Of a `values()` query: what each column is called."""
        query: Any = self.compiler.query
        return [*(query.selected or (*query.values_select, *query.annotation_select))]

    @cached_property
    def instance(self) -> tuple[type[Model], int, list[str]]:
        """Of a query for instances: their model, where their columns begin, and the fields that these are of."""
        info = self.compiler.klass_info or {}
        columns = info["select_fields"]
        fields = [self.compiler.select[at][0].target.attname for at in columns]
        return info["model"], columns[0], fields

    @cached_property
    def related(self) -> list[Any]:
        """What fills in each model that is selected along."""
        compiler: Any = self.compiler
        return list(get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS))  # type: ignore[call-arg]  # the stubs are of Django 6

    def ask(self, given: dict[str, Any]) -> list[Sequence[Any]]:
        filled = [
            given[value.name] if isinstance(value, Hole) else value for value in self.parameters
        ]
        with _cursor() as cursor:
            cursor.execute(self.sql, filled)
            found: list[Sequence[Any]] = cursor.fetchall()
        if not self.converters:
            return found
        return list(self.compiler.apply_converters(found, self.converters))


def rows(
    key: Hashable, build: Callable[[], QuerySet[Any, Any]], **given: Any
) -> list[Sequence[Any]]:
    """What the query gives, as plain sequences of values. `build` is asked only where its SQL is not at hand."""
    found = _kept_under(key, build)
    return found.ask(given) if found else []


def dicts(
    key: Hashable, build: Callable[[], QuerySet[Any, dict[str, Any]]], **given: Any
) -> list[dict[str, Any]]:
    """What a `values()` query gives."""
    kept = _kept_under(key, build)
    if kept is None:
        return []
    return [dict(zip(kept.names, row, strict=True)) for row in kept.ask(given)]


def instances(key: Hashable, build: Callable[[], QuerySet[M, M]], **given: Any) -> list[M]:
    """What the query gives, as model instances with what it selects along and what it annotates."""
    kept = _kept_under(key, build)
    if kept is None:
        return []
    model, first, fields = kept.instance
    annotated = (kept.compiler.annotation_col_map or {}).items()
    found: list[M] = []
    for row in kept.ask(given):
        one: Any = model.from_db(DEFAULT_DB_ALIAS, fields, row[first : first + len(fields)])
        for populator in kept.related:
            populator.populate(row, one)
        for name, at in annotated:
            setattr(one, name, row[at])
        found.append(one)
    return found


def in_bulk(
    key: Hashable, build: Callable[[], QuerySet[M, M]], keys: Collection[int], **given: Any
) -> dict[int, M]:
    """As a queryset's: those of the instances that have these keys, by their key."""
    found = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), LARGEST_BATCH):
        some = ordered[start : start + LARGEST_BATCH]
        # Batches of 1, 2, 4, 8 … keys, so that few queries are kept; the last key fills what is free.
        size = 1 << (len(some) - 1).bit_length()
        filled = some + some[-1:] * (size - len(some))
        holes = [f"key{place}" for place in range(size)]

        def of_these(holes: list[str] = holes) -> QuerySet[M, M]:
            return build().filter(pk__in=[Hole(name) for name in holes])

        some_found = instances(
            (key, size), of_these, **given, **dict(zip(holes, filled, strict=True))
        )
        found.update({one.pk: one for one in some_found})
    return found


def _kept_under(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> _Kept | None:
    """None where the query can find nothing."""
    return _remembered(_queries, key, lambda: _compiled(build()))


def _remembered(store: dict[Hashable, T], key: Hashable, make: Callable[[], T]) -> T:
    full = (connections[DEFAULT_DB_ALIAS].vendor, key)
    found = store.get(full, _MISSING)
    if isinstance(found, _Missing):
        found = make()
        if len(store) >= MOST:
            store.clear()  # another thread may be reading: it has its own by now
        store[full] = found
    return found


def part(
    key: Hashable, build: Callable[[], tuple[str, Sequence[Any]] | None], **given: Any
) -> tuple[str, list[Any]] | None:
    """A part of a query that is put together: its SQL and parameters. None where it can find nothing."""
    found = _remembered(_parts, key, build)
    if found is None:
        return None
    sql, parameters = found
    return sql, [given[one.name] if isinstance(one, Hole) else one for one in parameters]


def ask(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement gives that was put together by hand, as `%s` has it. PostgreSQL keeps its plan.

    For a statement that comes in few forms, and whose plan does not hang on which words are asked for.
    """
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        sql = _numbered(sql)
    with _cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    places = count(1)
    return re.sub("%%|%s", lambda found: "%" if found[0] == "%%" else f"${next(places)}", sql)


def gathered(query: QuerySet[Any, Any], *fields: str) -> ArraySubquery:
    """All rows of another query as one value beside others, each a list of these fields. For PostgreSQL alone."""
    row = Func(*fields, function="JSONB_BUILD_ARRAY", output_field=JSONField())
    return ArraySubquery(query.values_list(row, flat=True))


class _Missing: ...


_MISSING = _Missing()


_queries: dict[Hashable, _Kept | None] = {}
_parts: dict[Hashable, tuple[str, Sequence[Any]] | None] = {}


def _compiled(query: QuerySet[Any, Any]) -> _Kept | None:
    compiler = query.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    return _Kept(*_with_words(sql, parameters), compiler)


def _with_words(sql: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    """The words of a query written out on PostgreSQL, its numbers left as parameters (`$1`).

    Words are choices (a state, a channel): an index that is kept for some of them is only used where the plan can see
    them. Numbers are of people and teams, and one plan is good for all.
    """
    if connection.vendor != "postgresql":
        return sql, list(parameters)
    left: list[Any] = []
    given = iter(parameters)

    def written(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = next(given)
        if isinstance(value, str):
            literal: str = psycopg.sql.Literal(value).as_string(connection.connection)
            return literal
        left.append(value)
        return f"${len(left)}"

    return re.sub(r"%%|%s", written, sql), left
