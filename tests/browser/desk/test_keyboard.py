"""The desk by keyboard: one key map for lists and tickets, and keys that can be turned off."""

import json
import re
import secrets

import pytest
from playwright.sync_api import expect

AGENT, LEAD = "agent@example.com", "lead@example.com"
FILE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
by = User.objects.get(email="employee@example.com")
for number in (1, 2, 3):
    ticket = actions.file(f"{title} {{number}}", by=by, description="It hums.", impact="many", urgency="stop",
        category=Category.objects.get(slug="laptop"))
    print(ticket.ref)
"""
CLOSE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
by = User.objects.get(email="manager@example.com")
for ticket in Ticket.objects.filter(title__startswith="{title}", is_open=True):
    actions.resolve(ticket, "Done.", code="fixed", by=by)
"""
ON = """
from incidents.desk.models import DeskSettings
DeskSettings.objects.filter(user__email__in=["agent@example.com", "lead@example.com"]).update(uses_keys=True)
"""


@pytest.fixture
def tickets(site):
    """Three of one's own on top of the queue, the first reported first; settled afterwards."""
    title = f"Hum {secrets.token_hex(3)}"
    yield title, site.run(FILE.format(title=title)).split()
    site.run(CLOSE.format(title=title))


@pytest.fixture
def keys_on(site):
    yield
    site.run(ON)


def test_a_list_is_triaged_by_keyboard_only(open_page, tickets):
    title, refs = tickets
    page = open_page(AGENT)
    # By number, which an answer does not change: what is answered is due later.
    page.goto(f"/desk/queues/workplace/?q={title.replace(' ', '+')}&sort=number")
    expect(page.get_by_role("link", name=f"{title} 1")).to_be_visible()

    page.keyboard.press("j")
    expect(page.get_by_role("link", name=f"{title} 1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=f"{title} 2")).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name=f"{title} 1")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/tickets/{refs[0]}/**")

    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Take it")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name=re.compile("^Reply to"))).to_be_focused()
    page.keyboard.type("We look into it, j and k are letters here.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("We look into it")).to_be_visible()

    page.locator("body").press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.wait_for_url(f"**/desk/tickets/{refs[1]}/**")
    page.keyboard.press("k")
    page.wait_for_url(f"**/desk/tickets/{refs[0]}/**")


def test_in_a_ticket_j_and_k_follow_the_list_and_u_leads_back_to_it(open_page, tickets):
    title, refs = tickets
    page = open_page(AGENT)
    page.goto(f"/desk/all/?q={title.replace(' ', '+')}&sort=-number")
    page.get_by_role("link", name=f"{title} 3").click()
    page.wait_for_url(f"**/desk/tickets/{refs[2]}/**")
    for ref in (refs[1], refs[0]):
        page.keyboard.press("j")
        page.wait_for_url(f"**/desk/tickets/{ref}/**")

    page.keyboard.press("u")

    page.wait_for_url("**/desk/all/?*")
    links = page.locator("#queue").get_by_role("link", name=title)
    expect(links).to_have_text([f"{title} {n}" for n in (3, 2, 1)])


def test_g_and_a_letter_go_to_places(open_page):
    page = open_page(AGENT)
    page.goto("/desk/")
    for letter, address in (("m", "/desk/mine/"), ("u", "/desk/unassigned/"), ("h", "/desk/")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(f"**{address}")


def test_the_list_of_shortcuts_opens_and_turns_single_keys_off_wherever_one_signs_in(
    open_page, keys_on
):
    page = open_page(LEAD)
    page.goto("/desk/unassigned/")

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_role("heading", name="In a ticket")).to_be_visible()
    switch = dialog.get_by_role("switch", name="Single keys are on")
    expect(switch).to_be_checked()
    with page.expect_response("**/desk/keys/"):
        switch.press("Space")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("?")
    page.keyboard.press("c")
    expect(dialog).to_be_hidden()
    other = open_page(LEAD)
    other.goto("/desk/unassigned/")
    other.keyboard.press("c")
    other.keyboard.press("Control+k")
    expect(other.get_by_role("dialog", name=re.compile("^Search, jump"))).to_be_visible()
    expect(other).to_have_url(re.compile("/desk/unassigned/$"))


def test_without_script_the_shortcuts_are_a_page(open_page, keys_on):
    page = open_page(LEAD, java_script_enabled=False)
    page.goto("/desk/unassigned/")

    page.get_by_role("link", name=re.compile("All shortcuts")).click()
    page.get_by_role("switch").uncheck()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Single keys are off.")).to_be_visible()
    expect(page.get_by_role("switch")).not_to_be_checked()


def test_filters_are_chosen_by_keyboard_and_left_again(open_page, tickets):
    page = open_page(AGENT)
    page.goto("/desk/queues/workplace/")

    page.keyboard.press("f")
    first = page.get_by_role("checkbox", name="New", exact=True)
    expect(first).to_be_focused()  # it was fetched meanwhile
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    page.keyboard.press("j")
    expect(
        page.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").first
    ).to_be_focused()


def test_a_property_and_a_text_are_left_by_escape(open_page, tickets):
    _title, refs = tickets
    page = open_page(AGENT)
    page.goto(f"/desk/tickets/{refs[2]}/")

    page.keyboard.press("a")
    assignee = page.get_by_role("combobox", name="Assignee")
    expect(assignee).to_be_focused()
    page.keyboard.press("Escape")
    expect(assignee).to_have_count(0)

    page.keyboard.press("n")
    note = page.get_by_placeholder("Write a note for the desk")
    expect(note).to_be_focused()
    expect(page.get_by_role("button", name="Add note", exact=True)).to_be_in_viewport(ratio=1)
    page.keyboard.type("Half a thought")
    page.keyboard.press("Escape")
    expect(note).not_to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name=re.compile("^Reply to"))).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(note).to_be_focused()
    expect(note).to_have_value("Half a thought")


def test_out_of_the_filter_box_one_goes_to_the_rows_and_the_filter_stays(open_page, tickets):
    title, _refs = tickets
    page = open_page(AGENT)
    page.goto("/desk/queues/workplace/?sort=number")
    first = page.get_by_role("link", name=f"{title} 1")

    page.keyboard.press("/")
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=f"{title} 2")).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.locator("#id_q")).not_to_be_focused()
    expect(page.locator("#id_q")).to_have_value(title)
    expect(page.locator("#queue").get_by_role("link", name=title)).to_have_count(3)


def test_back_in_a_list_the_row_is_marked_from_which_one_went(open_page, tickets):
    title, refs = tickets
    page = open_page(AGENT, afresh=True)
    address = f"/desk/all/?q={title.replace(' ', '+')}&sort=number"
    page.goto(address)
    page.get_by_role("link", name=f"{title} 2").click()
    page.wait_for_url(f"**/desk/tickets/{refs[1]}/**")
    page.keyboard.press("u")
    page.wait_for_url("**/desk/all/?*")
    expect(page.get_by_role("link", name=f"{title} 2")).to_be_focused()
    expect(page.locator("tr[data-cursor]")).to_contain_text(refs[1])

    page.get_by_role("link", name=f"{title} 3").click()
    page.wait_for_url(f"**/desk/tickets/{refs[2]}/**")
    page.go_back()
    expect(page.get_by_role("link", name=f"{title} 3")).to_be_focused()

    kept = page.evaluate("sessionStorage.getItem('place')")
    assert json.loads(kept) == {"/desk/all/": refs[2].rpartition("-")[2]}
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "logout" not in url)
    assert page.evaluate("sessionStorage.getItem('place')") is None


def test_a_list_that_is_loaded_again_begins_at_its_top(open_page, tickets):
    title, refs = tickets
    page = open_page(AGENT, afresh=True)
    page.goto(f"/desk/all/?q={title.replace(' ', '+')}&sort=number")
    page.get_by_role("link", name=f"{title} 2").click()
    page.wait_for_url(f"**/desk/tickets/{refs[1]}/**")
    page.keyboard.press("u")
    expect(page.get_by_role("link", name=f"{title} 2")).to_be_focused()

    page.reload()
    page.keyboard.press("j")

    expect(page.get_by_role("link", name=f"{title} 1")).to_be_focused()


def test_s_opens_the_changes_of_status_of_a_ticket(open_page, tickets):
    _title, refs = tickets
    page = open_page(AGENT)
    page.goto(f"/desk/tickets/{refs[0]}/")

    page.keyboard.press("s")
    menu = page.locator("#facts").get_by_role("group", name="Change status")
    expect(menu).to_be_visible()
    expect(menu.locator("a, button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()

    page.keyboard.press("s")
    menu.get_by_text("Wait for requester").press("Enter")
    expect(menu).to_be_hidden()
    expect(page.get_by_role("textbox", name=re.compile("^Reply to"))).to_be_focused()


def test_resolving_by_keyboard_begins_with_what_has_to_be_chosen(open_page, tickets):
    _title, refs = tickets
    page = open_page(AGENT)
    page.goto(f"/desk/tickets/{refs[0]}/")

    page.keyboard.press("e")
    how = page.locator("#compose-resolve select[name=code]")
    expect(how).to_be_focused()
    how.select_option(index=1)
    page.locator("#tab-reply").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("e")
    expect(page.locator("#compose-resolve textarea")).to_be_focused()
