"""The running program, as `make run` starts it, and people in front of Chromium.

The server has a database of its own, of the kind that `DATABASE_URL` names, with the demo company in it. Tests here
touch it only through the browser. They share it: whoever changes what others see puts it back, or does it as somebody
whom no other test is.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import services
from tests.browser.ready import arrive_ready

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "firebreak-demo"
HERE = "tests/browser"
PATIENCE = 15_000
"""Milliseconds after which what was to happen counts as not happening: CI shares its few cores with all that runs there."""
expect.set_options(timeout=10_000)
A_LONG_TIME = 600
"""Seconds for a command that founds the company: ten of them where nothing else runs."""
SIGNED_IN_BY = {"sid", "csrf"}
QUIET = (
    "status of 4",
    "Response Status Error Code 4",
    "oobErrorNoTarget",
    "htmx:sendAbort",
    "htmx:afterRequest",
    "ERR_INTERNET_DISCONNECTED",
)
"""Refusals are meant; a fragment may arrive for a page that is being left; a newer request takes the place of an older;
a lost connection is played."""


BOTH = {
    "test_main_path.py", "test_browser.py", "desk/test_board.py", "desk/test_bulk.py", "desk/test_composer.py",
    "desk/test_knowledge_use.py", "desk/test_macros.py", "desk/test_merge_split_team.py", "desk/test_search.py",
    "desk/test_writing.py", "portal/test_articles.py", "portal/test_confidential_tickets.py", "portal/test_deflection.py",
    "portal/test_following_a_ticket.py", "portal/test_forms_per_category.py", "portal/test_my_tickets.py",
}  # fmt: skip
"""Whose tests run on PostgreSQL, too: where search, locks, live streams or many verbs in a row take part. What pages
look like, and what keys and scripts do, is the same page for both."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(str(item.path).endswith(f"/{name}") for name in BOTH):
            item.add_marker(pytest.mark.both_databases)
        if HERE in str(item.path):
            item.add_marker(pytest.mark.browser)
            if not item.get_closest_marker("timeout"):
                # Without what the first of them makes for all: a busy machine founds the company for minutes.
                item.add_marker(pytest.mark.timeout(180, func_only=True))


@dataclass
class Site:
    url: str
    env: dict[str, str]
    database: str = ""
    cookies: dict[str, list[Any]] = field(default_factory=dict)
    """By address: of those who have signed in, since doing so takes longer than most of what is tested."""
    hand: subprocess.Popen[str] | None = None

    @property
    def target(self) -> int:
        """The port of this machine to which the site may send: an operator named it."""
        return int(self.env["OUTBOUND_ALLOWED"].rpartition(":")[2])

    def manage(self, *words: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
            timeout=A_LONG_TIME,
        ).stdout

    def run(self, code: str) -> str:
        """What this code prints, run as a command of the site would be."""
        self.hand = self.hand or subprocess.Popen(
            [sys.executable, "-m", "tests.browser.hand"],
            cwd=ROOT, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.hand.stdin
        assert self.hand.stdout
        self.hand.stdin.write(f"{json.dumps(code)}\n")
        self.hand.stdin.flush()
        printed, failed = json.loads(self.hand.stdout.readline())
        assert not failed, failed
        return printed

    def rest(self) -> None:
        if self.hand:
            self.hand.communicate()

    def forget_drafts(self) -> None:
        """What the test before left unsent would stand in the forms of the next one."""
        if self.database.startswith("postgres"):
            with psycopg.connect(self.database, autocommit=True) as database:
                database.execute("DELETE FROM tickets_draft")
                database.execute("DELETE FROM knowledge_articledraft")
            return
        path = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=20)) as database:
            database.execute("DELETE FROM tickets_draft")
            database.execute("DELETE FROM knowledge_articledraft")
            database.commit()


@dataclass
class Stock:
    """The demo company as it is found: its database, and its files in a folder."""

    place: Path
    database: str


@contextmanager
def another_database(place: Path, *, like: str = "template1") -> Iterator[str]:
    """A database beside the one that the rest of the suite uses; on SQLite it is a file among the others of `place`."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{place / 'site.sqlite3'}"
        return
    name = f"browser_{uuid4().hex[:10]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def site_at(address: str, database: str, place: Path) -> Site:
    env = os.environ | {
        "DATABASE_URL": database, "FIREBREAK_DATA": str(place), "SITE_URL": address, "PORT": address.rpartition(":")[2],
        "DEMO": "1", "REQUIRE_STAFF_MFA": "0", "SITE_NAME": "Fernhill IT Help", "SITE_PHONE": "5555",
        "EMAIL_URL": f"filemail:///{place / 'mails'}", "DJANGO_SETTINGS_MODULE": "config.settings",
        "OUTBOUND_ALLOWED": f"127.0.0.1:{services.free_port()}",
    }  # fmt: skip
    return Site(address, env, database)


def migrated_or_empty(migrated: str) -> str:
    """The database of this server that another run has migrated and kept, or the one that nothing is in."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return "template1"
    with psycopg.connect(url, autocommit=True) as server:
        found = server.execute("SELECT datname FROM pg_database WHERE datname = %s", [migrated])
        return migrated if found.fetchone() else "template1"


@pytest.fixture(scope="session")
def stock(
    tmp_path_factory: pytest.TempPathFactory, migrated: str, founded: Path | None
) -> Iterator[Stock]:
    """Made once: every site begins as a copy, since founding the company takes as long as several tests."""
    place = tmp_path_factory.mktemp("stock")
    if founded and founded.exists():
        shutil.copy(founded, place / "site.sqlite3")
    with another_database(place, like=migrated_or_empty(migrated)) as database:
        site = site_at("http://127.0.0.1:1", database, place)
        site.manage("migrate", "--verbosity", "0")
        site.manage("collectstatic", "--noinput", "--verbosity", "0")
        site.manage("demo", "--yes")
        yield Stock(place, database)


@pytest.fixture(scope="session")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The demo that most tests share. Whoever spoils it for the others starts one of their own."""
    if running := os.environ.get(
        "FIREBREAK_SITE"
    ):  # a demo that runs already, for working on a test
        site = Site(running, dict(os.environ))
        yield site
        site.rest()
        return
    stock = request.getfixturevalue("stock")
    with running_site(stock, tmp_path_factory.mktemp("site")) as site:
        yield site


@contextmanager
def running_site(stock: Stock, place: Path) -> Iterator[Site]:
    """Web and worker on a free port, with a copy of the demo company in a database of their own below `place`."""
    shutil.copytree(stock.place, place, dirs_exist_ok=True)
    with another_database(place, like=stock.database.rpartition("/")[2]) as database:
        site = site_at(f"http://127.0.0.1:{services.free_port()}", database, place)
        with serving(site, place):
            yield site
            site.rest()


@contextmanager
def serving(site: Site, place: Path) -> Iterator[None]:
    log = (place / "server.log").open("wb")
    web = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "config/serve.py", "config.asgi:application"],
        cwd=ROOT, env=site.env, stdout=log, stderr=log,
    )  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"], cwd=ROOT, env=site.env, stdout=log, stderr=log
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{site.url}/healthz", timeout=2).close()  # noqa: S310
                break
            except OSError:
                if time.monotonic() > until or web.poll() is not None:
                    raise RuntimeError((place / "server.log").read_text()) from None
                time.sleep(0.1)
        yield
    finally:
        for process in (web, worker):
            process.terminate()
        for process in (web, worker):
            process.wait(timeout=60)


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A window of one's own: `open_page("agent@example.com", width=360)`. Anything refused or broken there fails the test.

    All windows of a person have one session, unless they sign in `afresh`. With `may_fail` a broken server is played.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    if site.database:
        site.forget_drafts()

    def open_one(
        email: str | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        locale: str = "en-GB",
        afresh: bool = False,
        may_fail: bool = False,
        **options: object,
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            locale=locale,
            **options,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if options.get("java_script_enabled", True):
            context.on("page", arrive_ready)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: (
                problems.append(f"{page.url}: {line.text}")
                if line.type == "error"
                and not (may_fail or any(quiet in line.text for quiet in QUIET))
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                problems.append(f"foreign request {request.url}")
                if not request.url.startswith((site.url, "data:", "blob:"))
                else None
            ),
        )
        page.on(
            "response",
            lambda answer: (
                problems.append(f"{answer.status} {answer.url}")
                if answer.status >= 500 and not may_fail
                else None
            ),
        )
        if email and (afresh or not is_known(page, site, email)):
            sign_in(page, email)
            site.cookies[email] = [
                cookie for cookie in context.cookies() if cookie["name"] in SIGNED_IN_BY
            ]
        return page

    yield open_one
    found = sorted(set(problems))  # what breaks while windows are closed is no fault
    for context in contexts:
        context.close()
    assert not found, "\n".join(found)


def is_known(page: Page, site: Site, email: str) -> bool:
    """Whether the session of an earlier window still holds. Asked beside the window, which is empty yet: a page with all
    that belongs to it would take longer than many a test.
    """
    if email not in site.cookies:
        return False
    page.context.add_cookies(site.cookies[email])
    return page.context.request.get("/", max_redirects=0).ok


def sign_in(page: Page, email: str) -> None:
    """In whatever language the window has."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
