"""An administrator finds a setting by the keyboard, changes it, reads its history, and puts it back."""

import re

from playwright.sync_api import expect


def test_a_setting_is_found_changed_read_and_put_back(open_page):
    page = open_page("admin@example.com")
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    box = page.locator("#fb-find")
    expect(box).to_be_focused()
    page.keyboard.type("days to reopen")
    expect(page.locator("#fb-found").get_by_role("link", name="Days to reopen")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    days = page.get_by_label("Days to reopen")
    expect(days).to_be_visible()
    before = days.input_value()
    days.fill("77")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/tickets/portalrules/1/change/")
    expect(days).to_have_value("77")

    page.get_by_role("link", name=re.compile("History")).click()
    expect(page.get_by_role("heading", name="History of")).to_be_visible()
    page.get_by_role("link", name="Put back what was before").first.click()
    expect(page.locator("ins").last).to_have_text(before)
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("is as it was before")).to_be_visible()

    page.goto("/admin/tickets/portalrules/1/change/")
    expect(days).to_have_value(before)


def test_pages_fit_small_screens(open_page):
    page = open_page("admin@example.com", width=360)
    for path in (
        "/admin/removed/",
        "/admin/configuration/",
        "/admin/invitations/",
        "/admin/roles/permissions/tickets.work/",
        "/admin/find/?q=team",
        "/admin/accounts/team/1/history/",
    ):
        page.goto(path)
        assert page.locator("#content").is_visible(), path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
