"""Work from the list: select by mouse and keys, change together, see what was refused, undo."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from incidents.desk import runs
from tests.browser.portal.test_accessibility import in_every_look

AGENT = "agent@example.com"


FILE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
employee = User.objects.get(email="employee@example.com")
category = Category.objects.get(slug="docking")
for n in range(1, {many} + 1):
    actions.file(f"{word} number {{n}}", by=employee, description="It drops.", category=category)
"""


@pytest.fixture
def word(site):
    """Three tickets of one's own; the list is narrowed to them by this word."""
    word = f"bulk{uuid4().hex[:8]}"
    site.run(FILE.format(word=word, many=3))
    return word


@pytest.fixture
def desk(open_page, word):
    def at(**options) -> Page:
        page = open_page(AGENT, **options)
        page.goto(f"/desk/unassigned/?q={word}")
        expect(row(page, f"{word} number 3")).to_be_visible()
        return page

    return at


def row(page: Page, title: str):
    return page.get_by_role("row").filter(has_text=title)


def tick(page: Page, title: str, **how) -> None:
    row(page, title).get_by_role("checkbox").click(**how)


def bar(page: Page):
    return page.get_by_role("form", name="Change what is selected")


def test_a_range_is_assigned_and_undone(desk, word):
    page = desk()
    expect(bar(page)).to_be_hidden()

    tick(page, f"{word} number 1")
    tick(page, f"{word} number 3", modifiers=["Shift"])
    expect(bar(page)).to_contain_text("3 selected")

    bar(page).get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog", name="Assign")
    dialog.get_by_label("Assignee").select_option(label="Sasha Vole (me)")
    dialog.get_by_role("button", name="Assign: 3 tickets").click()

    expect(page.get_by_text("3 tickets changed.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(bar(page)).to_be_hidden()
    expect(row(page, f"{word} number 2")).to_contain_text("Sasha V.")

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 tickets are as before.")).to_be_visible()
    expect(row(page, f"{word} number 2")).to_contain_text("Take it")


@pytest.mark.sqlite
def test_axe_finds_nothing_in_the_result(desk, word):
    page = desk(bypass_csp=True, service_workers="block")
    tick(page, f"{word} number 1")
    bar(page).get_by_role("button", name="Tags").click()
    page.get_by_role("dialog", name="Tags").get_by_label("Add tags").fill("docks")
    page.get_by_role("button", name="Tags: 1 ticket").click()
    expect(page.get_by_text("1 ticket changed.")).to_be_visible()
    assert in_every_look(page) == []


def test_by_keyboard_alone(desk, word):
    page = desk()
    page.locator("body").click(position={"x": 700, "y": 20})

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+ArrowDown")
    expect(bar(page)).to_contain_text("3 selected")
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()

    page.keyboard.press("Shift+K")
    expect(bar(page)).to_contain_text("2 selected")
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Priority")
    expect(dialog.get_by_label("Impact")).to_be_focused()
    dialog.get_by_label("Impact").select_option(label="Many people")
    dialog.get_by_role("button", name="Priority: 2 tickets").press("Enter")
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()

    page.keyboard.press("z")
    expect(page.get_by_text("2 tickets are as before.")).to_be_visible()


def test_a_key_of_the_bar_takes_the_ticket_under_the_cursor(desk, word):
    page = desk()

    row(page, f"{word} number 2").get_by_role("link").first.focus()
    page.keyboard.press("s")

    expect(page.get_by_role("dialog", name="Status")).to_contain_text("1 ticket")


def test_t_tags_the_ticket_under_the_cursor_or_all_that_are_selected(desk, word):
    page = desk()
    dialog = page.get_by_role("dialog", name="Tags")

    row(page, f"{word} number 2").get_by_role("link").first.focus()
    page.keyboard.press("t")
    expect(dialog).to_contain_text("1 ticket")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()

    tick(page, f"{word} number 3")
    page.keyboard.press("t")
    dialog.get_by_label("Add tags").fill(word)
    dialog.get_by_role("button", name="Tags: 2 tickets").click()
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()
    page.goto(f"/desk/all/?tag={word}")
    expect(page.locator("#queue").get_by_role("link", name=word)).to_have_count(2)


def test_everything_that_can_be_wrong_stands_in_the_dialog(desk, word):
    page = desk()
    tick(page, f"{word} number 1")
    bar(page).get_by_text("More").click()
    bar(page).get_by_role("button", name="Internal note").click()
    dialog = page.get_by_role("dialog", name="Internal note")
    dialog.get_by_label("Text").fill("{{requester.shoe_size}}")
    dialog.get_by_role("button", name="Internal note: 1 ticket").click()

    expect(dialog).to_contain_text("There is no {{requester.shoe_size}}.")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(bar(page)).to_contain_text("1 selected")


def test_without_a_connection_the_dialog_says_so_and_keeps_text_and_selection(desk, word):
    page = desk(may_fail=True)
    tick(page, f"{word} number 1")
    tick(page, f"{word} number 2")
    bar(page).get_by_text("More").click()
    bar(page).get_by_role("button", name="Internal note").click()
    dialog = page.get_by_role("dialog", name="Internal note")
    dialog.get_by_label("Text").fill("The same dock.")
    page.route("**/desk/bulk/new/", lambda route: route.abort("internetdisconnected"))
    dialog.get_by_role("button", name="Internal note: 2 tickets").click()

    # In the dialog: what lies beneath it is dimmed, and nobody hears it.
    expect(dialog.get_by_role("alert")).to_contain_text("That didn’t go through")
    expect(dialog.get_by_label("Text")).to_have_value("The same dock.")
    page.unroute("**/desk/bulk/new/")
    dialog.get_by_role("button", name="Internal note: 2 tickets").click()
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.locator("dialog .fb-notice")).to_have_count(0)


def test_a_long_change_says_how_far_it_is_until_it_is_through(site, open_page):
    word = f"bulk{uuid4().hex[:8]}"
    site.run(FILE.format(word=word, many=runs.AT_ONCE + 1))
    page = open_page(AGENT)
    page.goto(f"/desk/unassigned/?q={word}")
    page.get_by_role("checkbox", name="Select all of this page").check()
    bar(page).get_by_role("checkbox", name="All that match").check()
    bar(page).get_by_role("button", name="Tags").click()
    dialog = page.get_by_role("dialog", name="Tags")
    dialog.get_by_label("Add tags").fill("docks")
    with page.expect_response(re.compile(r"/desk/bulk/\d+/$")) as asked_again:
        dialog.get_by_role("button", name=f"Tags: {runs.AT_ONCE + 1} tickets").click()
        expect(page.get_by_role("progressbar", name="How far it is")).to_be_visible()
        expect(page.get_by_text(re.compile(rf"\d+ of {runs.AT_ONCE + 1} tickets"))).to_be_visible()
    assert asked_again.value.ok

    expect(page.get_by_text(f"{runs.AT_ONCE + 1} tickets changed.")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("progressbar", name="How far it is")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(re.compile("tickets? (is|are) as before"))).to_be_visible(
        timeout=60_000
    )


def test_the_selection_stays_while_the_list_changes(desk, open_page, word):
    page, other = desk(), open_page("lead@example.com")
    tick(page, f"{word} number 1")
    tick(page, f"{word} number 2")

    number = re.search(r"INC-\d+", row(page, f"{word} number 2").inner_text())[0]
    other.goto(f"/desk/tickets/{number}/")
    other.get_by_role("button", name="Take it").click()

    expect(row(page, f"{word} number 2")).not_to_contain_text("Take it")
    expect(row(page, f"{word} number 2").get_by_role("checkbox")).to_be_checked()
    expect(bar(page)).to_contain_text("2 selected")


@pytest.fixture
def held(site, desk, word):
    """A list with three tickets that has asked for a fourth one; the answer is on its way until the route goes on."""
    page, waiting = desk(), []

    def hold_the_first(route):
        if waiting:
            route.continue_()
        waiting.append(route)

    page.route("**/desk/unassigned/?*since=*", hold_the_first)
    with page.expect_request("**/desk/unassigned/?*since=*"):
        site.run(FILE.format(word=f"{word} late", many=1))
    expect(offer(page)).to_have_attribute("data-taken", "")
    return page, waiting[0]


def offer(page: Page):
    return page.get_by_role("link", name="Show 1 new ticket")


def tickets(page: Page):
    return page.get_by_role("checkbox", name=re.compile("^Select INC-"))


def test_new_tickets_wait_where_somebody_began_to_select_meanwhile(held):
    page, answer = held
    page.get_by_role("checkbox", name="Select all of this page").check()
    bar(page).get_by_text("More").click()
    answer.continue_()

    expect(offer(page)).not_to_have_attribute("data-taken", "")  # answered, and refused
    expect(tickets(page)).to_have_count(3)
    expect(bar(page)).to_contain_text("3 selected")
    offer(page).click()
    expect(tickets(page)).to_have_count(4)
    expect(bar(page)).to_contain_text("3 selected")


def test_who_asks_for_new_tickets_gets_them_also_while_some_are_selected(held, word):
    page, answer = held
    tick(page, f"{word} number 1")
    offer(page).click()

    expect(tickets(page)).to_have_count(4)
    expect(bar(page)).to_contain_text("1 selected")
    answer.abort()  # the second one took its place


def test_new_tickets_leave_an_open_menu_and_what_is_typed_in_it(site, desk, word):
    page = desk()
    page.get_by_text("Save view", exact=True).click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Docks")
    site.run(FILE.format(word=f"{word} late", many=1))

    expect(offer(page)).to_be_visible()
    expect(tickets(page)).to_have_count(3)
    expect(name).to_have_value("Docks")
    page.keyboard.press("Escape")
    offer(page).click()
    expect(tickets(page)).to_have_count(4)


def test_without_javascript_it_is_a_form_and_two_pages(desk, word):
    page = desk(java_script_enabled=False)
    tick(page, f"{word} number 1")
    tick(page, f"{word} number 2")
    bar(page).get_by_role("button", name="Take it").click()
    expect(page.get_by_text("2 tickets")).to_have_count(2)
    page.get_by_role("button", name="Take it: 2 tickets").click()
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 tickets are as before.")).to_be_visible()


def test_a_phone_shows_the_bar_without_scrolling_sideways(desk, word):
    page = desk(width=360)
    tick(page, f"{word} number 1")

    expect(bar(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
