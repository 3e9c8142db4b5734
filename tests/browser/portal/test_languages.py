"""Languages, as people meet them: their own comes before the browser's, with its dates and numbers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD

SOMEBODY = "selma.stint@example.com"
"""No other test is them: they read German for a while."""
GERMAN_DAY = re.compile(r"(Heute|Gestern|\d{1,2}\. (Jan\.|Feb\.|März|April|Mai|Juni|Juli|Aug\.|Sept\.|Okt\.|Nov\.|Dez\.)|Stunden?|Minuten?)")  # fmt: skip


@pytest.fixture
def in_german(open_page):
    """Somebody whose browser speaks English chooses German, and at the end their browser's language again."""
    page = open_page(SOMEBODY)
    page.goto("/accounts/")
    page.get_by_label("Language").select_option(label="Deutsch")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    yield page
    page.goto("/accounts/")
    page.get_by_label("Sprache").select_option("")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_persons_language_wins_over_the_browsers(in_german):
    in_german.goto("/")

    expect(in_german.get_by_role("heading", level=1)).to_contain_text("Guten")
    expect(in_german.get_by_role("link", name="Problem melden").first).to_be_visible()
    expect(in_german).to_have_title(re.compile("Start|IT"))


def test_days_and_numbers_are_written_in_german(in_german):
    in_german.goto("/tickets/")
    expect(in_german.get_by_text(GERMAN_DAY).first).to_be_visible()

    in_german.goto("/tickets/new/")
    in_german.locator("input[type=file]").set_input_files(
        {"name": "log.txt", "mimeType": "text/plain", "buffer": b"x" * (1536 * 1024)}
    )
    expect(in_german.get_by_text("1,5 MB")).to_be_visible()


def test_refusals_of_a_form_are_german_too(in_german):
    in_german.goto("/tickets/new/")
    in_german.get_by_role("button", name="An die IT senden").click()

    expect(in_german.get_by_role("alert")).to_contain_text("Sagen Sie in wenigen Worten")


def test_before_signing_in_the_browser_says_the_language_and_then_the_person(open_page):
    page = open_page(locale="de-DE")
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "de")

    page.get_by_label("Dienstliche E-Mail").fill(SOMEBODY)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()

    expect(page.get_by_role("link", name="Problem melden").first).to_be_visible()


def test_german_fits_on_a_phone(in_german):
    in_german.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/tickets/new/", "/tickets/", "/accounts/", "/accounts/data/", "/kb/"):
        in_german.goto(path)
        assert in_german.evaluate("document.documentElement.scrollWidth") == 360, path
