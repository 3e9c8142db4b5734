"""Somebody is on the phone: the short form, and the page that a telephone system opens."""

import re
from uuid import uuid4

from playwright.sync_api import expect


def test_a_small_thing_is_logged_and_resolved_with_the_keyboard_and_one_click(open_page):
    agent = open_page("agent@example.com")
    agent.goto("/desk/")
    agent.get_by_role("link", name="Quick log").click()
    who = agent.get_by_label("Who has the problem?")
    who.press_sequentially("Robin", delay=20)
    expect(agent.get_by_role("option").first).to_be_visible()
    who.press("ArrowDown")
    who.press("Enter")
    title = f"Toner empty {uuid4().hex[:6]}"
    agent.get_by_label("Title", exact=True).fill(title)
    agent.get_by_label("Category", exact=True).select_option(label="Printing")
    agent.get_by_label("What you did").fill("Told them where the toner is.")
    agent.get_by_label("Time spent").fill("5")
    agent.get_by_role("button", name="Log and resolve").click()

    expect(agent.get_by_role("heading", level=1)).to_contain_text(title)
    expect(agent.get_by_text("Resolved: Fixed")).to_be_visible()


def test_enter_chooses_the_one_who_is_offered_and_sends_nothing(open_page):
    agent = open_page("agent@example.com")
    agent.goto("/desk/tickets/quick/")
    who = agent.get_by_label("Who has the problem?")
    expect(who).to_be_focused()
    who.press_sequentially("Robin Kes", delay=20)
    offered = agent.locator("[data-people-list]").get_by_role("option")
    expect(offered).to_have_count(1)

    who.press("Enter")

    expect(who).to_have_value("Robin Kestrel")
    expect(offered).to_have_count(0)
    expect(agent.get_by_role("alert")).to_have_count(0)


def test_enter_means_who_is_offered_for_what_stands_there_now(open_page):
    agent = open_page("agent@example.com")
    agent.goto("/desk/tickets/quick/")
    who = agent.get_by_label("Who has the problem?")
    who.press_sequentially("Robin Kes", delay=20)
    robin = agent.locator("[data-people-list]").get_by_role("option")
    expect(robin).to_have_count(1)
    key = robin.get_attribute("data-person")

    who.select_text()
    agent.keyboard.insert_text("Kit Bram")  # before anybody is looked for by it
    who.press("Enter")

    expect(who).to_have_value("Kit Bramble")
    picked = agent.locator("[data-people]").filter(has=who).locator("input[type=hidden]")
    expect(picked).not_to_have_value("")
    expect(picked).not_to_have_value(key)
    expect(agent.get_by_role("alert")).to_have_count(0)


def test_enter_sends_the_name_as_it_is_when_nobody_can_be_looked_for(open_page):
    agent = open_page("agent@example.com", may_fail=True)
    agent.goto("/desk/tickets/quick/")
    agent.route("**/people/**", lambda route: route.abort())
    who = agent.get_by_label("Who has the problem?")
    who.press_sequentially("Robin Kes", delay=20)
    expect(agent.get_by_role("status").first).to_contain_text("That didn’t go through")

    with agent.expect_navigation():
        who.press("Enter")

    expect(who).to_have_value(re.compile("Robin Kes"))


def test_a_caller_is_known_by_the_number_and_the_clock_runs(open_page):
    agent = open_page("agent@example.com")
    agent.goto("/desk/call/?from=5301")
    clock = agent.get_by_role("timer")
    expect(clock).to_have_text(re.compile("0:0[1-9]"))
    expect(agent.get_by_label("Time spent")).to_have_value("1")
    agent.get_by_role("button", name="Pause").click()
    expect(agent.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    stood = clock.inner_text()
    agent.get_by_role(
        "button", name="Log and keep open"
    ).click()  # with nothing said: it comes back
    expect(agent.get_by_role("alert")).to_be_visible()
    expect(agent.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    expect(clock).to_have_text(stood)
    agent.get_by_role("button", name="Pause").click()
    an_hour_on = agent.evaluate("Date.now()") / 1000 + 3600
    agent.clock.set_fixed_time(an_hour_on)
    expect(agent.get_by_label("Time spent")).to_have_value("61")  # still the clock's
    agent.get_by_label("Time spent").fill("7")
    agent.get_by_role("button", name="Log and keep open").click()
    expect(agent.get_by_role("alert")).to_be_visible()
    expect(clock).to_have_text(re.compile("^1:"))
    expect(agent.get_by_label("Time spent")).to_have_value("7")  # the agent's
    name = agent.get_by_label("Who has the problem?").input_value()
    title = f"Asked for a mouse {uuid4().hex[:6]}"
    agent.get_by_label("Title", exact=True).fill(title)
    agent.get_by_label("Category", exact=True).select_option(label="Printing")
    agent.get_by_role("button", name="Log and keep open").click()
    expect(agent.get_by_text("Phone call from 5301.")).to_be_visible()

    agent.goto("/desk/call/?from=5301")
    assert name
    expect(agent.get_by_role("complementary", name="Caller").get_by_text(name)).to_be_visible()
    agent.get_by_label("What you did").fill("Wants a wireless one.")
    agent.get_by_role("listitem").filter(has_text=title).get_by_role("button", name=re.compile("Note this call")).click()  # fmt: skip
    expect(agent.get_by_text("Wants a wireless one.")).to_be_visible()


def test_a_number_that_is_none_is_only_shown(open_page):
    agent = open_page("agent@example.com", width=360)
    agent.goto("/desk/call/?from=%3Cscript%3Ealert(1)%3C/script%3E")

    expect(agent.get_by_text("Nobody here is known by this number.")).to_be_visible()
    assert agent.evaluate("document.documentElement.scrollWidth") == 360
