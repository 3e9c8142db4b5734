"""The knowledge base at work: solved with an article, an article's text in a reply, gaps, in and out as a zip."""

import io
import zipfile
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.portal.test_accessibility import findings

EDITOR, AGENT = "editor@example.com", "agent@example.com"
SOON = 10_000
MAKE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
from knowledge import actions as knowledge
by = User.objects.get(email="employee@example.com")
agent = User.objects.get(email="agent@example.com")
editor = User.objects.get(email="editor@example.com")
ticket = actions.file({title!r}, by=by, description="It fails.", category=Category.objects.get(slug={category!r}))
actions.take(ticket, by=agent)
article = knowledge.draft({title!r}, by=editor, body="Turn it **twice**.")
knowledge.publish(article, by=editor)
print(ticket.number, article.slug)
"""
CATEGORY = """
from incidents.tickets.models import Category
from accounts.models import User
from incidents.tickets import policies
print(Category.objects.filter(default_team__slug="workplace", is_retired=False).exclude(is_confined=True).first().slug)
"""


@pytest.fixture
def made(site):
    """A ticket of the agent's and an article of the same words: the ticket's number, the title and the article's address."""
    title = f"Grommet {uuid4().hex[:10]} squeaks"
    category = site.run(CATEGORY).split()[-1]
    code = MAKE.format(title=title, category=category)
    number, slug = site.run(code).split()[-2:]
    return number, title, slug


def open_ticket(open_page, number):
    page = open_page(AGENT)
    page.goto(f"/desk/tickets/INC-{number}/")
    return page


def test_a_ticket_is_solved_with_an_article_that_its_words_find(open_page, made):
    number, title, _slug = made
    page = open_ticket(open_page, number)
    page.get_by_role("tab", name="Resolve").click()
    panel = page.locator("#compose-resolve")
    panel.get_by_label("How was it resolved?").select_option("fixed")
    panel.locator("summary", has_text="Solved with an article").click()
    panel.get_by_role("radio", name=title).check(timeout=SOON)
    panel.get_by_label("What restored the service").fill("Turned it twice.")
    panel.get_by_role("button", name="Resolve").click()

    said = page.get_by_text("says how.")
    expect(said).to_be_visible(timeout=SOON)
    said.get_by_role("link", name=title).click()
    expect(page.get_by_text("1 ticket", exact=True)).to_be_visible()


def test_an_articles_text_goes_into_a_reply(open_page, made):
    number, title, _slug = made
    page = open_ticket(open_page, number)
    panel = page.locator("#compose-reply")
    panel.get_by_text("Insert article").click()
    panel.get_by_label("Find an article").fill(title)
    panel.get_by_role("button", name=f"Insert its text {title}").click(timeout=SOON)

    expect(panel.locator("textarea")).to_have_value("Turn it **twice**.\n", timeout=SOON)
    panel.locator("textarea").fill("")


def test_a_zip_comes_in_after_a_look(open_page):
    name = f"Spindle {uuid4().hex[:10]}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("a.md", f"---\ntitle: {name}\n---\nText")
        target.writestr("b.md", b"K\xe4se")
    page = open_page(EDITOR, bypass_csp=True)
    page.goto("/desk/kb/")
    page.get_by_role("link", name="Import").click()
    assert not findings(page)
    given = {"name": "help.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    page.get_by_label("Zip file").set_input_files(given)
    page.get_by_role("button", name="See what would happen").click()

    expect(page.get_by_text("Nothing is written yet")).to_be_visible()
    expect(page.get_by_text("byte 2 is not UTF-8")).to_be_visible()
    assert not findings(page)
    page.get_by_role("button", name="Bring in 1 article").click()
    expect(page.get_by_text("Refused: 1, New: 1.")).to_be_visible()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_gaps_are_ranked_and_can_be_written_up(open_page):
    page = open_page(EDITOR, bypass_csp=True)
    page.goto("/desk/kb/")
    page.get_by_role("link", name="Gaps").click()

    first = page.get_by_role("list").get_by_role("heading", level=2).first
    expect(first).to_be_visible()
    assert not findings(page)
    page.get_by_role("button", name="Write this lunch menu").click()
    expect(page.get_by_role("heading", name="Lunch menu", level=1)).to_be_visible()
    page.goto("/desk/gaps/")
    expect(page.get_by_role("heading", name="lunch menu")).to_have_count(0)
