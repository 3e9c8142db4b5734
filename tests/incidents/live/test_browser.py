"""The scripts of an open page in a real browser: what they fetch, when, and over how many streams."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.incidents.live.conftest import Portal

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>A page</title>
<meta name="htmx-config" content='{{"allowEval":false,"includeIndicatorStyles":false}}'>
<script src="/static/django_htmx/htmx-2.min.js" defer></script>
<script src="/static/js/app.js" type="module"></script></head>
<body data-live-worker="{worker}"><p data-live-note hidden>Live updates paused</p>{parts}</body></html>"""
PART = """<section data-live="{signed}" hx-get="/probe/{topic}" hx-swap="none"
 hx-trigger="live:{topic} from:body, live:poll from:body"></section>"""
SOON = 10_000
"""Milliseconds that a machine busy with other things may take for what is at once elsewhere."""
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'"


class Desk:
    """One person's browser, its tabs, and what they fetched."""

    def __init__(self, portal: Portal, browser: Browser, name: str) -> None:
        self.portal = portal
        self.site = f"http://127.0.0.1:{portal.port}"
        self.context: BrowserContext = browser.new_context()
        self.become(name)
        self.fetched: Counter[tuple[str, str]] = Counter()

    def become(self, name: str) -> None:
        self.name, self.session = name, self.portal.do("sign_in", name)
        self.context.add_cookies([{"name": "sid", "value": self.session, "url": self.site}])

    def tab(self, *topics: str, shared: bool = True) -> Page:
        parts = "".join(
            PART.format(topic=topic, signed=self.portal.do("signed", self.name, topic))
            for topic in topics
        )
        html = PAGE.format(parts=parts, worker="/static/js/live-worker.js" if shared else "")
        page = self.context.new_page()
        label = str(len(self.context.pages))
        page.route("**/page", lambda route: _answer(route, html))
        page.route("**/probe/**", lambda route: self._probe(route, label))
        page.goto(f"{self.site}/page")
        page.wait_for_selector("html[data-live-state=live]", timeout=SOON)
        return page

    def _probe(self, route: Route, label: str) -> None:
        self.fetched[label, route.request.url.rsplit("/", 1)[1]] += 1
        route.fulfill(status=204)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for what is not on the page."""
    end = time.monotonic() + SOON / 1000
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(100)


def _answer(route: Route, html: str) -> None:
    headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
    route.fulfill(body=html, headers=headers)


@pytest.fixture
def desk_of(portal: Portal, chromium: Browser) -> Iterator[Callable[[str], Desk]]:
    desks: list[Desk] = []

    def make(name: str) -> Desk:
        desks.append(Desk(portal, chromium, name))
        return desks[-1]

    yield make
    for desk in desks:
        desk.context.close()


@pytest.fixture
def number(portal: Portal) -> int:
    return portal.do("file", "Robin")


@pytest.mark.parametrize("shared", [True, False])
def test_a_part_fetches_what_changed(
    portal: Portal, desk_of: Callable[[str], Desk], number: int, shared: bool
) -> None:
    desk = desk_of("Sasha")
    page = desk.tab(f"desk-ticket:{number}", "queue:live-test", shared=shared)
    page.wait_for_timeout(600)
    desk.fetched.clear()
    with page.expect_request(f"**/probe/desk-ticket:{number}", timeout=SOON):
        portal.do("note", number, "Sasha")


def test_tabs_share_one_stream_and_each_hears_its_own(
    portal: Portal, desk_of: Callable[[str], Desk], number: int
) -> None:
    desk, other = desk_of("Sasha"), portal.do("file", "Robin")
    tabs = [desk.tab(f"desk-ticket:{number}") for _ in range(3)] + [
        desk.tab(f"desk-ticket:{other}")
    ]
    tabs[0].wait_for_timeout(600)
    desk.fetched.clear()
    portal.do("reply", number, "Sasha")

    def told() -> set[str]:
        return {label for label, _topic in desk.fetched}

    until(tabs[0], lambda: told() >= {"1", "2", "3"})
    tabs[0].wait_for_timeout(1200)  # the fourth would have come by now
    assert told() == {"1", "2", "3"}
    until(
        tabs[0], lambda: portal.connections() == 1
    )  # those that fetched the pages are kept a while


def test_after_signing_out_a_page_says_that_it_stands_still(
    portal: Portal, desk_of: Callable[[str], Desk], number: int
) -> None:
    desk = desk_of("Robin")
    page = desk.tab(f"ticket:{number}")
    portal.do("sign_out", desk.session)

    page.wait_for_selector("html[data-live-state=off]", timeout=15000)
    assert page.locator("[data-live-note]").is_visible()


def test_whoever_signs_in_next_hears_their_own(
    portal: Portal, desk_of: Callable[[str], Desk], number: int
) -> None:
    desk = desk_of("Robin")
    left_open = desk.tab(f"ticket:{number}")
    portal.do("sign_out", desk.session)
    left_open.wait_for_selector("html[data-live-state=off]", timeout=15000)
    desk.become("Sasha")
    page = desk.tab(f"desk-ticket:{number}")
    with page.expect_request(f"**/probe/desk-ticket:{number}", timeout=SOON):
        portal.do("note", number, "Sasha")


def test_a_lost_right_costs_only_its_own_topic(
    portal: Portal, desk_of: Callable[[str], Desk], number: int
) -> None:
    desk, other = desk_of("Sasha"), portal.do("file", "Robin")
    page = desk.tab(f"desk-ticket:{number}", f"desk-ticket:{other}")
    portal.do("hide", number, "Noor")
    with page.expect_request(f"**/probe/desk-ticket:{other}", timeout=15000):
        page.wait_for_timeout(7000)  # the guard ends the stream, the page renews its list
        portal.do("note", other, "Sasha")
    assert page.get_attribute("html", "data-live-state") == "live"


@pytest.mark.slow
def test_a_page_that_lost_the_server_fetches_what_it_missed(
    portal: Portal, desk_of: Callable[[str], Desk], number: int
) -> None:
    desk = desk_of("Sasha")
    page = desk.tab(f"desk-ticket:{number}")
    portal.stop()
    portal.do("note", number, "Sasha")
    page.wait_for_selector("html[data-live-state=polling]", timeout=15000)
    assert page.locator("[data-live-note]").is_visible()
    with page.expect_request(f"**/probe/desk-ticket:{number}", timeout=60000):
        portal.start()
    page.wait_for_selector("html[data-live-state=live]", timeout=60000)
