"""A ticket that must not wait: called for help by hand, and its time runs out while one looks at it."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

FILE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
people = {{p.email: p for p in User.objects.people()}}
ticket = actions.file({title!r}, by=people["employee@example.com"], description="It must not wait.",
    category=Category.objects.get(slug="network"))
due = timezone.now() + timedelta(seconds={seconds})
Ticket.objects.filter(pk=ticket.pk).update(due_at=due)
print(ticket.ref)
"""
LEAD = "lead@example.com"


@pytest.fixture
def file(site):
    def one(seconds: int = 9000) -> tuple[str, str]:
        title = f"Escalated {uuid4().hex[:8]}"
        told = site.run(FILE.format(title=title, seconds=seconds))
        return told.split()[-1], title

    return one


def test_somebody_calls_for_help(file, open_page):
    ref, _title = file()
    page = open_page(LEAD)
    page.goto(f"/desk/tickets/{ref}/")
    section = page.get_by_role("region", name="Escalation")
    section.scroll_into_view_if_needed()
    section.get_by_text("Escalate", exact=True).click()
    section.get_by_label("Why must this not wait?").fill("The board meets at noon.")
    section.get_by_role("button", name="Escalate now").click()

    history = page.locator("#timeline")
    expect(history).to_contain_text("escalated this")
    expect(history).to_contain_text("The board meets at noon.")
    expect(section.get_by_label("Why must this not wait?")).to_have_value("")


def test_the_palette_escalates(file, open_page):
    ref, _title = file()
    page = open_page(LEAD)
    page.goto(f"/desk/tickets/{ref}/escalation/")
    page.keyboard.press("Control+k")
    page.keyboard.type("escal")
    option = page.get_by_role("group", name=ref).get_by_role("option")
    expect(option).to_have_text(["Escalate"])
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    reason = page.get_by_label("Why must this not wait?")
    expect(reason).to_be_focused()


def test_who_was_slower_reads_what_would_come_now(file, open_page):
    ref, _title = file()
    one, other = open_page(LEAD), open_page(LEAD)
    for page in (one, other):
        page.goto(f"/desk/tickets/{ref}/escalation/")
        page.get_by_label("Why must this not wait?").fill("The board meets at noon.")
    one.get_by_role("button", name="Escalate now").click()
    expect(one.get_by_label("Why must this not wait?")).to_have_value("")
    other.get_by_role("button", name="Escalate now").click()

    expect(other.get_by_role("alert")).to_contain_text("Something changed meanwhile.")
    expect(other.get_by_label("Why must this not wait?")).to_have_value("The board meets at noon.")


def test_the_time_left_counts_without_reload(file, open_page):
    _ref, title = file(seconds=60)
    page = open_page(LEAD)
    page.clock.install()
    page.goto(f"/desk/all/?q={title.replace(' ', '+')}")
    chip = page.get_by_role("row", name=title).locator("[data-due]")
    seen, read_out = chip.locator("span").first, chip.locator("span").last
    expect(seen).to_have_text("1m")
    expect(read_out).to_have_text("1m left")
    expect(chip).to_have_attribute("data-tone", "warning")

    page.clock.fast_forward("01:30")
    expect(chip).to_have_attribute("data-tone", "danger")
    expect(seen).to_have_text("1m late")
    expect(read_out).to_have_text("1m late")
    assert page.url.endswith(title.replace(" ", "+"))
