"""The command palette: keyboard only, over what the page can do, places, tickets and people."""

import re

import pytest
from playwright.sync_api import Page, expect

AGENT = "agent@example.com"


@pytest.fixture
def desk(open_page):
    def at(address: str, **options: object) -> Page:
        page = open_page(AGENT, **options)
        page.goto(address)
        return page

    return at


def palette(page: Page):
    return page.get_by_role("dialog", name=re.compile("^Search, jump"))


def box(page: Page):
    return palette(page).get_by_role("combobox", name="Search or jump to")


def test_a_place_is_reached_by_the_beginnings_of_its_words(desk):
    page = desk("/desk/")

    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.type("my w")
    expect(page.get_by_role("option", name=re.compile("My work")).first).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Enter")

    page.wait_for_url("**/desk/mine/")


def test_the_arrows_walk_and_escape_closes(desk):
    page = desk("/desk/unassigned/")
    page.keyboard.press("Control+k")
    page.keyboard.type("printer")
    options = page.get_by_role("option")
    expect(options.filter(has_text="Everything about “printer”")).to_be_visible()
    expect(options.nth(1)).to_be_visible()

    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", "palette-options-1")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")

    expect(palette(page)).to_be_hidden()


def test_a_ticket_by_its_number(desk):
    page = desk("/desk/unassigned/")
    ref = page.locator("tbody tr .fb-c-ref").first.inner_text().strip()

    page.keyboard.press("Control+k")
    page.keyboard.type(ref.removeprefix("INC-"))
    expect(page.get_by_role("option", name=re.compile(ref)).first).to_be_visible()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/desk/tickets/{ref}/")


def test_what_the_page_can_do_is_done_from_there(desk):
    page = desk("/desk/unassigned/")
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/desk/tickets/**")

    page.keyboard.press("Control+k")
    page.keyboard.type("internal n")
    expect(page.get_by_role("option", name=re.compile("Internal note"))).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.locator("#panel-note textarea")).to_be_focused()


def test_acts_on_the_ticket_under_the_cursor_lead_to_their_page_or_work_here(desk):
    page = desk("/desk/unassigned/")
    page.keyboard.press("j")
    row = page.locator("tr[data-cursor]")
    ref = row.locator(".fb-c-ref").inner_text().strip()

    page.keyboard.press("Control+k")
    group = page.get_by_role("group", name=ref)
    expect(
        group.get_by_role("option", name=re.compile("Take it"))
    ).to_be_visible()  # its row has a button
    page.keyboard.type("categ")
    expect(group.get_by_role("option")).to_have_text(["Category"])
    expect(group.get_by_role("option")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/tickets/{ref}/category/")

    page.keyboard.press("Control+k")  # this page has no button to take it
    expect(group.get_by_role("option", name=re.compile("Internal note"))).to_be_visible()
    expect(group.get_by_role("option", name=re.compile("Take it"))).to_have_count(0)
    page.keyboard.type("status")
    expect(group.get_by_role("option")).to_have_text([re.compile("Status")])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/tickets/{ref}/#steps")
    page.keyboard.press("Control+k")
    page.keyboard.type("status")
    expect(group.get_by_role("option")).to_have_text([re.compile("Status")])
    page.keyboard.press("Enter")
    expect(page.locator("#take-it")).to_be_focused()  # first of the steps, and not pressed


def test_the_box_in_the_sidebar_opens_it_and_is_a_link_without_script(desk):
    page = desk("/desk/")
    page.get_by_role("link", name=re.compile("Search or jump to")).click()
    expect(palette(page)).to_be_visible()

    plain = desk("/desk/", java_script_enabled=False)
    plain.get_by_role("link", name=re.compile("Search or jump to")).click()
    plain.wait_for_url("**/desk/search/")
