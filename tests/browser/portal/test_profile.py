"""Profile: name, phone, time zone, language, what to hear, sessions, and one's own data as a file."""

import json
import re
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

WHO = "pim.wren@example.com"
"""Nobody else: one who changes their language or signs their browsers out disturbs whoever shares their name."""


def save(page: Page) -> None:
    """The button of the form about oneself, whatever the language."""
    page.locator("form[action='/accounts/profile/'] button[type=submit]").click()
    page.wait_for_load_state()


def test_a_person_changes_name_phone_zone_and_language(open_page):
    page = open_page(WHO)
    page.goto("/accounts/")
    name = page.get_by_label("Name", exact=True).input_value()
    page.get_by_label("Name", exact=True).fill("Pim Wren-Fox")
    page.get_by_label(re.compile("^Phone")).fill("+49 30 5555 12")
    page.get_by_label(re.compile("^Time zone")).select_option(label="Tokyo")
    save(page)

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Pim Wren-Fox")
    there = datetime.now(ZoneInfo("Asia/Tokyo"))
    expect(page.get_by_text(re.compile(rf"It is {there:%H}:\d\d for you now"))).to_be_visible()

    page.get_by_label(re.compile("^Language")).select_option("de")
    save(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "de")

    page.goto("/accounts/")
    page.locator("#id_language").select_option("")
    page.locator("#id_time_zone").select_option("")
    page.locator("#id_display_name").fill(name)
    save(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_what_is_not_a_name_is_said_beside_the_field(open_page):
    page = open_page(WHO)
    page.goto("/accounts/")
    page.get_by_label("Name", exact=True).fill("🦊")
    save(page)

    summary = page.get_by_role("alert").filter(has_text="There’s a problem")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("🦊")
    expect(page).to_have_title(re.compile("Error:"))


@pytest.mark.parametrize("width", [1280, 360])
def test_a_person_chooses_what_to_hear(open_page, width):
    page = open_page(WHO, width=width)
    page.goto("/notifications/")
    page.get_by_role("link", name="Choose what you hear").click()
    mail = page.get_by_role("group", name="Somebody replies").get_by_label("Mail")
    expect(mail).to_have_value("now")
    expect(page.get_by_role("group", name="A ticket is given to me").get_by_label("Bell")).to_be_disabled()  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    mail.focus()
    page.keyboard.type("In")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(mail).to_have_value("daily")

    mail.select_option("At once")
    page.get_by_role("button", name="Save").click()
    expect(mail).to_have_value("now")


def test_a_person_sees_their_browsers_and_signs_the_others_out(open_page):
    here, elsewhere = open_page(WHO, afresh=True), open_page(WHO, afresh=True)
    here.goto("/accounts/")
    expect(here.get_by_text(re.compile(r"In \d+ browsers"))).to_be_visible()
    here.get_by_role("link", name=re.compile("^Where you’re signed in")).click()
    expect(here.get_by_text("This browser")).to_be_visible()

    here.goto("/accounts/")
    here.get_by_role("button", name="Sign out everywhere else").click()

    expect(here.get_by_text("Your other browsers are signed out.")).to_be_visible()
    elsewhere.goto("/accounts/")
    expect(elsewhere.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def fetched(page: Page, button: str) -> tuple[str, str]:
    """The name and the text of a file that a button downloads."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=button).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_text()


def test_a_person_fetches_their_own_data(open_page):
    page = open_page("employee@example.com")
    page.goto("/accounts/")
    page.get_by_role("link", name=re.compile("^Your data Everything")).click()
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your data")).to_be_visible()

    name, readable = fetched(page, "Download to read")
    assert re.fullmatch(r"my-data-\d{4}-\d\d-\d\d\.html", name)
    assert readable.rstrip().endswith("</html>")
    assert not re.search(r"<(?:script|img|link|iframe)|<\w[^>]*\ssrc=|url\(", readable)

    name, text = fetched(page, "Download for programs")
    data = json.loads(text)
    assert name.endswith(".json")
    assert data["profile"][0]["email"] == "employee@example.com"
    page.goto("/tickets/")
    title = page.locator("main ul[role=list] a").first.inner_text()
    assert any(ticket["title"] in title for ticket in data["tickets"])
    assert escape(data["tickets"][0]["title"]) in readable


def test_it_works_without_javascript(open_page):
    page = open_page(WHO, java_script_enabled=False)
    page.goto("/accounts/")
    page.get_by_label(re.compile("^Phone")).fill("5112")
    page.locator("form[action='/accounts/profile/'] button[type=submit]").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label(re.compile("^Phone"))).to_have_value("5112")
