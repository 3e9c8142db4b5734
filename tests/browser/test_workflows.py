"""An administrator makes a workflow of their own in the browser: copied, shaped row by row, checked, saved, retired."""

from uuid import uuid4

from playwright.sync_api import expect


def test_a_workflow_is_drawn_changed_checked_and_saved(open_page):
    name = f"Servers {uuid4().hex[:6]}"
    page = open_page("admin@example.com")
    page.goto("/admin/workflows/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add workflow").click()
    page.get_by_text("Now make it your own.").wait_for()

    page.get_by_role("button", name="Add a step").click()
    new = page.get_by_role("row").filter(has=page.get_by_role("combobox", name="counts as"))
    new.get_by_role("textbox", name="Name of").fill("In test")
    new.get_by_role("textbox", name="What requesters read").fill("We are testing the fix")
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_role("alert")).to_contain_text("No way leads there from “New”")
    expect(page.get_by_role("textbox", name="Name of “In test”")).to_have_attribute("aria-invalid", "true")  # fmt: skip

    for here, there in (("In progress", "In test"), ("In test", "Resolved")):
        page.get_by_role("button", name="Add a transition").click()
        page.get_by_role("combobox", name="From, transition").last.select_option(label=here)
        page.get_by_role("combobox", name="To, transition").last.select_option(label=there)
    page.locator("summary", has_text="Nothing more").last.click()
    page.get_by_role("checkbox", name="service", exact=True).last.check()
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_role("status").filter(has_text="It holds together")).to_be_visible()
    expect(page.get_by_role("img", name="Steps as boxes")).to_contain_text("In test")

    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").first.wait_for()
    ways = page.get_by_role("region", name="Transitions")
    expect(ways.get_by_role("row", name="In test Resolved")).to_contain_text("service")
    page.get_by_role("button", name="Retire it").click()
    expect(page.get_by_role("button", name="Use it again")).to_be_visible()


def test_it_works_without_javascript_and_fits_a_phone(open_page):
    page = open_page("admin@example.com", width=360, java_script_enabled=False)
    for path in ("/admin/workflows/", "/admin/workflows/standard/", "/admin/workflows/standard/draft/"):  # fmt: skip
        page.goto(path)
        assert page.locator("#content").is_visible(), path
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_text("It holds together")).to_be_visible()
