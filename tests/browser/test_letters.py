"""An administrator words a letter, sees it while typing, in both parts, and takes it back; also without JavaScript."""

import pytest
from playwright.sync_api import expect

LETTER = "/admin/letters/closing/de/"


def test_a_letter_is_seen_while_it_is_typed_and_taken_back(open_page):
    page = open_page("admin@example.com")
    page.goto("/admin/letters/")
    page.get_by_role("link", name="It will be closed soon · Deutsch").click()
    html = page.frame_locator("iframe[title='The letter as HTML']").locator("body")
    text = page.locator(".fb-letter__text")

    page.get_by_label("Greeting").fill("Moin {{reader.first_name}},")

    expect(html).to_contain_text("Moin Alex,")
    expect(text).to_contain_text("Moin Alex,")
    assert (
        html.evaluate("e => getComputedStyle(e).fontSize") == "15px"
    )  # its styles are let through
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. Letters that leave from now on say it so.")).to_be_visible()
    page.get_by_role("button", name="Use the standard text").click()
    expect(page.get_by_role("heading", name="Standard text")).to_be_visible()
    expect(text).not_to_contain_text("Moin")


def test_without_javascript_preview_is_a_button(open_page):
    page = open_page("admin@example.com", java_script_enabled=False)
    page.goto(LETTER)
    page.get_by_label("Closing words").fill("Bis bald")
    page.get_by_role("button", name="Preview").click()

    assert "Bis bald" in page.locator(".fb-letter__text").inner_text()
    assert page.get_by_label("Closing words").input_value() == "Bis bald"


@pytest.mark.parametrize("width", [360, 1280])
def test_its_pages_fit(open_page, width):
    page = open_page("admin@example.com", width=width)
    for path in ("/admin/letters/", LETTER, "/admin/letters/look/"):
        page.goto(path)
        expect(page.locator("#content")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
