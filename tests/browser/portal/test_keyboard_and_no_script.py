"""Reporting, replying, searching: each once by keyboard alone, and once with scripts switched off.

Replying is walked both ways in `test_following_a_ticket.py`.
"""

import re
from secrets import token_hex

from playwright.sync_api import Page, expect

ENOUGH = 60
"""Presses of the Tab key after which nobody goes on looking."""


def tab_to(page: Page, what) -> None:
    """Go there as a hand on the keyboard does, and see on the way that the place one is at can be seen."""
    for _ in range(ENOUGH):
        page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            expect(what).to_be_in_viewport()
            return
    raise AssertionError(f"{ENOUGH} presses of Tab do not lead to {what}")


def test_a_report_by_keyboard_alone(open_page):
    page, title = open_page("employee@example.com"), f"Mouse {token_hex(3)} is gone"
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("Skip"))).to_be_focused()
    tab_to(page, page.get_by_role("link", name=re.compile("^Report")).first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/tickets/new/"))

    # Sent too early: the summary takes the focus, and its link leads to the field.
    tab_to(page, page.get_by_role("button", name="Send to IT"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_be_focused()
    category = page.get_by_label("What is it about?")
    tab_to(page, page.get_by_role("alert").first.get_by_role("link").first)
    page.keyboard.press("Enter")
    expect(category).to_be_focused()

    page.keyboard.type("Dock")
    expect(category.locator("option:checked")).to_contain_text("Dock")
    tab_to(page, page.get_by_label("In a few words"))
    page.keyboard.type(title)
    tab_to(page, page.get_by_role("textbox", name="What happens"))
    page.keyboard.type("Only the keyboard is left.")
    tab_to(page, page.get_by_role("button", name="Send to IT"))
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_a_report_without_scripts(open_page):
    page, title = (
        open_page("employee@example.com", java_script_enabled=False),
        f"Mouse {token_hex(3)} ran",
    )
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Report")).first.click()
    page.get_by_label("In a few words").fill(title)
    page.get_by_role("button", name="Send to IT").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("In a few words")).to_have_value(title)

    page.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    page.get_by_role("textbox", name="What happens").fill("No script, no mouse.")
    page.get_by_role("button", name="Send to IT").click()

    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_an_article_is_found_by_keyboard_alone(open_page):
    page = open_page("employee@example.com")
    page.goto("/")
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("printer shows offline", delay=10)
    found = page.get_by_role("link", name=re.compile("Printer shows")).first
    expect(found).to_be_visible()
    for _ in range(ENOUGH):
        page.keyboard.press("ArrowDown")
        if found.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=re.compile("Printer shows"))).to_be_visible()

    page.goto("/kb/")
    tab_to(page, page.get_by_role("main").get_by_role("searchbox"))
    page.keyboard.type("printer shows offline")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/kb/search/"))
    tab_to(page, page.get_by_role("main").get_by_role("link", name=re.compile("Printer shows")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=re.compile("Printer shows"))).to_be_visible()


def test_an_article_is_found_without_scripts(open_page):
    page = open_page("employee@example.com", java_script_enabled=False)
    page.goto("/")
    page.get_by_role("searchbox").fill("printer shows offline")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url(re.compile("/kb/search/"))
    page.get_by_role("main").get_by_role("link", name=re.compile("Printer shows")).first.click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Printer shows"))).to_be_visible()
