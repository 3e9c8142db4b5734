"""Satisfaction: after closing, one click from the page or from a signed link without signing in."""

import re

import pytest
from playwright.sync_api import Page, expect

WORDS = ["Very bad", "Bad", "Okay", "Good", "Very good"]
MAKE = """
from accounts.models import User
from django.utils import timezone
from incidents.tickets import actions, ratings
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
employee, agent = people["employee@example.com"], people["agent@example.com"]
ticket = actions.file({title!r}, by=employee, description="It hums.", category=Category.objects.get(slug="laptop"))
actions.take(ticket, by=agent)
ticket = actions.resolve(ticket, "Oiled the fan.", code="fixed", by=agent)
if {close}:
    ticket = actions.confirm(ticket, by=employee)
    print(ratings.question(ticket, employee, at=timezone.now()).link)
print(ticket.get_absolute_url())
"""


@pytest.fixture
def make(site):
    """A ticket of the employee's that was resolved, or closed; its address, and the link to rate it."""

    def one(title: str, *, close: bool) -> tuple[str, str]:
        code = MAKE.format(title=title, close=close)
        printed = site.run(code).split()
        return printed[-1], printed[0] if close else ""

    return one


def faces(page: Page):
    return page.get_by_role("group", name="How did we do?").get_by_role("button")


def test_who_confirms_is_asked_at_once_and_one_click_is_enough(open_page, make):
    address, _link = make("Fan hums", close=False)
    page = open_page("employee@example.com")
    page.goto(address)
    expect(page.get_by_role("heading", name="How did we do?")).to_have_count(0)

    page.get_by_role("button", name="Yes, it works again").click()

    expect(faces(page)).to_have_text(WORDS)
    assert page.locator("#rating :checked, #rating [aria-pressed=true]").count() == 0
    faces(page).filter(has_text=re.compile("^Good$")).click()
    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_focused()
    expect(page.get_by_text("You said: Good")).to_be_visible()
    page.get_by_label("Would you like to add something?").fill("Quiet as a <mouse>.")
    page.get_by_role("button", name="Send comment").click()
    expect(page.get_by_text("Quiet as a <mouse>.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You said: Good")).to_be_visible()
    expect(page.get_by_role("button", name="Send comment")).to_have_count(0)

    agent = open_page("agent@example.com")
    agent.goto(f"/desk{address}")
    side = agent.get_by_role("region", name="Satisfaction")
    expect(side).to_contain_text("Good")
    expect(side).to_contain_text("Quiet as a <mouse>.")
    agent.goto("/desk/")
    expect(
        agent.get_by_text(re.compile(r"Satisfaction, last 30 days: \d\.\d of 5"))
    ).to_be_visible()


def test_by_keyboard_alone(open_page, make):
    address, _link = make("Fan hums by keyboard", close=True)
    page = open_page("employee@example.com", width=360)
    page.goto(address)

    faces(page).first.focus()
    for _step in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_focused()
    expect(page.get_by_text("You said: Very good")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("No mouse needed.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#rating blockquote")).to_have_text("No mouse needed.")


def test_without_javascript(open_page, make):
    address, _link = make("Fan hums without scripts", close=True)
    page = open_page("employee@example.com", java_script_enabled=False)
    page.goto(address)

    faces(page).filter(has_text=re.compile("^Very bad$")).click()

    expect(page.get_by_text("You said: Very bad")).to_be_visible()
    page.get_by_label("Would you like to add something?").fill("Still hums.")
    page.get_by_role("button", name="Send comment").click()
    expect(page.locator("#rating blockquote")).to_have_text("Still hums.")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_link_of_a_mail_works_without_signing_in(open_page, make, scripts):
    address, link = make(f"Fan hums in a mail {scripts}", close=True)
    page = open_page(width=360, java_script_enabled=scripts)

    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("How did we do with INC-")
    expect(page.get_by_text("Fan hums")).to_have_count(0)
    expect(faces(page)).to_have_text(WORDS)
    faces(page).filter(has_text=re.compile("^Bad$")).click()

    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_visible()
    page.get_by_label("Would you like to add something?").fill("Hums at noon.")
    page.get_by_role("button", name="Send comment").click()
    expect(page.get_by_role("button", name="Send comment")).to_have_count(0)
    page.goto(link)
    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_visible()

    page.goto(address)
    assert "/accounts/login/" in page.url, "the link opens nothing else"


def test_a_mangled_link_is_a_friendly_dead_end(open_page, make):
    _address, link = make("Fan hums behind a broken link", close=True)
    page = open_page()

    page.goto(link.rstrip("/")[:-2] + "/")

    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    expect(faces(page)).to_have_count(0)
