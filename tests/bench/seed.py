"""A desk with a million tickets in minutes: rows by COPY, each with the log that tells it, hash chain and all.

The rows are made by the same `Ticket.apply` and `Event.sealed` as the verbs', so that `rebuild` and `verify_log` hold
on them; only the verbs' checks are left out, which made-up histories don't need.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import Jsonb
from django.db.models import Model
from django.utils import timezone

from accounts.models import Grant, Role, User
from accounts.permissions import Permission
from incidents.demo import company, library
from incidents.tickets import chain, search
from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow import priority
from knowledge import actions
from tests.bench.words import Words

WATCHERS = 172
"""People who see all queues, so that each of 2,000 open pages has somebody to belong to."""
ARTICLES = 500
MOST_OPEN, LEAST_OPEN, OPEN_SHARE = 20_000, 3_000, 0.02
FIRST_NUMBER = 1001
A_YEAR = timedelta(days=365)
CHUNK = 20_000
INDEXED_AT_ONCE = 4_000
TABLES = ("tickets_ticket", "tickets_message", "tickets_event")


def seed(tickets: int, say: Callable[[str], None]) -> None:
    """Fill an empty, migrated database."""

    started = time.monotonic()
    _people_and_articles()
    say(f"people and articles: {time.monotonic() - started:.0f} s")
    processes = os.cpu_count() or 1
    chunks = [(start, min(start + CHUNK, tickets)) for start in range(0, tickets, CHUNK)]
    now = datetime.now(UTC).replace(microsecond=0)
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        with without_indexes(TABLES):
            list(pool.map(_copy, [(*chunk, tickets, now) for chunk in chunks]))
        say(f"tickets, messages, events: {time.monotonic() - started:.0f} s")
        with without_indexes(("ticket_document",)):
            list(pool.map(_index, chunks))
        say(f"search documents: {time.monotonic() - started:.0f} s")
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")  # noqa: S608
        cursor.execute("SELECT setval('ticket_number', (SELECT max(number) FROM tickets_ticket))")
        cursor.execute("VACUUM ANALYZE")
    say(f"{tickets:,} tickets seeded: {time.monotonic() - started:.0f} s")


def open_tickets(tickets: int) -> int:
    """How many of them are open: the newest."""
    return min(MOST_OPEN, max(LEAST_OPEN, int(tickets * OPEN_SHARE)), tickets)


def _people_and_articles() -> None:
    with transaction.atomic():
        made = company.found()
        watcher = Role.objects.create(
            slug="watcher", name="Watcher", permissions=[Permission.TICKETS_SEE]
        )
        watchers = User.objects.bulk_create(
            User(email=f"watcher-{n}@example.com", display_name=f"Wren Number {n}", password="!")
            for n in range(WATCHERS)
        )
        Grant.objects.bulk_create(Grant(user=person, role=watcher) for person in watchers)
        library.stock(made, now=timezone.now())
        words, editor = Words(0), made.people["jules.marten"]
        for _ in range(ARTICLES - 46):
            draft = actions.draft(
                words.title(), by=editor, body=f"{words.text()}\n\n{words.text()}"
            )
            actions.publish(draft, by=editor)


@contextmanager
def without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """Indexes that no constraint needs are made afterwards, all at once: many times faster than row by row."""

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)
               AND indexname NOT IN (SELECT conname FROM pg_constraint)""",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    connection.close()  # the processes that fork from this one must not share it
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table in tables:
            cursor.execute(f"ANALYZE {table}")


# In a process of its own -----------------------------------------------------------------------------------


@dataclass
class Cast:
    """Who and what tickets are about, as keys."""

    requesters: list[int]
    agents: dict[int, list[int]]
    """team -> people who work there"""
    categories: list[tuple[int, int]]
    """category, its team"""

    @classmethod
    def load(cls) -> "Cast":

        tree = Tree.load()
        teams = {c.pk: tree.team_of(c) for c in tree.by_pk.values()}
        agents: dict[int, list[int]] = {}
        for team, person in Grant.objects.exclude(team=None).values_list("team", "user"):
            agents.setdefault(team, []).append(person)
        return cls(
            list(User.objects.people().values_list("pk", flat=True)),
            agents,
            [(pk, team.pk) for pk, team in teams.items() if team],
        )


def _copy(given: tuple[int, int, int, datetime]) -> None:
    """Write the tickets from `start` to `end`, their messages and events."""

    start, end, tickets, now = given
    story = Story(Words(start + 1), Cast.load(), tickets, now)
    for place in range(start, end):
        story.tell(place)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        # The keys are ours and right; checking a million of them one by one would take longer than all the rest.
        cursor.execute("SET session_replication_role = replica")
        for model, rows in (
            (Ticket, story.tickets),
            (Message, story.messages),
            (Event, story.events),
        ):
            names = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
            with cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    connection.close()


def _index(chunk: tuple[int, int]) -> None:

    for start in range(chunk[0], chunk[1], INDEXED_AT_ONCE):
        search.bulk_index(range(start + 1, min(start + INDEXED_AT_ONCE, chunk[1]) + 1))
    connection.close()


class Story:
    """Rows of made-up tickets, ready to be copied. Keys follow from a ticket's place, so processes need not agree."""

    def __init__(self, words: Words, cast: Cast, tickets: int, now: datetime) -> None:
        self.words, self.random = words, words.random
        self.cast = cast
        self.first_open = tickets - open_tickets(tickets)
        self.all = tickets
        self.now = now
        self.tickets: list[tuple[Any, ...]] = []
        self.messages: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def tell(self, place: int) -> None:

        self.ticket = Ticket(pk=place + 1, number=FIRST_NUMBER + place)
        self.at = self.now - A_YEAR * (1 - place / self.all)
        category, team = self.random.choice(self.cast.categories)
        requester = self.random.choice(self.cast.requesters)
        agent = self.random.choice(self.cast.agents[team])
        impact, urgency = (
            self.random.choice(("me", "me", "team", "many")),
            self.random.choice(("stop", "slow", "low")),
        )
        self._filed(category, team, requester, impact, urgency)
        if place < self.first_open:
            self._happen(Kind.ASSIGNED, agent, 30, changes={"assignee_id": agent})
            self._happen(
                Kind.RESOLVED, agent, 300, message="resolution", by_staff=True,
                changes={"status": "resolved", "resolution_code": "fixed", "resolved_at": None},
            )  # fmt: skip
            self._happen(
                Kind.CLOSED, requester, 900, changes={"status": "closed", "closed_at": None}
            )
        elif self.random.random() < 0.6:
            self._happen(Kind.ASSIGNED, agent, 30, changes={"assignee_id": agent})
            self._happen(Kind.STATUS_CHANGED, agent, 0, changes={"status": "open"})
            self._happen(Kind.REPLIED, agent, 5, message="reply", by_staff=True)
        self.tickets.append(tuple(_columns(self.ticket).values()))

    def _filed(self, category: int, team: int, requester: int, impact: str, urgency: str) -> None:
        changes = {
            "title": self.words.title(), "type": "incident", "origin": "portal", "external_id": None,
            "category_id": category, "service_id": None, "status": "new", "impact": impact, "urgency": urgency,
            "priority": int(priority.of(impact, urgency)), "priority_by_hand": False, "team_id": team,
            "requester_id": requester, "reporter_id": requester,
        }  # fmt: skip
        self._happen(Kind.FILED, requester, 0, message="description", changes=changes)

    def _happen(
        self,
        kind: str,
        actor: int,
        minutes: int,
        *,
        changes: dict[str, Any] | None = None,
        message: str = "",
        **data: Any,
    ) -> None:
        """One event, folded into the ticket as `record` does."""

        self.at = min(self.at + timedelta(minutes=minutes * (0.5 + self.random.random())), self.now)
        number = self.ticket.version + 1
        if message:
            data["message"] = self._say(message, actor)
        if changes:
            raw = {
                name: self.at.isoformat() if name.endswith("_at") else value
                for name, value in changes.items()
            }
            if number > 1:
                data["was"] = {name: _raw(getattr(self.ticket, name)) for name in raw}
            data["set"] = raw
        event = Event(
            pk=self.ticket.pk * 8 + number, ticket_id=self.ticket.pk, number=number, kind=kind, actor_id=actor, origin="portal",
            occurred_at=self.at, recorded_at=self.at, is_public=True, data=data, digest=chain.digest(data),
        )  # fmt: skip
        event.hash = event.sealed(self.ticket.log_head, self.ticket.number)
        self.ticket.apply(event)
        self.events.append(tuple({**_columns(event), "data": Jsonb(data)}.values()))

    def _say(self, kind: str, author: int) -> int:
        pk = self.ticket.pk * 4 + (0 if kind == "description" else 1)
        message = Message(
            pk=pk, ticket_id=self.ticket.pk, kind=kind, author_id=author, body=self.words.text(), is_public=True,
            created_at=self.at,
        )  # fmt: skip
        self.messages.append(tuple(_columns(message).values()))
        return pk


def _columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _raw(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
