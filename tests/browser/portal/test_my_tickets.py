"""My tickets: open and closed, those one follows, the department's; search, paging, status in words, unread marks."""

import re
from secrets import token_hex

from playwright.sync_api import Page, expect


def report(page: Page, title: str, text: str = "Since this morning.") -> str:
    """Report something; its address."""
    page.goto("/tickets/new/")
    page.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    page.get_by_label("In a few words").fill(title)
    page.get_by_role("textbox", name="What happens").fill(text)
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    return re.search(r"/tickets/INC-\d+/", page.url)[0]


def reply_from_the_desk(agent: Page, address: str, text: str) -> None:
    agent.goto(f"/desk{address}")
    agent.locator("#panel-reply textarea").fill(text)
    agent.locator("#panel-reply").get_by_role("button", name="Send", exact=True).click()
    expect(agent.locator("#timeline")).to_contain_text(text)


def row(page: Page, title: str):
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title))


def test_lists_are_apart_searched_and_say_whose_turn_it_is(open_page):
    page = open_page("employee@example.com")
    page.goto("/tickets/?q=receipts upload")
    expect(row(page, "Receipts I upload")).to_contain_text("Please check that it works")

    # Search while typing, in titles and in what was said; the address keeps it.
    page.goto("/tickets/")
    page.get_by_role("searchbox").press_sequentially("lunchtime", delay=20)
    expect(page.locator("#my-tickets li")).to_have_count(1)
    waiting = row(page, "Laptop restarts by itself around lunchtime")
    expect(waiting).to_contain_text("We are waiting for you")
    expect(waiting.get_by_role("link", name="Answer")).to_be_visible()
    expect(page).to_have_url(re.compile("q=lunchtime"))
    page.reload()
    expect(page.locator("#my-tickets li")).to_have_count(1)
    page.get_by_role("searchbox").fill("zebrafinch")
    expect(page.get_by_role("heading", name="Nothing found here")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#my-tickets li").nth(5)).to_be_visible()

    page.get_by_role("link", name="Closed", exact=True).click()
    page.wait_for_url("**/tickets/?**state=closed**")
    expect(waiting).to_have_count(0)
    page.get_by_role("searchbox").fill("budget folder")
    page.get_by_role("button", name="Search").click()
    expect(row(page, "Access to the budget folder")).to_be_visible()
    page.get_by_role("searchbox").fill("screen month-end")
    page.get_by_role("button", name="Search").click()
    expect(row(page, "A second screen for the month-end week")).to_be_visible()
    expect(page.locator("#my-tickets li")).to_have_count(1)


def test_my_department_reads_along_page_by_page(open_page):
    page = open_page("employee@example.com")
    page.goto("/tickets/")
    page.get_by_role("link", name="My department").click()
    expect(page.get_by_text("What colleagues in Finance reported")).to_be_visible()
    first = page.locator("#my-tickets li a").first.inner_text()
    page.get_by_role("link", name="Older", exact=True).click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    assert page.locator("#my-tickets li a").first.inner_text() != first

    page.locator("#my-tickets li a").first.click()
    expect(page.get_by_text("You can read this because Finance shares its tickets")).to_be_visible()
    expect(page.get_by_label(re.compile("Write to"))).to_have_count(0)
    expect(page.get_by_text("I no longer need this")).to_have_count(0)


def test_what_is_new_is_marked_until_it_was_looked_at(open_page):
    title = f"Screen arm {token_hex(3)} sinks by itself"
    # Home shows a few tickets only, and Robin has many by the other tests.
    page, agent = open_page("dana.lapwing@example.com"), open_page("agent@example.com")
    address = report(page, title)
    page.goto("/tickets/")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    expect(page.get_by_role("link", name=f"New: {title}")).to_have_count(0)

    # It is marked by itself, in the open list and at home.
    reply_from_the_desk(agent, address, "Which desk is it?")
    expect(page.get_by_role("link", name=f"New: {title}")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name=f"New: {title}")).to_be_visible()

    # Looked at; and what comes while the page is open was seen, too.
    with page.expect_response(re.compile("/reading/")):
        page.get_by_role("link", name=f"New: {title}").click()
    with page.expect_response(re.compile("/reading/")):
        reply_from_the_desk(agent, address, "And since when?")
    expect(page.locator("#timeline")).to_contain_text("And since when?")
    page.goto("/tickets/")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    expect(page.get_by_role("link", name=f"New: {title}")).to_have_count(0)


def test_without_javascript_lists_search_and_marks_work(open_page):
    mark = token_hex(3)
    title = f"Dock {mark} rattles"
    page = open_page("employee@example.com", java_script_enabled=False)
    agent = open_page("agent@example.com")
    address = report(page, title)
    reply_from_the_desk(agent, address, "Is it the fan?")

    page.goto("/tickets/")
    page.get_by_role("searchbox").fill(mark)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#my-tickets li")).to_have_count(1)
    page.get_by_role("link", name=f"New: {title}").click()
    page.get_by_role("button", name="Mark as read").click()
    page.goto(f"/tickets/?q={mark}")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    expect(page.get_by_role("link", name=f"New: {title}")).to_have_count(0)


def test_on_a_phone_nothing_scrolls_sideways(open_page):
    page = open_page("employee@example.com", width=360)
    for state in ("open", "closed", "following", "department"):
        page.goto(f"/tickets/?state={state}")
        expect(page.get_by_role("heading", name="My tickets")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
