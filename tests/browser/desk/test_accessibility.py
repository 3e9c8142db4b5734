"""WCAG 2.2 AA: axe finds nothing on the pages agents sit in front of, in light, in dark, and on a phone."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portal.test_accessibility import LOOKS, in_every_look

pytestmark = pytest.mark.sqlite
"""Pages look the same on both databases: once is enough."""

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


def clocks(page: Page) -> None:
    open_ticket(page)
    page.get_by_role("link", name="Why it is due then").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def macro_of_a_ticket(page: Page) -> None:
    open_ticket(page)
    page.locator("summary", has_text="Macros").click()
    page.get_by_role("link", name="Make one of what was done here").click()
    expect(page.get_by_role("heading", name="New macro")).to_be_visible()


def preview_of_a_macro(page: Page) -> None:
    open_ticket(page)
    page.locator("summary", has_text="Macros").click()
    page.locator("#macros a").first.click()
    expect(page.get_by_role("dialog").get_by_text("This is what will happen")).to_be_visible()


PAGES = {
    "overview": go_to("/desk/"),
    "queue": go_to("/desk/queues/network/"),
    "my work": go_to("/desk/mine/"),
    "unassigned": go_to("/desk/unassigned/"),
    "all tickets, narrowed": go_to("/desk/all/?status=open&priority=1&priority=2"),
    "ticket": open_ticket,
    "board": go_to("/desk/board/?team=network"),
    "board with rows": go_to("/desk/board/?of=all&lanes=assignee&rows=priority"),
    "board, nothing found": go_to("/desk/board/?team=network&q=xylowombat"),
    "menu of a card": menu_of_a_card,
    "words of a move": words_of_a_move,
    "page of a card": page_of_a_card,
    "limits of lanes": go_to("/desk/board/limits/?team=network"),
    "macro of what was done": macro_of_a_ticket,
    "macro, looked at": preview_of_a_macro,
    "filters, with steps": go_to("/desk/filters/?step=standard.new&next=/desk/all/"),
    "clocks": clocks,
}


def proposal(page: Page) -> None:
    open_ticket(page)
    page.get_by_role("link", name="Merge into…").click()
    page.get_by_role("link", name=re.compile("^Choose")).first.click()
    expect(page.get_by_role("button", name=re.compile("^Merge"))).to_be_visible()


def searched_for_another(page: Page) -> None:
    open_ticket(page)
    page.get_by_role("link", name="Merge into…").click()
    page.get_by_label("Find the other ticket").fill(uuid4().hex)
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def split(page: Page) -> None:
    page.goto("/desk/all/?q=VPN+Sales")
    page.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))
    page.goto(page.locator('a[href*="/split/"]').first.get_attribute("href"))


def palette(page: Page) -> None:
    page.goto("/desk/")
    page.keyboard.press("Control+k")
    page.keyboard.type("printer")
    expect(page.get_by_role("option").filter(has_text="Everything about “printer”")).to_be_visible()


def change_in_bulk(page: Page) -> None:
    page.goto("/desk/queues/network/")
    page.get_by_role("checkbox", name=re.compile("^Select INC-")).first.check()
    page.get_by_role("form", name="Change what is selected").get_by_role("button", name="Tags").click()  # fmt: skip
    expect(page.get_by_role("dialog", name="Tags")).to_be_visible()


def refused(opened: Callable[[Page], object], button: str) -> Callable[[Page], None]:
    """The page as it comes back when its form is sent with nothing in it."""

    def page_with_errors(page: Page) -> None:
        opened(page)
        for field in page.get_by_role("main").get_by_role("textbox", name="Title").all():
            field.fill("")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("main").locator("[aria-invalid=true]").first).to_be_visible()

    return page_with_errors


SELDOM = {
    "merge": proposal,
    "merge, nothing found": searched_for_another,
    "split": split,
    "split, refused": refused(split, "Make the ticket"),
    "team": go_to("/desk/team/network/"),
    "team, refused": refused(go_to("/desk/team/network/"), "Enter the absence"),
    "macros": go_to("/desk/macros/"),
    "macro, refused": refused(go_to("/desk/macros/new/"), "Save, then add steps"),
    "call": go_to("/desk/call/"),
    "call, refused": refused(go_to("/desk/call/?from=5301"), "Log and resolve"),
    "quick log": go_to("/desk/tickets/quick/"),
    "quick log, refused": refused(go_to("/desk/tickets/quick/"), "Log and resolve"),
    "absences": go_to("/desk/absences/"),
    "absences, refused": refused(go_to("/desk/absences/"), "Enter the absence"),
    "new ticket": go_to("/desk/tickets/new/"),
    "gaps": go_to("/desk/gaps/"),
    "what comes again": go_to("/desk/repeated/"),
    "palette": palette,
    "change in bulk": change_in_bulk,
    "search": go_to("/desk/search/?q=printer"),
    "search, not understood": go_to("/desk/search/?q=colour:red"),
    "canned replies": go_to("/desk/canned/"),
    "canned reply, refused": refused(go_to("/desk/canned/new/"), "Save"),
    "mentions": go_to("/desk/mentions/"),
    "bulk changes": go_to("/desk/bulk/"),
    "shortcuts": go_to("/desk/keys/"),
    "views": go_to("/desk/views/"),
    "view, refused": refused(go_to("/desk/views/new/"), "Save view"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_that_are_seldom_opened(open_page, scheme):
    """One walk through all of them: most of the time goes into opening a page, not into looking at it."""
    page = open_page(AGENT, bypass_csp=True, service_workers="block")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    for name in SELDOM:
        page.set_viewport_size({"width": 1280, "height": 900})
        SELDOM[name](page)
        looks = [look for look in LOOKS if look[0] == scheme]
        found += [f"{name}, {line}" for line in in_every_look(page, looks=looks)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_for_an_agent(open_page, signed_in, name):
    page = open_page(
        None if signed_in else AGENT,
        storage_state=signed_in or None,
        bypass_csp=True,
        service_workers="block",
    )
    signed_in.update(page.context.storage_state())
    found = in_every_look(page, PAGES[name])
    assert not found, "\n".join(found)
