"""Articles that may help: beside the ticket and in the picker, and from there into the reply."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

AGENT = "agent@example.com"
TALL = 3000
"""A window in which all of the side panel is in sight, so that all of it is fetched."""
ARTICLE = "VPN disconnects every few minutes"
LINK = re.compile(r"\[VPN disconnects every few minutes\]\(http.+/kb/.+\)")
MAKE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
employee, agent = people["employee@example.com"], people["agent@example.com"]
ticket = actions.file({title!r}, by=employee, description="It drops.", category=Category.objects.get(slug="laptop"))
actions.take(ticket, by=agent)
print(ticket.ref)
"""


@pytest.fixture
def at(open_page, site):
    """The agent's window on a ticket that an article fits."""
    title = f"VPN disconnects every few minutes {uuid4().hex[:6]}"
    code = MAKE.format(title=title)
    ref = site.run(code).split()[-1]
    page = open_page(AGENT, height=TALL)
    page.goto(f"/desk/tickets/{ref}/")
    return page


def reply(page):
    return page.locator("#compose-reply textarea")


def test_an_article_beside_the_ticket_is_put_into_the_reply(at):
    beside = at.get_by_role("region", name="Articles that may help")
    reply(at).fill("Hello Robin,")
    at.get_by_role("tab", name="Internal note").click()
    beside.get_by_role("button", name=f"Insert link {ARTICLE}").click()

    expect(reply(at)).to_be_focused()
    expect(reply(at)).to_have_value(re.compile(r"^Hello Robin,\n\n" + LINK.pattern + "$"))
    beside.get_by_role("button", name=f"Insert text {ARTICLE}").click()
    expect(reply(at)).to_have_value(re.compile(LINK.pattern + r"\n\n\S", re.DOTALL))
    expect(beside.get_by_role("link", name=ARTICLE)).to_have_attribute("href", re.compile("/kb/"))


def test_the_picker_offers_what_may_help_before_anything_is_typed(at):
    panel = at.get_by_role("tabpanel", name="Reply")
    panel.get_by_text("Insert article").click()
    panel.get_by_label("Find an article").focus()
    panel.get_by_role("button", name=ARTICLE).first.click()

    expect(reply(at)).to_have_value(LINK)
    expect(reply(at)).to_be_focused()


def test_a_ticket_is_named_in_the_reply_by_a_word_of_it(at, site):
    word = f"hums{uuid4().hex[:8]}"
    other = site.run(MAKE.format(title=f"Fan {word}")).split()[-1]
    panel = at.get_by_role("tabpanel", name="Reply")
    reply(at).fill("As in ")
    panel.get_by_text("Name a ticket").click()
    panel.get_by_label("Find a ticket by number or words").fill(word)
    panel.get_by_role("button", name=other).click()

    expect(reply(at)).to_have_value(re.compile(rf"^As in\s+{other}"))
    expect(reply(at)).to_be_focused()
