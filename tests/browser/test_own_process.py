"""The administrator's walk: a type of their own with workflow, promise, form and chain; used, missed, escalated, explained."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

ADMIN, EMPLOYEE, LEAD = "admin@example.com", "employee@example.com", "lead@example.com"
A_MINUTE = 100_000
"""Milliseconds until the promised minute is over, and some more."""
ROUND = """
from incidents.escalation import jobs as escalation
from incidents.sla import jobs as promises
promises.tick()
escalation.tick()
escalation.tick()  # after a gap the first look only notes that there was one
"""
"""What the worker does every minute."""
PUT_BACK = """
from incidents.escalation import rules as chains
from incidents.escalation.models import Chain
from incidents.sla import rules as promises
from incidents.sla.models import Policy
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType, Workflow
from accounts.models import User
for ticket in Ticket.objects.open().filter(category__name={name!r}):
    if ticket.status == "new":
        actions.withdraw(ticket, by=ticket.requester, reason="Only tried out.")
    else:
        lead = User.objects.get(email="lead@example.com")
        actions.resolve(ticket, "Only tried out.", code="no_fault_found", by=lead)
Chain.objects.filter(name={name!r}).delete()
chains.renew()
Policy.objects.filter(name={name!r}).update(is_active=False)
promises.changed()
for table in (Category, IncidentType, Workflow):
    table.objects.filter(name={name!r}).update(is_retired=True)
rulebook.renew()
"""


@dataclass
class Walk:
    """Everything that is made bears one name."""

    name: str
    page: Page
    site: Any


@pytest.fixture
def walk(site, open_page) -> Iterator[Walk]:
    name = f"Standstill {uuid4().hex[:6]}"
    yield Walk(name, open_page(ADMIN), site)
    site.run(PUT_BACK.format(name=name))


@pytest.mark.timeout(600, func_only=True)
def test_a_type_of_ones_own_is_used_missed_escalated_and_explained(walk, open_page):
    make_workflow(walk)
    make_type(walk)
    make_form(walk)
    make_promise(walk)
    make_category(walk)
    make_chain(walk)

    ref = file_one(walk, open_page(EMPLOYEE))

    desk = open_page(LEAD)
    desk.goto(f"/desk/tickets/{ref}/")
    expect(desk.get_by_role("region", name="Answers")).to_contain_text("Line 4, south hall")
    expect(desk.get_by_text("Line stopped").first).to_be_visible()
    is_missed_and_escalated(walk, desk)
    is_put_on_trial(desk, ref)
    is_explained(walk, desk, ref)


# What the administrator makes ------------------------------------------------------------------------------


def make_workflow(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/workflows/")
    page.get_by_label("Name", exact=True).fill(walk.name)
    page.get_by_role("button", name="Add workflow").click()
    page.get_by_text("Now make it your own.").wait_for()
    page.get_by_role("button", name="Add a step").click()
    new = page.get_by_role("row").filter(has=page.get_by_role("combobox", name="counts as"))
    new.get_by_role("combobox", name="counts as").select_option(label="Waiting for other")
    new.get_by_role("textbox", name="Name of").fill("Trial run")
    for here, there in (("In progress", "Trial run"), ("Trial run", "Resolved")):
        page.get_by_role("button", name="Add a transition").click()
        page.get_by_role("combobox", name="From, transition").last.select_option(label=here)
        page.get_by_role("combobox", name="To, transition").last.select_option(label=there)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").first.wait_for()


def make_type(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/types/?new")
    page.get_by_label("Name").fill(walk.name)
    page.get_by_label("Workflow").select_option(label=walk.name)
    page.get_by_role("button", name="Add type").click()
    expect(page.get_by_text(f"Type “{walk.name}” was added.")).to_be_visible()


def make_form(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("link", name="Make a form").click()
    page.get_by_role("button", name="Add question").click()
    page.get_by_label("Question", exact=True).fill("Which line stands still?")
    page.get_by_label("Must be answered").check()
    expect(page.locator("#preview")).to_contain_text("Which line stands still?")
    page.get_by_role("button", name="Save form").click()
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()
    page.get_by_role("link", name="Type", exact=True).click()
    expect(page.locator("#edit")).to_contain_text("Which line stands still?")


def make_promise(walk: Walk) -> None:
    """Around the clock, so that the test holds at night."""
    page = walk.page
    page.goto("/admin/sla/calendars/new/")
    page.get_by_label("Name", exact=True).fill(walk.name)
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        for end in ("from", "to"):
            page.get_by_label(f"{day}, {end} (1)").fill("00:00")
    put_in_force(page)
    page.goto("/admin/sla/policies/new/")
    page.get_by_label("Name", exact=True).fill(walk.name)
    page.get_by_label("Calendar").select_option(label=walk.name)
    page.get_by_label("Type", exact=True).select_option(label=walk.name)
    for priority in range(1, 6):
        page.get_by_label(f"first response, P{priority}").fill("1 min")
        page.get_by_label(f"resolution, P{priority}").fill("4 h")
    at_rest = page.get_by_role("region", name="Resolution", exact=True)
    at_rest.get_by_label("Waiting for other").check()
    put_in_force(page)


def put_in_force(page: Page) -> None:
    page.locator("#content").get_by_role("button", name="Try it on open tickets").click()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("button", name="Put it in force")).to_have_count(0)


def make_category(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/categories/?new")
    page.get_by_label("Name employees see").fill(walk.name)
    page.get_by_label("New tickets are").select_option(label=walk.name)
    page.get_by_label("Goes to team").select_option(label="Network & remote")
    page.get_by_role("button", name="Add category").click()
    expect(page.get_by_role("link", name=walk.name, exact=True)).to_be_visible()


def make_chain(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/escalation/chain/add/")
    page.get_by_label("Name*").fill(walk.name)
    page.get_by_label("Order*").fill("1")
    page.get_by_label("Type", exact=True).select_option(label=walk.name)
    page.get_by_label("After*").first.fill("100")
    page.get_by_label("Of*").first.select_option(label="% of the time for the first response")
    page.get_by_label("Then*").first.select_option(label="raise priority")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name=walk.name).first).to_be_visible()


# What follows ------------------------------------------------------------------------------------------------


def file_one(walk: Walk, page: Page) -> str:
    page.goto("/tickets/new/")
    page.get_by_label("What is it about?").select_option(label=walk.name)
    asked = page.locator("#questions")
    expect(asked).to_contain_text(f"About “{walk.name}”")
    page.get_by_label("In a few words, what’s the problem?").fill("Line stopped")
    page.get_by_role("textbox", name="What happens, and what did you expect?").fill(
        "The belt does not move."
    )
    send = page.get_by_role("button", name="Send to IT")
    send.click()
    expect(page.get_by_role("alert")).to_be_visible()
    asked.get_by_label("Which line stands still?").fill("Line 4, south hall")
    send.click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.locator("main")).to_contain_text("Line 4, south hall")
    found = re.search(r"INC-\d+", page.url)
    assert found
    return found[0]


def is_missed_and_escalated(walk: Walk, desk: Page) -> None:
    """Nobody does anything, and the page says so without being loaded again."""
    expect(desk.locator("header").get_by_text(re.compile(r"\blate$"))).to_be_visible(timeout=A_MINUTE)  # fmt: skip
    walk.site.run(ROUND)
    history = desk.locator("#timeline")
    expect(history).to_contain_text("The promised time for the first response is over")
    expect(history).to_contain_text(f"Escalated by “{walk.name}”, step 1")
    expect(history).to_contain_text("set priority Medium")


def is_put_on_trial(desk: Page, ref: str) -> None:
    """The step of the new workflow, in which the clock of the solution stands."""
    desk.get_by_role("button", name="Take").first.click()
    expect(desk.locator("#timeline")).to_contain_text("took this")
    desk.goto(f"/desk/tickets/{ref}/steps/trial-run/")
    desk.locator("main").get_by_role("button", name="Trial run").click()
    expect(desk.locator("#timeline")).to_contain_text("Trial run")


def is_explained(walk: Walk, desk: Page, ref: str) -> None:
    """Every stretch of time, by the policy that was made for it."""
    desk.goto(f"/desk/tickets/{ref}/clocks/")
    promises = desk.locator("#clocks")
    expect(promises).to_contain_text(f"Policy “{walk.name}” promises 1 min of working time")
    expect(promises.get_by_role("heading", name="First response: missed")).to_be_visible()
    answer = desk.get_by_role("region", name="First response: missed").last
    expect(answer.get_by_role("row").nth(1)).to_contain_text("Working hours.")
    solution = desk.get_by_role("region", name=re.compile("^Resolution")).last.get_by_role("row")
    expect(solution.nth(1)).to_contain_text("counted")
    paused = solution.filter(has_text="paused")
    expect(paused).to_contain_text("and this clock stands meanwhile.")
