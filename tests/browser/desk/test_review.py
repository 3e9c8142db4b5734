"""The life of an article in front of people: asked, approved, compared, planned, gone on from; on a phone too."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.portal.test_accessibility import findings

EDITOR, AGENT, EMPLOYEE = "editor@example.com", "agent@example.com", "employee@example.com"
SOON = 10_000
MAKE = """
from accounts.models import User
from knowledge import actions
people = {{p.email: p for p in User.objects.people()}}
article = actions.draft({title!r}, by=people["editor@example.com"], body="Open the client.\\n\\nWait a minute.")
actions.publish(article, by=people["editor@example.com"])
actions.revise(article, by=people["agent@example.com"], title={title!r}, body="Open the new app.\\n\\nWait a minute.")
print(article.slug)
"""


@pytest.fixture
def title():
    return f"Review {uuid4().hex[:8]}"


@pytest.fixture
def slug(site, title):
    """A published article with a newer draft by an agent who only writes."""
    return site.run(MAKE.format(title=title)).split()[-1]


def test_a_draft_is_asked_for_read_approved_and_out(open_page, slug, title):
    writer = open_page(AGENT)
    writer.goto(f"/desk/kb/{slug}/life/")
    writer.get_by_label("Who should look").select_option("Jules Marten")
    writer.get_by_label("What should they know?").fill("Only one word is new.")
    writer.get_by_role("button", name="Ask for a review").click()
    expect(writer.get_by_role("heading", name="Revision 2 waits for review")).to_be_visible()

    editor = open_page(EDITOR)
    editor.goto("/desk/kb/to-do/?show=reviews")
    editor.get_by_role("link", name=f"Review {title}").click()
    expect(editor.get_by_text("Only one word is new.")).to_be_visible()
    changed = editor.get_by_role("row", name="added")
    expect(changed.locator("ins")).to_have_text("new app", timeout=SOON)
    editor.get_by_label("Your comment").fill("Good.")
    editor.get_by_role("button", name="Approve and publish").click()
    expect(editor.get_by_text("Approved and published.")).to_be_visible()

    reader = open_page(EMPLOYEE)
    reader.goto(f"/kb/{slug}/")
    expect(reader.get_by_text("Open the new app.")).to_be_visible()


def test_two_revisions_are_compared_and_one_is_gone_on_from(open_page, slug):
    page = open_page(EDITOR)
    page.goto(f"/desk/kb/{slug}/revisions/")
    page.get_by_role("button", name="Compare the two chosen").click()
    expect(page.locator("del")).to_have_text("client")

    page.get_by_role("link", name="Side by side").click()
    expect(page.get_by_role("columnheader", name="Revision 2")).to_be_visible()
    page.get_by_role("button", name="Go on from revision 1").click()

    expect(page.get_by_role("textbox", name="Text (Markdown)")).to_have_value(
        "Open the client.\n\nWait a minute."
    )


@pytest.mark.sqlite
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_its_pages_are_open_to_everybody_and_fit(open_page, slug, theme, width):
    page = open_page(EDITOR, width=width, color_scheme=theme, bypass_csp=True)
    for address in (
        "", "to-do/", "to-do/?show=due&whose=all", f"{slug}/life/", f"{slug}/revisions/",
        f"{slug}/comparison/?a=1&b=2", f"{slug}/comparison/?a=1&b=2&layout=side",
    ):  # fmt: skip
        page.goto(f"/desk/kb/{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not findings(page), address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
