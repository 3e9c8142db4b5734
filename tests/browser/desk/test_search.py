"""The search page in a browser: suggestions while typing, hints, the kinds beside the tickets, a phone."""

import re

from playwright.sync_api import expect

AGENT = "agent@example.com"


def test_an_operator_is_completed_while_typing(open_page):
    page = open_page(AGENT)
    page.goto("/desk/search/")
    box = page.get_by_role("combobox", name=re.compile("^Search tickets"))
    box.press_sequentially("printer sta")

    page.get_by_role("option", name=re.compile("^status:")).wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("printer status:")
    page.get_by_role("option", name="status:open").click()
    expect(box).to_have_value("printer status:open ")
    box.press("Enter")

    page.wait_for_url(re.compile(r"q=printer\+status%3Aopen"))
    expect(page.get_by_role("region", name="Tickets").get_by_role("link").first).to_be_visible()


def test_what_is_not_understood_is_told(open_page):
    page = open_page(AGENT)
    page.goto("/desk/search/?q=colour:red")

    expect(page.get_by_text("“colour:” is nothing to search by")).to_be_visible()


def test_articles_people_and_services_come_beside_the_tickets(open_page):
    page = open_page(AGENT)
    page.goto("/desk/search/?q=printer")

    expect(page.get_by_role("region", name="Articles").get_by_role("link").first).to_be_visible()
    page.goto("/desk/search/?q=robin")
    people = page.get_by_role("region", name="People")
    people.get_by_role("link", name="Tickets of Robin Kestrel").click()

    page.wait_for_url("**requester**")
    expect(page.get_by_role("region", name="Tickets").get_by_role("link").first).to_be_visible()


def test_it_fits_a_phone_and_works_without_script(open_page):
    page = open_page(AGENT, width=360, java_script_enabled=False)
    page.goto("/desk/search/?q=printer")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="Articles").click()
    page.wait_for_url("**kind=articles**")
    expect(page.get_by_role("region", name="Articles").get_by_role("link").first).to_be_visible()
