"""Merging, splitting and the page of a team, each from beginning to end without a mouse."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

TALL = 3000
"""A window in which all of the side panel is in sight, so that all of it is fetched."""


def to(page: Page, target) -> None:
    """Tab on until this has the focus."""
    for _step in range(80):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {target}")


def file(page: Page, title: str) -> str:
    """A ticket of one's own; its reference."""
    page.goto("/desk/tickets/quick/")
    page.get_by_label("Who has the problem?").fill("Robin Kestrel")
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Category", exact=True).select_option(label="Printing")
    page.get_by_label("What they said").fill(f"{title}, and the scanner, too.")
    page.get_by_role("button", name="Log and keep open").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    return re.search(r"INC-\d+", page.url)[0]


def test_one_ticket_is_merged_into_another_and_taken_out_again(open_page):
    page = open_page("agent@example.com", height=TALL)
    word = uuid4().hex[:8]
    target, ticket = file(page, f"Jam {word} first"), file(page, f"Jam {word} second")

    page.keyboard.press("m")
    expect(page.get_by_label("Find the other ticket")).to_be_focused()
    page.keyboard.type(word)
    choose = page.get_by_role("link", name=f"Choose {target}")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    to(page, choose)
    page.keyboard.press("Enter")
    merge = page.get_by_role("button", name=f"Merge {ticket} into {target}")
    expect(merge).to_be_visible()
    to(page, merge)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/tickets/{target}/**")

    merged = page.get_by_role("region", name="Merged here")
    expect(merged.get_by_role("button", name=f"Take out {ticket}")).to_be_visible()
    page.goto(f"/desk/tickets/{ticket}/")
    to(page, page.get_by_role("button", name="Undo the merge"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Merge into…")).to_be_visible()


def test_a_message_becomes_a_ticket_of_its_own(open_page):
    page = open_page("agent@example.com", height=TALL)
    word = uuid4().hex[:8]
    ticket = file(page, f"Printer {word}")

    to(page, page.get_by_role("link", name=re.compile("^Make a ticket of what")).first)
    page.keyboard.press("Enter")
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_be_visible()
    to(page, title)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the error leads to its field
    expect(title).to_be_focused()
    page.keyboard.type(f"Scanner {word}")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Scanner {word}")
    expect(
        page.get_by_role("main").get_by_role("link", name=re.compile(ticket)).first
    ).to_be_visible()


def test_a_lead_enters_an_absence_and_gives_somebodys_tickets_away(open_page):
    page = open_page("lead@example.com")
    page.goto("/desk/team/network/")
    enter = page.get_by_role("button", name="Enter the absence")
    to(page, enter)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(
        ["Choose who is absent.", "Enter the first day.", "Enter the last day."]
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Person")).to_be_focused()
    page.keyboard.type("Sasha")
    for name in ("First day", "Last day"):
        to(page, page.get_by_label(name))
        page.keyboard.type("12312099")
    note = f"Away {uuid4().hex[:6]}"
    to(page, page.get_by_label("Note"))
    page.keyboard.type(note)
    page.keyboard.press("Enter")
    absence = page.get_by_role("listitem").filter(has_text=note)
    expect(absence).to_contain_text("Sasha Vole")
    to(page, absence.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(absence).to_have_count(0)

    give = page.get_by_role("link", name=re.compile("Give to others.*Noor Aspen"))
    to(page, give)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "Give tickets of Noor Aspen to others"
    )
    ticked = page.get_by_role("checkbox")
    for box in ticked.all():
        to(page, box)
        page.keyboard.press("Space")
        expect(box).not_to_be_checked()
    to(page, page.get_by_role("button", name="Give the ticked ones away"))
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("Choose at least one ticket.").first
    ).to_be_visible()  # and nothing was given
