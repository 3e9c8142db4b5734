"""Beside a ticket: steps, causes and time, as one keeps them while working, and a colleague sees them."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

TALL = 3000
"""A window in which all of the side panel is in sight, so that all of it is fetched."""


@pytest.fixture
def filed(open_page):
    """An agent's window on a ticket of their own."""

    def file(title):
        agent = open_page("agent@example.com", height=TALL)
        agent.goto("/desk/tickets/quick/")
        agent.get_by_label("Who has the problem?").fill("Robin Kestrel")
        agent.get_by_label("Title", exact=True).fill(title)
        agent.get_by_label("Category", exact=True).select_option(label="Printing")
        agent.get_by_role("button", name="Log and keep open").click()
        agent.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))
        expect(agent.get_by_role("heading", level=1)).to_contain_text(title)
        return agent

    return file


def side(page, name):
    return page.get_by_role("region", name=name)


def test_a_checklist_is_pasted_ticked_and_seen_by_a_colleague(open_page, filed):
    agent = filed(f"Veil on every page {uuid4().hex[:6]}")
    list_ = side(agent, "Checklist")
    new = list_.get_by_label("New steps, one a line")
    new.fill("- Clean the drum\n- Print ten pages\n- Call back")
    expect(new).to_have_attribute("rows", "3")  # it grows once its script is there
    new.press("Enter")
    expect(list_.get_by_text("0 of 3")).to_be_visible()
    expect(new).to_be_focused()

    colleague = open_page("lead@example.com", height=TALL)
    colleague.goto(agent.url)
    theirs = side(colleague, "Checklist")
    expect(theirs.get_by_text("0 of 3")).to_be_visible()
    theirs.get_by_label("New steps, one a line").fill("half typed")
    list_.get_by_role("checkbox", name="Print ten pages").click()
    expect(list_.get_by_text("1 of 3")).to_be_visible()

    expect(theirs.get_by_text("1 of 3")).to_be_visible()
    expect(theirs.get_by_label("New steps, one a line")).to_have_value("half typed")
    list_.get_by_role("button", name="Move up: Print ten pages").press("Enter")
    expect(theirs.get_by_role("checkbox").first).to_contain_text("Print ten pages")


def test_resolving_with_open_steps_asks_once(filed):
    agent = filed(f"Drum is loud {uuid4().hex[:6]}")
    list_ = side(agent, "Checklist")
    list_.get_by_label("New steps, one a line").fill("Call back")
    list_.get_by_role("button", name="Add to the checklist").click()
    expect(list_.get_by_text("0 of 1")).to_be_visible()

    agent.get_by_role("tab", name="Resolve").click()
    panel = agent.get_by_role("tabpanel", name="Resolve")
    panel.get_by_label("How was it resolved?").select_option(label="Fixed")
    panel.get_by_role("textbox", name="What restored the service").fill("Oiled it.")
    panel.get_by_role("button", name="Resolve").click()
    expect(panel.get_by_text("1 step of the checklist is still open.").first).to_be_visible()
    panel.get_by_role("button", name="Resolve").click()

    expect(agent.get_by_text("Resolved: Fixed")).to_be_visible()


def test_causes_get_evidence_and_time_adds_up(filed):
    agent = filed(f"Pages come out warm {uuid4().hex[:6]}")
    causes = side(agent, "Hypotheses")
    causes.get_by_label("New hypothesis").fill("The heater is worn")
    causes.get_by_label("New hypothesis").press("Enter")
    causes.get_by_role("link", name="Evidence").click()
    link = causes.get_by_label("Link", exact=True)
    expect(link).to_be_focused()
    link.fill("javascript:alert(1)")
    causes.get_by_role("button", name="Add", exact=True).click()
    expect(causes.get_by_text("Paste an address that begins with https://").first).to_be_visible()
    link.fill("https://logs.example.com/heater")
    causes.get_by_role("button", name="Add", exact=True).click()
    expect(causes.get_by_role("link", name="logs.example.com/heater")).to_be_visible()
    causes.get_by_role("button", name="Confirm").click()
    expect(causes.get_by_text("Confirmed")).to_be_visible()

    time = side(agent, "Time spent")
    time.get_by_role("textbox", name="Time spent").fill("1h 20m")
    time.get_by_role("button", name="Add the time").click()
    expect(time.get_by_text("1 h 20 min").first).to_be_visible()
    time.get_by_role("button", name="Take back 1 h 20 min").click()
    expect(time.get_by_text("1 h 20 min")).to_have_count(0)


def test_all_of_it_works_without_script(open_page, filed):
    url = filed(f"Tray is stuck {uuid4().hex[:6]}").url
    plain = open_page("agent@example.com", java_script_enabled=False)
    plain.goto(url)
    plain.get_by_role("link", name="Checklist, hypotheses and time").click()
    plain.get_by_label("New steps, one a line").fill("One\nTwo")
    plain.get_by_role("button", name="Add to the checklist").click()
    plain.get_by_role("checkbox", name="Two").click()
    expect(plain.get_by_text("1 of 2")).to_be_visible()
    plain.get_by_role("textbox", name="Time spent").fill("soon")
    plain.get_by_role("button", name="Add the time").click()

    expect(plain.get_by_text("Type a time like 20").first).to_be_visible()
