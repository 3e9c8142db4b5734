"""Several changes in one click, after a look at what they would do."""

import re
from uuid import uuid4

from playwright.sync_api import expect


def made_of_what_was_done(page, number, word):
    """Tags set in bulk become a macro of their own, and so does what was said on the ticket."""
    page.goto(f"/desk/all/?q={number}")
    page.get_by_role("checkbox", name=f"Select {number}").check()
    page.get_by_role("button", name="Tags").click()
    page.get_by_label("Add tags").fill(word)
    page.get_by_role("dialog").get_by_role("button", name="Tags: 1 ticket").click()
    page.get_by_role("link", name="Make macro").click()
    expect(page.get_by_role("checkbox", name=f"Add the tags {word}")).to_be_checked()
    page.get_by_label("Name").fill(f"Tag {word}")
    page.get_by_role("button", name="Make the macro").click()
    expect(page.get_by_role("heading", name=f"Tag {word}")).to_be_visible()
    expect(page.get_by_role("button", name="Remove step 1")).to_be_visible()
    page.locator("summary", has_text="Delete this macro").click()
    page.get_by_role("button", name=f"Delete “Tag {word}”").click()

    page.goto(f"/desk/tickets/{number}/")
    page.locator("main summary").filter(has_text="Macros").click()
    page.get_by_role("link", name="Make one of what was done here").click()
    reply = page.get_by_role("checkbox", name="Reply to the requester: “Hello {{requester.name}}, on it.”")  # fmt: skip
    expect(reply).not_to_be_checked()


def test_a_macro_is_made_looked_at_run_and_undone(open_page):
    word = f"macro{uuid4().hex[:8]}"
    employee = open_page("employee@example.com")
    employee.goto("/tickets/new/")
    employee.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    employee.get_by_label("In a few words").fill(word)
    employee.get_by_role("textbox", name="What happens").fill("It drops.")
    employee.get_by_role("button", name="Send to IT").click()
    employee.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    number = re.search(r"INC-\d+", employee.url)[0]

    page = open_page("agent@example.com")
    page.goto("/desk/macros/")
    page.get_by_role("link", name="New macro").click()
    page.get_by_label("Name").fill(word)
    page.get_by_role("button", name="Save, then add steps").click()
    for act, fill in (("Take it", {}), ("Reply", {"Text": "Hello {{requester.name}}, on it."})):
        page.get_by_label("Kind of step").select_option(label=act)
        page.get_by_role("button", name="Add step").click()
        for label, text in fill.items():
            page.get_by_label(label).fill(text)
        page.get_by_role("button", name="Add step").click()
    expect(page.get_by_text("requester reads it")).to_be_visible()

    page.goto(f"/desk/tickets/{number}/")
    page.locator("main summary").filter(has_text="Macros").click()
    page.get_by_role("link", name=word).click()
    dialog = page.get_by_role("dialog", name=word)
    expect(dialog).to_contain_text("Take it")
    expect(dialog).to_contain_text(re.compile(r"Hello \w+ \w+, on it\."))
    dialog.get_by_role("button", name="Run it").click()

    expect(page.get_by_text("1 ticket changed.")).to_be_visible()
    expect(page.locator("#timeline")).to_contain_text("took this ticket")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#timeline")).to_contain_text("undid a change, back to")
    made_of_what_was_done(page, number, word)

    page.goto("/desk/macros/")
    page.get_by_role("link", name=word).click()
    page.locator("summary", has_text="Delete this macro").click()
    page.get_by_role("button", name=f"Delete “{word}”").click()
    expect(page.get_by_text(f"The macro “{word}” is deleted.")).to_be_visible()
