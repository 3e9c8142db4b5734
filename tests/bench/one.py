"""One size of desk: seeded if it is not there yet, served, measured, and put into a table."""
# ruff: noqa: E402, T201 (Django is set up before its models are imported; printing is what it is for)

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import django
import psycopg

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.access import Scope
from accounts.actions import make_token
from accounts.models import Team, User
from incidents.desk import runs
from incidents.desk.acts import ACTS
from incidents.desk.models import BulkRun
from incidents.live import topics
from incidents.live.hub import STREAMS_PER_PERSON
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
from tests.bench import painting
from tests.bench.load import Answer, Figures, Page, Person, first_load, inputs, measure
from tests.bench.seed import open_tickets, seed
from tests.bench.server import ROOT, Server, cpu_of, family, parent_of, running
from tests.bench.streams import Heard, Listener, listen

WORDS = (
    "printer offline", "vpn gateway", "shared drive", "password expired", "label blank", "invoice ledger",
    "screen dock", "calendar invite", "wi-fi tablet", "phone codes",
)  # fmt: skip
TYPED = (
    "vpn drops ever",
    "prnter offline",
    "password",
    "shared drve miss",
    "second screen stays bl",
)
HUNDREDS = "&".join(f"upto={priority}:100" for priority in range(1, 6))
AGENT, EMPLOYEE, QUEUE = "agent@example.com", "employee@example.com", "workplace"
LOOKED_AT = 200
"""Tickets that the workspace is opened on, in turn."""
HAPPENINGS = 5
IN_BULK, BULK_SECONDS, BULK_SHARE = 1000, 20, 2
PAINTED_MS = 150
UNLIMITED = {
    "LONG_STATEMENTS": "0", "API_REQUESTS_PER_TOKEN": "10000000", "API_REQUESTS_PER_NETWORK": "10000000",
}  # fmt: skip
WORKER_STARTS = 5
"""Seconds that the worker is given to be there."""
FIRST_LOAD_KB, STREAMS_MB, STREAMS_SECONDS, SEARCH_MS, QUEUE_CPU, BOARD_MS = (
    150,
    400,
    1,
    200,
    4,
    250,
)


def main() -> None:
    tickets, clients, streams = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[4])
    seconds, only, report = float(sys.argv[3]), sys.argv[5], Path(sys.argv[6])
    _seeded(tickets)
    with running(UNLIMITED) as server:
        print(
            f"\n{tickets:,} tickets, {open_tickets(tickets):,} of them open; {clients} clients, {seconds:g} s a page\n"
        )
        figures = _pages(server, clients, seconds, only)
        if only in {"", "filter change"}:
            _filter_change(server)
        if only in {"", "bulk"}:
            _bulk(server, clients, seconds)
        if not only:
            _first_load(server)
            _streams(server, streams)
    _verdicts(figures)
    report.write_text(json.dumps({name: one.percentile(0.95) for name, one in figures.items()}))


# The database -------------------------------------------------------------------------------------------------


def _seeded(tickets: int) -> None:
    """The database of this size, made unless one is there whole."""
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    whole = f"{tickets} tickets, layout {_layout()}"
    with psycopg.connect(os.environ["BENCH_SERVER_URL"], autocommit=True) as control:
        said = control.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        if said != (whole,):
            control.execute(f'DROP DATABASE IF EXISTS "{name}"')
            control.execute(f'CREATE DATABASE "{name}"')
    call_command("collectstatic", interactive=False, verbosity=0)
    if said == (whole,):
        return
    call_command("migrate", verbosity=0)
    seed(tickets, say=print)
    with psycopg.connect(os.environ["BENCH_SERVER_URL"], autocommit=True) as control:
        control.execute(f"COMMENT ON DATABASE \"{name}\" IS '{whole}'")


def _layout() -> str:
    """Changes whenever a migration or the seed does."""

    root = Path(__file__).resolve().parents[2]
    files = [
        *root.glob("*/migrations/*.py"),
        *root.glob("*/*/migrations/*.py"),
        *Path(__file__).parent.glob("*.py"),
    ]
    made_by = [
        file for file in files if "migrations" in file.parts or file.name in {"seed.py", "words.py"}
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(made_by))).hexdigest()[:12]


def _database_cpu() -> Callable[[], float]:
    """Processor time of the database server, where it runs on this machine."""

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), inet_server_addr() IS NULL OR inet_server_addr() = '127.0.0.1'"
        )
        pid, is_here = cursor.fetchone()
    if not is_here:
        return lambda: 0.0
    root = parent_of(pid)
    return lambda: sum(map(cpu_of, family(root)))


# Pages ----------------------------------------------------------------------------------------------------------


def _session_of(email: str) -> str:

    browser = Client()
    browser.force_login(User.objects.get(email=email), backend="accounts.backends.PeopleBackend")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def _all_pages() -> list[Page]:

    agent, employee = _session_of(AGENT), _session_of(EMPLOYEE)
    staff = User.objects.get(email=AGENT)
    numbers = list(
        Ticket.objects.seen_as_staff_by(staff)
        .open()
        .by_urgency()
        .values_list("number", flat=True)[:LOOKED_AT]
    )
    category = Category.objects.get(slug="laptop").pk

    def at(path: str) -> Callable[[Person, int], Answer]:
        return lambda person, _turn: person.get(path)

    _token, secret = make_token(staff, by=staff, name="Bench", scopes=[Scope.TICKETS_READ], days=7)

    def by_token(path: str) -> Callable[[Person, int], Answer]:
        return lambda person, _turn: person.get(path, Authorization=f"Bearer {secret}")

    def asking(
        path: str, words: tuple[str, ...], **headers: str
    ) -> Callable[[Person, int], Answer]:
        return lambda person, turn: person.get(
            path + words[turn % len(words)].replace(" ", "+"), **headers
        )

    def file(person: Person, turn: int) -> Answer:
        page = person.get("/tickets/new/")
        form = {
            **inputs(page, "/tickets/new/"), "category": str(category), "title": f"Laptop restarts, number {turn}",
            "description": "It restarts by itself, always around noon.", "impact": "me", "urgency": "slow",
        }  # fmt: skip
        return person.post("/tickets/new/", form)

    return [
        Page("null", agent, at("/bench/null/")),
        Page("portal home", employee, at("/"), 10),
        Page("my tickets", employee, at("/tickets/")),
        Page("queue", agent, at(f"/desk/queues/{QUEUE}/"), 12),
        Page("list, narrowed", agent, at("/desk/all/?status=open&priority=1&priority=2&assignee=nobody")),
        Page("list, narrowed, by API", agent, by_token("/api/v1/tickets?status=open&priority=1&priority=2&assignee=nobody"), 6),
        Page("board", agent, at(f"/desk/board/?team={QUEUE}"), 20),
        Page("board, 500 cards", agent, at(f"/desk/board/?of=all&lanes=priority&{HUNDREDS}"), 20),
        Page("workspace", agent, lambda person, turn: person.get(f"/desk/tickets/INC-{numbers[turn % len(numbers)]}/"), 14),
        Page("list by two words", agent, asking("/desk/all/?q=", WORDS)),
        Page("ticket search", agent, asking("/desk/search/?q=", WORDS)),
        Page("search, one person", agent, asking("/desk/search/?q=", WORDS), alone=True),
        Page("article search", employee, asking("/kb/search/?q=", WORDS)),
        Page("suggestions", employee, asking("/suggest/?q=", TYPED, **{"HX-Request": "true"})),
        Page("form to file", employee, at("/tickets/new/")),
        Page("file a ticket", employee, file, 25, status=302),
    ]  # fmt: skip


def _pages(server: Server, clients: int, seconds: float, only: str) -> dict[str, Figures]:
    database_cpu = _database_cpu()
    heading = (
        "page",
        "a second",
        "p50 ms",
        "p95 ms",
        "queries",
        "KB",
        "server CPU ms",
        "database CPU ms",
    )
    print("| " + " | ".join(heading) + " |\n|" + " --- |" * len(heading))
    found: dict[str, Figures] = {}
    for page in _all_pages():
        if only and only not in page.name and page.name != "null":
            continue
        one = measure(page, server, clients=clients, seconds=seconds, database_cpu=database_cpu)
        found[page.name] = one
        cells = (
            page.name, f"{one.rate:.0f}", f"{one.percentile(0.5):.1f}", f"{one.percentile(0.95):.1f}", one.queries,
            f"{one.size / 1000:.1f}", f"{one.cpu_ms:.1f}", f"{one.database_ms:.1f}",
        )  # fmt: skip
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return found


def _first_load(server: Server) -> None:
    parts = first_load(server, _session_of(EMPLOYEE), "/")
    total = sum(part.size for part in parts)
    print(f"\nFirst load of the portal home, {len(parts)} files, gzip where it was given:")
    for part in sorted(parts, key=lambda part: -part.size):
        print(f"  {part.size / 1000:8.1f} KB of {part.whole / 1000:8.1f}  {part.path}")
    _judge("first load", total / 1000, FIRST_LOAD_KB, "KB")


# Streams --------------------------------------------------------------------------------------------------------


def _streams(server: Server, number: int) -> None:

    team = Team.objects.get(slug=QUEUE)
    topic = f"queue:{QUEUE}"
    watchers = list(User.objects.filter(email__startswith="watcher-"))
    each = -(-number // len(watchers))
    if each > STREAMS_PER_PERSON:
        print(f"\nNo streams: {number} need more people than {len(watchers)}.")
        return
    listeners = []
    for person in watchers:
        session = _session_of(person.email)
        signed = topics.sign(
            person, [topic, "unassigned", f"bell:{person.pk}", f"mine:{person.pk}"]
        )
        listeners += [Listener(session, signed)] * each
    ticket, agent = Ticket.objects.open().in_team(team).first(), User.objects.get(email=AGENT)
    assert ticket

    def happen() -> None:
        actions.note(ticket, "Looking at it.", by=agent)

    _tell(listen(server, listeners[:number], topic, happen, times=HAPPENINGS))


def _tell(heard: Heard) -> None:
    print(
        f"\n{heard.streams:,} open streams. Web workers: {heard.memory_before:.0f} MB before, {heard.memory:.0f} MB with"
        f" them, {1000 * (heard.memory - heard.memory_before) / heard.streams:.0f} KB each."
    )
    shown = ", ".join(f"{1000 * seconds:.0f}" for seconds in heard.to_last)
    print(
        f"From an agent's note to the last stream: {shown} ms (median stream {1000 * statistics.median(heard.to_middle):.0f} ms)."
    )
    _judge("memory of all web workers", heard.memory, STREAMS_MB, "MB")
    _judge("event to the last stream", max(heard.to_last), STREAMS_SECONDS, "s")


def _filter_change(server: Server) -> None:
    took = painting.filter_change(server, _session_of(AGENT))
    if not took:
        print("\nNo Chromium: the change of a filter is not measured.")
        return
    print(
        f"\nA change of filter, from the click to painted rows, {len(took)} times: {painting.told(took)}"
    )
    _judge("change of filter, median", statistics.median(took), PAINTED_MS, "ms")


# A bulk change ------------------------------------------------------------------------------------------------


def _bulk(server: Server, clients: int, seconds: float) -> None:
    """A thousand tickets are assigned by one change, and given back, while others look at a queue."""
    queue = next(page for page in _all_pages() if page.name == "queue")
    quiet = measure(queue, server, clients=clients, seconds=seconds, database_cpu=lambda: 0.0)
    agent = User.objects.get(email=AGENT)
    tickets = Ticket.objects.seen_as_staff_by(agent).open().exclude(assignee=agent)
    numbers = list(tickets.order_by("pk").values_list("number", flat=True)[:IN_BULK])
    with _worker():
        began = time.monotonic()
        run = runs.start(ACTS["assign"], {"to": str(agent.pk)}, numbers, by=agent, key=token_hex(8))
        busy = measure(queue, server, clients=clients, seconds=seconds, database_cpu=lambda: 0.0)
        was_running = _state(run) != BulkRun.State.DONE
        done = _wait_for(run, BulkRun.State.DONE) - began
        runs.undo(BulkRun.objects.get(pk=run.pk), at=timezone.now())
        _wait_for(run, BulkRun.State.UNDONE)
    share = busy.percentile(0.95) / quiet.percentile(0.95)
    print(
        f"\nA bulk change of {len(numbers):,} tickets, the queue asked {'all' if was_running else 'part of'} the while:"
    )
    print(
        f"  queue p95 {quiet.percentile(0.95):.1f} ms before, {busy.percentile(0.95):.1f} ms meanwhile"
    )
    _judge("bulk change", done, BULK_SECONDS, "s")
    _judge("queue meanwhile against before, p95", share, BULK_SHARE, "×")


@contextmanager
def _worker() -> Iterator[None]:
    """The process that does what is queued."""
    process = subprocess.Popen([sys.executable, "manage.py", "qcluster"], cwd=ROOT)
    try:
        time.sleep(WORKER_STARTS)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _state(run: BulkRun) -> str:
    return BulkRun.objects.values_list("state", flat=True).get(pk=run.pk)


def _wait_for(run: BulkRun, state: str) -> float:
    """When it was so far, by the monotonic clock."""
    while _state(run) != state:
        time.sleep(0.1)
    return time.monotonic()


# Verdicts -------------------------------------------------------------------------------------------------------


def _verdicts(figures: dict[str, Figures]) -> None:
    print()
    for name, one in figures.items():
        if one.page.most_queries:
            _judge(f"{name}, queries", one.queries, one.page.most_queries, "")
    page, program = figures.get("list, narrowed"), figures.get("list, narrowed, by API")
    if page and program:
        most = page.percentile(0.95)
        _judge("list by API against its page, p95", program.percentile(0.95), most, "ms")
    if "queue" in figures:
        _judge(
            "queue, CPU against the null page",
            figures["queue"].cpu_ms / figures["null"].cpu_ms,
            QUEUE_CPU,
            "×",
        )
    if board := figures.get("board, 500 cards"):
        _judge("500 cards, server CPU", board.cpu_ms + board.database_ms, BOARD_MS, "ms")
    if search := figures.get("search, one person"):
        _judge("ticket search, two words, p95", search.percentile(0.95), SEARCH_MS, "ms")


def _judge(what: str, value: float, most: float, unit: Any) -> None:
    print(
        f"  {'✓' if value <= most else '✗'} {what}: {value:.3g} {unit}, at most {most} {unit}".rstrip()
    )


if __name__ == "__main__":
    main()
