"""WCAG 2.2 AA: axe finds nothing on the pages agents sit in front of, in light, in dark, and on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portal.test_accessibility import findings

pytestmark = pytest.mark.sqlite
"""Pages look the same on both databases: once is enough."""

LOOKS = [("light", 1280), ("dark", 1280), ("light", 360)]
AGENT = "lead@example.com"


@pytest.fixture(scope="module")
def signed_in() -> dict[str, object]:
    """The agent's cookies, once there are some."""
    return {}


def go_to(address: str) -> Callable[[Page], object]:
    return lambda page: page.goto(address)


def open_ticket(page: Page) -> None:
    page.goto("/desk/queues/network/")
    page.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def menu_of_a_card(page: Page) -> None:
    page.goto("/desk/board/?team=network")
    page.get_by_role("link", name=re.compile("Move INC-")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def words_of_a_move(page: Page) -> None:
    menu_of_a_card(page)
    page.get_by_role("dialog").get_by_role("button", name="Resolved today").click()
    expect(page.get_by_label("How was it resolved?")).to_be_visible()


def page_of_a_card(page: Page) -> None:
    page.goto("/desk/board/?team=network")
    href = page.get_by_role("link", name=re.compile("Move INC-")).first.get_attribute("href")
    page.goto(href)


PAGES = {
    "overview": go_to("/desk/"),
    "queue": go_to("/desk/queues/network/"),
    "my work": go_to("/desk/mine/"),
    "unassigned": go_to("/desk/unassigned/"),
    "all tickets, narrowed": go_to("/desk/all/?status=open&priority=1&priority=2"),
    "ticket": open_ticket,
    "board": go_to("/desk/board/?team=network"),
    "board with rows": go_to("/desk/board/?of=all&lanes=assignee&rows=priority"),
    "board, nothing found": go_to("/desk/board/?team=network&q=zebrafinch"),
    "menu of a card": menu_of_a_card,
    "words of a move": words_of_a_move,
    "page of a card": page_of_a_card,
    "limits of lanes": go_to("/desk/board/limits/?team=network"),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_for_an_agent(open_page, signed_in, name):
    page = open_page(
        None if signed_in else AGENT,
        storage_state=signed_in or None,
        bypass_csp=True,  # axe tries its colours out with inline styles
        service_workers="block",
    )
    signed_in.update(page.context.storage_state())
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        PAGES[name](page)
        found += [f"{scheme}, {width}: {line}" for line in findings(page)]
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        found += [f"{scheme}, {width}: the page scrolls sideways"] if too_wide else []
    assert not found, "\n".join(found)
