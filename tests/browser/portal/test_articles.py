"""Issue 5, feedback, following, and paper: what a reader does on the page of an article, with and without JavaScript."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

MAKE = """
from accounts.models import User
from knowledge import actions
from knowledge.models import Article
editor = User.objects.get(email="editor@example.com")
article = actions.draft("Reading {mark}", by=editor, body="## One\\n\\nFirst.\\n\\n## Two\\n\\nSecond.", kind="known_error")
print(actions.publish(article, by=editor).get_absolute_url())
"""
EMPLOYEE = "employee@example.com"


@pytest.fixture
def address(site) -> str:
    """An article that no other test meets."""
    made = MAKE.format(mark=uuid4().hex[:8])
    return site.run(made).split()[-1]


def test_a_reader_says_in_one_click_that_it_did_not_help_and_why(open_page, address: str) -> None:
    page: Page = open_page(EMPLOYEE)
    page.goto(address)
    page.get_by_role("button", name="No, it didn’t").click()

    expect(page.get_by_text("You said that it didn’t help")).to_be_visible()
    page.get_by_label("Something is missing").check()
    page.get_by_label(re.compile("To whoever looks after")).fill("And on a phone?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You wrote to whoever looks after it")).to_be_visible()
    page.get_by_role("button", name="It helped after all").click()
    expect(page.get_by_text("You said that it helped")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You said that it helped")).to_be_visible()
    expect(page.get_by_text("And on a phone?").first).to_be_visible()


def test_a_reader_follows_an_article_and_finds_it_in_the_list(open_page, address: str) -> None:
    page: Page = open_page(EMPLOYEE)
    page.goto(address)
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Tell me when it changes").click()

    expect(page.get_by_role("button", name="Stop following this article")).to_be_focused()
    page.goto("/kb/following/")
    page.get_by_role("button", name=f"Stop {title}").click()
    expect(page.get_by_role("link", name=title)).to_have_count(0)


def test_the_contents_lead_to_their_parts(open_page, address: str) -> None:
    page: Page = open_page(EMPLOYEE)
    page.goto(address)
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Two").click()

    expect(page).to_have_url(re.compile("#s-two$"))
    expect(page.get_by_role("heading", name="Two")).to_be_in_viewport()


def test_a_pdf_comes_as_a_file(open_page, address: str) -> None:
    page: Page = open_page(EMPLOYEE)
    page.goto(f"{address}print/")
    expect(page.get_by_role("button", name="Print")).to_be_visible()

    answer = page.request.get(f"{address}pdf/")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
