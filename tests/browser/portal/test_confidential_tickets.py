"""Confidential tickets: those it concerns see them, others meet no trace."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

TITLE = "My colleague signs in with my password"


def test_a_confidential_report_reaches_its_team_and_nobody_else(
    open_page: Callable[..., Page],
) -> None:
    employee = open_page("employee@example.com")
    employee.goto("/tickets/new/?category=misuse")
    employee.get_by_label("In a few words, what’s the problem?").fill(TITLE)
    employee.get_by_role("textbox", name="What happens, and what did you expect?").fill(
        "Since last Tuesday."
    )
    expect(employee.get_by_text("only you, people you choose and")).to_be_visible()
    employee.get_by_role("button", name="Send to IT").click()
    expect(employee.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    expect(employee.get_by_text("Confidential", exact=True)).to_be_visible()
    ref = employee.url.rstrip("/").rpartition("/")[2]

    handler = open_page("tove.sparrow@example.com")
    handler.goto("/desk/queues/identity/")
    row = handler.get_by_role("row").filter(has_text=TITLE)
    expect(row).to_contain_text("Confidential")
    row.get_by_role("link", name=TITLE).click()
    expect(handler.get_by_role("heading", level=1)).to_contain_text(TITLE)

    for outsider in ("manager@example.com", "admin@example.com", "agent@example.com"):
        window = open_page(outsider)
        assert window.goto(f"/desk/tickets/{ref}/").status == 404
        assert window.goto(f"/tickets/{ref}/").status == 404
        window.goto("/desk/search/?q=colleague+signs+password")
        expect(window.get_by_text(TITLE)).to_have_count(0)
        window.goto("/desk/unassigned/")
        expect(window.get_by_text(TITLE)).to_have_count(0)


def test_a_chosen_follower_sees_it(open_page: Callable[..., Page]) -> None:
    employee = open_page("employee@example.com")
    employee.goto("/tickets/new/?category=misuse")
    employee.get_by_label("In a few words, what’s the problem?").fill("Second sign-in from abroad")
    employee.get_by_role("textbox", name="What happens, and what did you expect?").fill(
        "I am at home."
    )
    employee.get_by_role("button", name="Send to IT").click()
    expect(employee.get_by_role("heading", level=1, name="Second sign-in")).to_be_visible()
    page = employee.url

    colleague = open_page("mika.thistle@example.com")
    assert colleague.goto(page).status == 404
    employee.get_by_label("Share with a colleague").fill("Mika Thistle")
    employee.get_by_role("button", name="Share", exact=True).click()
    expect(employee.get_by_role("button", name="Remove Mika Thistle")).to_be_visible()

    colleague.goto(page)
    expect(colleague.get_by_role("heading", level=1, name="Second sign-in")).to_be_visible()
