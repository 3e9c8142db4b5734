"""The cast and the builders that every test uses, and the database they run on.

`DATABASE_URL` chooses the database, SQLite without it. Every test signs people in by session, as a browser does.
"""

import gc
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zlib import crc32

# Playwright's synchronous API keeps an event loop running in this thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import django
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import Department, Grant, Role, Team, User
from config import catalogues
from incidents.tickets import actions as tickets
from incidents.tickets.models import Category, Service, Ticket
from knowledge import actions as knowledge
from knowledge.models import Article, Section
from tests import services

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "knowledge", "incidents")
PASSWORD = "a long enough password"
numbers = count(1)


def pytest_configure() -> None:
    """Translations as they stand in the source, also where `make` was not used."""
    catalogues.compile_all()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part", default="1/1", help="the tests of every third file, from the second on: 2/3"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    number, of = map(int, config.getoption("part").split("/"))
    if collection_path.suffix != ".py" or collection_path.name == "conftest.py":
        return None
    path = str(collection_path.relative_to(ROOT))
    return True if crc32(path.encode()) % of != number - 1 else None


TOUCHES_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup", "environment"}
"""The last is that of a portal in processes of its own."""


def touches_database(item: pytest.Item) -> bool:
    fixtures = TOUCHES_DATABASE.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures or any(map(item.get_closest_marker, ("django_db", "browser", "postgres"))))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_postgres = "postgres" in os.environ.get("DATABASE_URL", "sqlite")
    for item in items:
        if item.path.name == "test_browser.py":
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="PostgreSQL only; this run is on SQLite"))
        if item.get_closest_marker("sqlite") and on_postgres:
            item.add_marker(pytest.mark.skip(reason="SQLite only; this run is on PostgreSQL"))
    if on_postgres:  # what touches no database has been tested on SQLite
        config.hook.pytest_deselected(items=[item for item in items if not touches_database(item)])
        items[:] = filter(touches_database, items)


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay until the end: no use in looking through them for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


MOST_UNSTEADY = 2
"""Tests of one part that may need a second try (`--reruns`, in the browser only) before the run counts as failed."""


FAULTS = {"rerun": "second try", "error": "error", "failed": "failed"}
"""What pytest calls a test that did not pass at once, and what we do (`config/bootstrap.py` looks for these words)."""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """One order of events in a few hundred may be a machine's; three are a fault of ours, and each is named either way."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter:
        return
    again = reporter.stats.get("rerun", ())
    reporter.write_line("")  # past the dots
    for report in again:
        reporter.section(f"first try of {report.nodeid}")
        reporter.write_line(report.longreprtext)
    lost = {
        report.nodeid for name in ("error", "failed") for report in reporter.stats.get(name, ())
    }
    for outcome, word in FAULTS.items():
        for report in reporter.stats.get(outcome, ()):
            if outcome == "rerun" and report.nodeid in lost:
                continue
            lines = report.longreprtext.splitlines()
            why = next((line[1:].strip() for line in lines if line.startswith("E ")), "")
            reporter.write_line(f"{word}: {report.nodeid} - {why}")
    unsteady = {report.nodeid for report in again}
    if len(unsteady) > MOST_UNSTEADY:
        reporter.write_line(
            f"failed: {len(unsteady)} tests needed a second try, at most {MOST_UNSTEADY} may"
        )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def playwright() -> "Iterator[Playwright]":
    """One a process: it keeps an event loop running, so tests that need their own run apart from these."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: "Playwright") -> "Iterator[Browser]":
    with chromium_of(playwright) as browser:
        yield browser


@contextmanager
def chromium_of(playwright: "Playwright", **build: bool) -> "Iterator[Browser]":
    program = services.chromium(**build)
    if not program:
        pytest.skip("Chromium is not installed")
    browser = playwright.chromium.launch(executable_path=program, args=services.CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def migrated() -> str:
    """A name for the database that these migrations make: making it takes longer than most runs, so a copy is kept."""
    state = hashlib.sha256(django.__version__.encode())
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if path.parent.name == "migrations" or path.stem in ("seeds", "permissions"):
            state.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return f"firebreak-founded-{state.hexdigest()[:24]}"


@pytest.fixture(scope="session")
def founded(django_db_modify_db_settings: None, migrated: str) -> Path | None:
    """Where that copy is, or will be: one file of this machine on SQLite. On PostgreSQL it is a database of the server."""
    if connection.vendor != "sqlite":
        return None
    return Path(tempfile.gettempdir()) / f"{migrated}.sqlite3"


def is_on_server(name: str) -> bool:
    with connection._nodb_cursor() as server:
        server.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        return bool(server.fetchone()[0])


@pytest.fixture(scope="session")
def django_db_keepdb(
    founded: Path | None, migrated: str, django_db_blocker: Any, request: pytest.FixtureRequest
) -> bool:
    """Begin with a copy of the copy where there is one."""
    test = connection.settings_dict["TEST"]
    if founded is None:
        with django_db_blocker.unblock():
            test["TEMPLATE"] = migrated if is_on_server(migrated) else None
    if founded is None or not founded.exists():
        return bool(request.config.getvalue("reuse_db"))

    name = Path(test["NAME"])
    for old in name.parent.glob(f"{name.name}*"):
        if old.name in (name.name, f"{name.name}-wal", f"{name.name}-shm"):
            old.unlink()
    shutil.copy(founded, name)
    return True


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, founded: Path | None, migrated: str, django_db_keepdb: bool,
) -> None:  # fmt: skip
    with django_db_blocker.unblock():
        if founded and not founded.exists() and not django_db_keepdb:
            fresh = founded.with_name(f"{founded.name}.{uuid4().hex}")
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(fresh)])
            fresh.replace(founded)
        if founded is None and not is_on_server(migrated) and not django_db_keepdb:
            made = connection.settings_dict["NAME"]
            connection.close()
            # Another run may have been first.
            with suppress(DatabaseError), connection._nodb_cursor() as server:
                server.execute(f'CREATE DATABASE "{migrated}" TEMPLATE "{made}"')
        send_each_alone()


def send_each_alone() -> None:
    """Every event has a mail of its own, except where a test is about bundling them."""
    from incidents.notify.models import NoticeRules

    NoticeRules.objects.update_or_create(pk=1, defaults={"bundle_minutes": 0})


@pytest.fixture(scope="module")
def kept_for_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What a fixture of a module writes is there for all its tests; each takes back what it changes itself.

    For what takes long to make. Not beside tests that need real transactions.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session", autouse=True)
def scratch_media(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    from django.conf import settings

    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture(autouse=True)
def _fresh_start(request: pytest.FixtureRequest) -> None:
    """A test whose writes are not rolled back feels no limits of the last one, and its mails come alone, too.

    Such tests empty all tables when they end, and only what `post_migrate` plants grows again.
    """
    marked = request.node.get_closest_marker("django_db")
    keeps = {"transactional_db", "live_server"}.intersection(request.fixturenames)
    if keeps or (marked and marked.kwargs.get("transaction")):
        from django.core.cache import cache

        request.getfixturevalue("transactional_db")
        cache.clear()
        send_each_alone()


def make_person(name: str, *roles: str | tuple[str, Team], email: str = "", **fields: Any) -> User:
    """A person who holds roles: a slug everywhere, or (slug, team) in that team."""
    person = User.objects.create_user(
        email or f"{name.split()[0].lower()}{next(numbers)}@example.com",
        PASSWORD,
        display_name=name,
        **fields,
    )
    for held in roles:
        slug, team = held if isinstance(held, tuple) else (held, None)
        Grant.objects.create(user=person, role=Role.objects.get(slug=slug), team=team)
    return person


@pytest.fixture
def department(db: None) -> Department:
    return Department.objects.create(name="Finance")


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Network", slug="network")


@pytest.fixture
def other_team(db: None) -> Team:
    return Team.objects.create(name="Workplace", slug="workplace")


@pytest.fixture
def private_team(db: None) -> Team:
    return Team.objects.create(name="Security", slug="security", is_private=True)


@pytest.fixture
def category(team: Team) -> Category:
    return Category.objects.create(name="VPN", slug="vpn", default_team=team)


@pytest.fixture
def other_category(other_team: Team) -> Category:
    return Category.objects.create(name="Laptop", slug="laptop", default_team=other_team)


@pytest.fixture
def service(team: Team) -> Service:
    return Service.objects.create(name="VPN access", slug="vpn-access", owner_team=team)


@pytest.fixture
def section(db: None) -> Section:
    return Section.objects.create(name="Wi-Fi and VPN", slug="network")


@pytest.fixture
def requester(department: Department) -> User:
    return make_person("Robin Kestrel", department=department)


@pytest.fixture
def other_requester(department: Department) -> User:
    return make_person("Mika Thistle", department=department)


@pytest.fixture
def agent(team: Team) -> User:
    return make_person("Sasha Vole", ("agent", team))


@pytest.fixture
def other_agent(other_team: Team) -> User:
    return make_person("Bea Otter", ("agent", other_team))


@pytest.fixture
def lead(team: Team) -> User:
    return make_person("Noor Aspen", ("team-lead", team))


@pytest.fixture
def manager(db: None) -> User:
    return make_person("Kit Bramble", "incident-manager")


@pytest.fixture
def editor(db: None) -> User:
    return make_person("Jules Marten", "knowledge-editor")


@pytest.fixture
def admin(db: None) -> User:
    return make_person("Alex Heron", "administrator")


@pytest.fixture
def auditor(db: None) -> User:
    return make_person("Cleo Alder", "auditor")


@pytest.fixture
def make_ticket(category: Category, requester: User) -> Callable[..., Ticket]:
    def make(title: str = "VPN keeps dropping", **given: Any) -> Ticket:
        fields = {
            "by": requester,
            "description": "It drops every few minutes.",
            "category": category,
            **given,
        }
        return tickets.file(title, **fields)

    return make


@pytest.fixture
def ticket(make_ticket: Callable[..., Ticket]) -> Ticket:
    return make_ticket()


def _empty(kind: Any, is_wanted: bool) -> list[Any]:
    """A department or team that nobody belongs to: an article for some names those."""
    return [kind.objects.get_or_create(name="Nobody's")[0]] if is_wanted else []


@pytest.fixture
def make_article(editor: User, section: Section) -> Callable[..., Article]:
    def make(
        title: str = "VPN disconnects every few minutes",
        body: str = "Switch the client to **Automatic**.",
        *,
        published: bool = True,
        departments: Sequence[Department] = (),
        teams: Sequence[Team] = (),
        **given: Any,
    ) -> Article:
        article = knowledge.draft(title, by=editor, body=body, **{"section": section, **given})
        article.departments.set(
            departments or _empty(Department, article.audience == "departments")
        )
        article.teams.set(teams or _empty(Team, article.audience == "teams"))
        return knowledge.publish(article, by=editor) if published else article

    return make


@pytest.fixture
def client_of() -> Callable[..., Client]:
    def sign_in(user: User, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(user, backend="accounts.backends.PeopleBackend")
        return client

    return sign_in


@pytest.fixture
def on_postgres(db: None) -> bool:
    return connection.vendor == "postgresql"


@pytest.fixture
def warm(db: None) -> None:
    """What a process reads once, and asks of afterwards only whether it still holds."""
    from incidents.escalation import rules as chains
    from incidents.notify import rooms
    from incidents.sla import rules as promises
    from incidents.tickets.questions import asking
    from incidents.webhooks import listening
    from incidents.workflow import rulebook

    for rules in (rulebook, promises, chains):
        rules.current()
    for others in (listening.listeners, rooms.channels, asking.forms):
        others()
