"""Deflection that helps: answers while somebody types, “this solved it”, and “me too”."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

NEW = "/tickets/new/"


@pytest.fixture
def words() -> str:
    """A word that stands nowhere else."""
    return f"{uuid4().hex[:10]}gannet"


def fill_in(page: Page, title: str, story: str = "") -> None:
    page.goto(NEW)
    start_afresh = page.get_by_role("button", name="Start afresh")
    if start_afresh.count():
        start_afresh.click()
    page.get_by_label("In a few words").press_sequentially(title, delay=10)
    if story:
        page.get_by_role("textbox", name="What happens").fill(story)


def report(page: Page, title: str, who: str = "My team") -> str:
    """File a ticket; its number."""
    fill_in(page, title, "Since this morning, for all of us.")
    page.get_by_label("What is it about?").select_option(label="VPN and working from home")
    page.get_by_label(re.compile(f"^{who}")).check()
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/$"))
    return re.search(r"INC-\d+", page.url)[0]


def open_suggestion(page: Page, name: str):
    return page.locator("#deflect").get_by_role("link", name=re.compile(name))


def avoided(agent: Page) -> int:
    """How many reports were avoided, as the desk says."""
    agent.goto("/desk/")
    line = agent.get_by_text("Reports avoided by articles").inner_text()
    return int(re.search(r"\d+$", line.strip())[0])


def test_suggestions_follow_what_is_typed_and_a_chosen_service(open_page):
    page = open_page("employee@example.com")
    fill_in(page, "vpn keeps dropping")

    beside = page.locator("#deflect")
    expect(beside.get_by_text("Nobody in Sales can get on the VPN", exact=True)).to_be_visible()
    expect(beside.get_by_role("link", name=re.compile("VPN disconnects"))).to_contain_text(
        "Known error"
    )
    expect(beside.get_by_role("listitem")).to_have_count(5)

    page.get_by_label("In a few words").fill("it is white")
    expect(beside.get_by_text("Nobody in Sales")).to_have_count(0)
    page.get_by_label("Which service is affected?").select_option(label="PeopleHub")
    expect(beside.get_by_text("Payslip opens as an empty page", exact=True)).to_be_visible()

    page.get_by_label("Which service is affected?").select_option(label="I don’t know")
    page.get_by_role("textbox", name="What happens").fill("The VPN in Sales is what I mean")
    expect(beside.get_by_text("Nobody in Sales can get on the VPN", exact=True)).to_be_visible()


def test_leaving_for_a_suggestion_and_coming_back_loses_nothing(open_page, words):
    page = open_page("gus.clover@example.com")
    story = f"First line of {words}\n\nand the second"
    fill_in(page, "printer shows offline", "Not yet.")
    page.get_by_label("What is it about?").select_option(label="Printing")
    page.get_by_label(re.compile("^My team")).check()
    suggestion = open_suggestion(page, "Printer shows offline")
    expect(suggestion).to_be_visible()

    page.get_by_role("textbox", name="What happens").fill(story)
    suggestion.click()  # at once: the draft had no time to be kept by itself
    page.get_by_role("link", name="No, back to my report").click()

    page.wait_for_url(re.compile(f"{NEW}$"))
    expect(page.get_by_label("In a few words")).to_have_value("printer shows offline")
    expect(page.get_by_role("textbox", name="What happens")).to_have_value(story)
    expect(page.get_by_label(re.compile("^My team"))).to_be_checked()
    expect(page.get_by_label("What is it about?").locator("option:checked")).to_have_text(
        "Printing"
    )


def test_chosen_files_are_not_lost_either(open_page):
    page = open_page("ida.crake@example.com")
    fill_in(page, "printer shows offline")
    page.locator("input[type=file]").set_input_files(
        {"name": "printer.txt", "mimeType": "text/plain", "buffer": b"offline"}
    )
    suggestion = open_suggestion(page, "Printer shows offline")

    with page.context.expect_page() as opened:
        suggestion.click()

    expect(opened.value.get_by_role("button", name="Yes, this solved it")).to_be_visible()
    expect(page.get_by_text("printer.txt")).to_be_visible()


def test_this_solved_it_sends_nothing_and_is_counted(open_page, words):
    agent, page = open_page("agent@example.com"), open_page("toni.rush@example.com")
    before = avoided(agent)
    fill_in(page, "printer shows offline", words)
    open_suggestion(page, "Printer shows offline").click()

    page.get_by_role("button", name="Yes, this solved it").click()

    expect(page.get_by_text("Nothing was sent to IT.")).to_be_visible()
    page.goto("/tickets/")
    expect(page.get_by_text("printer shows offline")).to_have_count(0)
    page.goto(NEW)
    expect(page.get_by_label("In a few words")).to_have_value("")
    assert avoided(agent) == before + 1

    # Beside the form it is one click; the same article on the same day counts once.
    fill_in(page, "printer shows offline", words)
    page.get_by_role("button", name=re.compile("This solved it: .?Printer shows")).click()
    expect(page.get_by_text("Nothing was sent to IT.")).to_be_visible()
    page.goto(NEW)
    expect(page.get_by_label("In a few words")).to_have_value("")
    assert avoided(agent) == before + 1


def test_me_too_joins_in_one_click_counts_live_and_makes_no_duplicate(open_page, words):
    reporter, second = open_page("mika.thistle@example.com"), open_page("gus.clover@example.com")
    title = f"Orders {words} are stuck"
    ref = report(reporter, title)
    expect(reporter.locator("#who")).not_to_contain_text("others have this")

    fill_in(second, f"{words} does not move", "Half a")
    second.get_by_role("button", name=re.compile(f"Me too: .?{title}")).click()

    second.wait_for_url(re.compile(f"/tickets/{ref}/$"))
    expect(second.get_by_text("2 people have this, and you get every update")).to_be_visible()
    expect(second.get_by_text("We threw away the report you had begun.")).to_be_visible()
    expect(reporter.locator("#who")).to_contain_text("1 other person has this too")
    assert "Gus" not in reporter.locator("#timeline").inner_text()

    # Nothing of the report is left, and joined is joined.
    second.goto(NEW)
    expect(second.get_by_label("In a few words")).to_have_value("")
    fill_in(second, words)
    expect(second.locator("#deflect").get_by_text("You are on this: open it")).to_be_visible()

    # They leave again, and the reporter sees that, too.
    second.goto(f"/tickets/{ref}/")
    second.get_by_role("button", name="I don’t have this any more").click()
    second.wait_for_url(re.compile("/tickets/$"))
    expect(reporter.locator("#who")).not_to_contain_text("other person has this")


def test_the_desk_sees_how_many_and_who_and_may_stop_it(open_page, words):
    reporter, second = open_page("mika.thistle@example.com"), open_page("employee@example.com")
    agent = open_page("agent@example.com")
    ref = report(reporter, f"Gateway {words} is gone")
    agent.goto(f"/desk/tickets/{ref}/")
    expect(agent.locator("#affected")).to_contain_text("1 person")

    second.goto("/")
    second.get_by_role("searchbox").press_sequentially(words, delay=10)
    second.get_by_role("button", name=re.compile(f"Me too: .?Gateway {words}")).click()
    second.wait_for_url(re.compile(f"/tickets/{ref}/$"))

    expect(agent.locator("#affected")).to_contain_text("2 people")
    agent.goto("/desk/queues/network/")
    expect(agent.get_by_role("row").filter(has_text=words)).to_contain_text("+1")
    agent.goto(f"/desk/tickets/{ref}/related/")
    agent.get_by_text("1 other has this too").click()
    expect(agent.get_by_text("Robin Kestrel")).to_be_visible()

    agent.goto(f"/desk/tickets/{ref}/")
    agent.get_by_role("button", name="Let nobody else join").click()
    expect(agent.get_by_role("button", name="Let others join")).to_be_visible()
    third = open_page("toni.rush@example.com")
    fill_in(third, words)
    third.get_by_label("In a few words").press_sequentially(" vpn", delay=10)
    expect(third.locator("#deflect")).to_contain_text("VPN disconnects")
    expect(third.locator("#deflect").get_by_text(words)).to_have_count(0)


def test_an_incident_solved_meanwhile_is_refused_and_the_report_stays(open_page, words):
    reporter, second = open_page("mika.thistle@example.com"), open_page("employee@example.com")
    title = f"Scanner {words} is dead"
    ref = report(reporter, title)
    fill_in(second, words, "Every word of it")
    me_too = second.get_by_role("button", name=re.compile(f"Me too: .?{title}"))
    expect(me_too).to_be_visible()
    agent = open_page("agent@example.com")
    agent.goto(f"/desk/tickets/{ref}/?compose=resolve")
    agent.locator("#panel-resolve select[name=code]").select_option("fixed")
    agent.locator("#panel-resolve textarea").fill("Restarted it.")
    agent.locator("#panel-resolve").get_by_role("button", name="Resolve").click()
    expect(agent.locator("#facts")).to_contain_text("Resolved")

    me_too.click()

    expect(second.get_by_text("This was solved meanwhile.")).to_be_visible()
    expect(second.get_by_role("textbox", name="What happens")).to_have_value("Every word of it")


def test_without_javascript_one_looks_joins_and_solves_as_well(open_page, words):
    reporter = open_page("mika.thistle@example.com")
    title = f"Locker {words} beeps"
    ref = report(reporter, title)
    plain = open_page("juno.yarrow@example.com", java_script_enabled=False)
    plain.goto(NEW)
    plain.get_by_label("In a few words").fill(words)
    plain.get_by_role("textbox", name="What happens").fill("It beeps at night.")

    plain.get_by_role("button", name="See whether others have this").click()
    expect(plain.get_by_text(title).first).to_be_visible()
    plain.get_by_role("link", name="Back to my report").first.click()
    expect(plain.get_by_role("textbox", name="What happens")).to_have_value("It beeps at night.")

    plain.get_by_role("button", name="See whether others have this").click()
    plain.get_by_role("button", name=re.compile(f"Me too: .?{title}")).click()
    plain.wait_for_url(re.compile(f"/tickets/{ref}/$"))
    expect(plain.get_by_text("You and 1 other person have this")).to_be_visible()

    plain.goto("/tickets/new/answers/?title=printer+shows+offline")
    plain.get_by_role("button", name=re.compile("This solved it: .?Printer shows")).click()
    expect(plain.get_by_text("Nothing was sent to IT.")).to_be_visible()


def test_on_a_phone_a_line_leads_to_what_was_found(open_page):
    page = open_page("employee@example.com", width=360, height=740)
    fill_in(page, "vpn keeps dropping")

    page.get_by_role("link", name="5 things that may help").click()

    expect(page.get_by_role("heading", name="Others have reported this")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_by_keyboard_alone_one_joins_from_the_search_box(open_page, words):
    reporter, second = open_page("mika.thistle@example.com"), open_page("gus.clover@example.com")
    ref = report(reporter, f"Kiosk {words} frozen")
    second.goto("/")
    second.get_by_role("searchbox").focus()
    second.keyboard.type(words, delay=10)
    me_too = second.get_by_role("button", name=re.compile("Me too: .?Kiosk"))
    expect(me_too).to_be_visible()

    second.keyboard.press("ArrowDown")
    expect(me_too).to_be_focused()
    second.keyboard.press("Enter")

    second.wait_for_url(re.compile(f"/tickets/{ref}/$"))
