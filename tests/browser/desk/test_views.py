"""The agents' lists: narrowed by hand, sorted by a column's head, saved as a view, shown with columns of one's own."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.bench.painting import TIMED

AGENT = "agent@example.com"


@pytest.fixture
def desk(open_page):
    page = open_page(AGENT)
    page.goto("/desk/all/")
    return page


def chips(page):
    return page.locator("#chips .fb-chip")


def test_filters_come_as_chips_and_go_again(desk):
    desk.get_by_text("Filter", exact=True).click()
    desk.locator("#f-status-open").check()
    expect(chips(desk)).to_have_count(1)
    desk.get_by_label("High", exact=True).check()

    expect(chips(desk)).to_have_count(2)
    expect(desk).to_have_url(re.compile(r"status=open.*priority=2"))
    for status in desk.locator("td.fb-c-status").all_inner_texts():
        assert "In progress" in status

    desk.keyboard.press("Escape")
    desk.get_by_role("link", name="Remove filter Priority").click()
    expect(chips(desk)).to_have_count(1)
    expect(desk).to_have_url(re.compile(r"\?status=open$"))
    desk.get_by_text("Filter", exact=True).click()
    expect(desk.get_by_label("High", exact=True)).not_to_be_checked()
    expect(desk.locator("#f-status-open")).to_be_checked()


def test_the_address_of_a_narrowed_list_shows_the_same_to_others(desk, open_page):
    desk.goto("/desk/all/?status=open&sort=-created")
    other = open_page("lead@example.com")
    other.goto(desk.url)

    expect(other.locator("#chips")).to_contain_text("In progress")
    expect(other.get_by_role("columnheader", name="Age", exact=True)).to_have_attribute("aria-sort", "ascending")  # fmt: skip


def test_a_columns_head_sorts_and_sorts_the_other_way_round(desk):
    desk.get_by_role("link", name="Number", exact=True).click()
    head = desk.get_by_role("columnheader", name="Number", exact=True)
    expect(head).to_have_attribute("aria-sort", "descending")
    desk.get_by_role("link", name="Number", exact=True).click()

    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(desk).to_have_url(re.compile(r"sort=number"))
    expect(desk.get_by_role("columnheader", name="Priority")).not_to_have_attribute("aria-sort", "ascending")  # fmt: skip


def test_a_view_is_saved_opened_from_the_sidebar_and_deleted(desk):
    name = f"Started {uuid4().hex[:6]}"
    desk.goto("/desk/all/?status=open")
    desk.get_by_text("Save view", exact=True).click()
    desk.get_by_label("Name", exact=True).fill(name)
    desk.get_by_role("button", name="Save view").click()

    expect(desk.get_by_role("heading", level=1, name=name)).to_be_visible()
    link = desk.get_by_role("navigation", name="Saved views").get_by_role("link", name=name)
    expect(link).to_have_attribute("aria-current", "page")
    expect(link.locator(".fb-count")).not_to_be_empty()
    gone = desk.url
    desk.get_by_role("link", name="Manage saved views").first.click()
    ask = desk.get_by_role("dialog", name=f"Delete the view “{name}”?")
    desk.get_by_role("link", name=f"Delete {name}").click()
    expect(ask.get_by_role("link", name="Keep it")).to_be_focused()
    ask.get_by_role("link", name="Keep it").click()
    expect(ask).to_be_hidden()
    desk.get_by_role("link", name=f"Delete {name}").click()
    ask.get_by_role("button", name="Delete the view").click()
    expect(desk.get_by_text(f"“{name}” is deleted.")).to_be_visible()

    desk.goto(gone)
    expect(desk.get_by_role("heading", name="This view is gone")).to_be_visible()


def test_columns_are_ones_own(desk):
    desk.get_by_text("Columns", exact=True).click()
    desk.get_by_label("Tags", exact=True).check()
    desk.get_by_role("button", name="Show these").click()

    expect(desk.get_by_role("columnheader", name="Tags")).to_be_visible()
    desk.get_by_text("Columns", exact=True).click()
    desk.get_by_role("button", name="As they come").click()
    expect(desk.get_by_role("columnheader", name="Tags")).to_have_count(0)


def test_a_hand_made_address_gets_a_page_that_helps(desk):
    answer = desk.goto("/desk/all/?status=open&requester__password__startswith=p")

    assert answer.status == 400
    desk.get_by_role("link", name="Show the list with the rest").click()
    expect(chips(desk)).to_have_count(1)


def test_a_phone_shows_it_without_scrolling_sideways(open_page):
    page = open_page(AGENT, width=360)
    page.goto("/desk/all/?status=open&status=new&priority=2")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_text("Filter", exact=True).click()
    expect(page.locator("#f-status-open")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("menu", ["Columns", "Save view"])
def test_on_a_phone_a_menu_stands_in_the_window(open_page, menu):
    page = open_page(AGENT, width=360)
    page.goto("/desk/all/")
    button = page.locator("#tools summary").filter(has_text=menu)
    button.click()

    box = button.locator("xpath=following-sibling::*").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert box["y"] >= button.bounding_box()["y"]


def test_a_change_of_filter_changes_the_rows_where_they_stand(desk, record_property):
    """How long it takes stands in docs/figures.md; a shared machine can't hold a limit of 150 ms."""
    desk.get_by_text("Filter", exact=True).click()
    desk.locator("#f-status-open").wait_for()
    desk.evaluate("window.stayed = true")

    took = min(desk.evaluate(TIMED) for _ in range(5))

    record_property("filter_change_to_painted_rows_ms", took)
    assert desk.evaluate("window.stayed"), "the page itself must not be loaded anew"


FILE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
employee = User.objects.get(email="employee@example.com")
actions.file({title!r}, by=employee, description="It hums.", category=Category.objects.get(slug="laptop"))
"""


def test_numbers_beside_the_lists_change_while_the_page_is_open(desk, site):
    """On a page that shows no such ticket itself: only the number tells."""
    desk.goto("/desk/mentions/")
    expect(desk.locator("html[data-live-state=live]")).to_be_attached()
    number = desk.get_by_role("navigation", name="Tickets").locator("#count-unassigned")
    before = int(number.inner_text())

    site.run(FILE.format(title=f"Fan hums {uuid4().hex[:8]}"))
    expect(number).to_have_text(str(before + 1))
