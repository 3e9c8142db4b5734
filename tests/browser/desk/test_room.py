"""What keeps its room on the desk: a ticket's title, a list's titles and columns, and whatever a notice could lie over."""

import re

import pytest
from playwright.sync_api import expect

AGENT, LEAD = "agent@example.com", "lead@example.com"
A_TITLE = 22 * 16
"""Pixels that a title has at the least: some forty letters."""
IN_A_LIST = 18 * 16
"""The same in the usual lists, where words of other columns may need some of it: some thirty letters."""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


BURST = """buttons => buttons.filter((button) => {
    const words = document.createRange();
    words.selectNodeContents(button);
    const [inner, outer] = [words.getBoundingClientRect(), button.getBoundingClientRect()];
    return inner.left < outer.left || inner.right > outer.right;
}).map((button) => button.textContent.trim())"""


LATE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
greta = User.objects.people().get(email="greta.dipper@example.com")
for late in (timedelta(minutes=58), timedelta(hours=23, minutes=58), timedelta(days=364, hours=23)):
    ticket = actions.file("Fan hums", by=greta, description="Loudly.", category=Category.objects.get(slug="laptop"))
    Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() - late)
    print(ticket.ref)
"""
GONE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
greta = User.objects.people().get(email="greta.dipper@example.com")
for ref in {refs}:
    actions.withdraw(Ticket.objects.get(number=int(ref.rpartition("-")[2])), by=greta)
"""


def over(one, other) -> bool:
    """Whether one box lies over the other."""
    a, b = one.bounding_box(), other.bounding_box()
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


def test_a_tickets_title_keeps_its_room_beside_the_buttons(open_page):
    page = open_page(AGENT)
    page.goto("/desk/unassigned/")
    page.locator(".fb-cell-title a").first.click()
    page.wait_for_url("**/desk/tickets/**")
    for width in (768, 1024, 1100, 1280, 1366):
        page.set_viewport_size({"width": width, "height": 900})
        room = page.locator(".fb-tkhead__what").bounding_box()  # a short title takes less of it
        assert room["width"] >= A_TITLE, width
        assert page.get_by_role("heading", level=1).bounding_box()["height"] < 100, width

    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("path", ["/desk/queues/workplace/", "/desk/all/"])
@pytest.mark.parametrize("width", [1024, 1280])
def test_a_list_with_the_usual_columns_is_not_cut_off(open_page, path, width):
    page = open_page(AGENT, width=width)
    page.goto(path)
    box = page.locator("#queue > .fb-tablewrap")

    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    assert page.locator(".fb-cell-title").first.bounding_box()["width"] >= IN_A_LIST
    take = page.get_by_role("button", name=re.compile("Take it$")).first
    expect(take).to_be_in_viewport(ratio=1)
    expect(take.locator(".fb-avatar")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Priority")).to_be_visible()
    for due in page.locator("time.fb-sla > span[aria-hidden]").all_inner_texts():
        assert "left" not in due


@pytest.fixture
def late(site):
    """Tickets that are late by as much as a list may have to tell."""
    refs = site.run(LATE).split()
    yield refs
    site.run(GONE.format(refs=refs))


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("path", ["/desk/queues/workplace/?sort=due", "/desk/all/?sort=due"])
def test_no_window_cuts_a_list_off_however_late_its_tickets_are(open_page, late, path, locale):
    page = open_page(AGENT, locale=locale)
    page.goto(path)
    for ref in late:
        expect(page.locator("#queue").get_by_text(ref, exact=True)).to_be_visible()
    box = page.locator("#queue > .fb-tablewrap")
    title = page.locator(".fb-cell-title").first

    cut_off = []
    for width in range(768, 1930, 28):
        page.set_viewport_size({"width": width, "height": 900})
        if (beyond := box.evaluate("box => box.scrollWidth - box.clientWidth")) > 0:
            cut_off.append((width, beyond))
        assert title.bounding_box()["width"] >= IN_A_LIST, width
    assert not cut_off


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_words_of_the_side_bars_buttons_stay_inside_them(open_page, locale):
    page = open_page(AGENT, locale=locale)
    page.goto("/desk/")

    buttons = page.locator("#side .btn:visible")
    assert buttons.count() >= 3
    assert buttons.evaluate_all(BURST) == []


def test_columns_that_somebody_chose_are_there_to_scroll_to(open_page):
    page = open_page(LEAD, width=1024)
    page.goto("/desk/queues/network/")
    page.get_by_text("Columns", exact=True).click()
    for column in ("Category", "Age", "Updated"):
        page.get_by_label(column, exact=True).check()
    page.get_by_role("button", name="Show these").click()

    expect(page.get_by_role("columnheader", name="Updated")).to_be_attached()
    category = page.get_by_role("columnheader", name="Category")
    expect(category).to_be_visible()
    page.locator("th.fb-h-updated").scroll_into_view_if_needed()
    expect(page.locator("th.fb-h-updated")).to_be_in_viewport()
    assert page.locator(".fb-cell-title").first.bounding_box()["width"] >= A_TITLE - 1
    assert page.evaluate(OVERFLOW) <= 0

    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("button", name="As they come").click()
    expect(page.locator("th.fb-h-updated")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 1024, 360])
def test_a_notice_lies_over_neither_title_nor_buttons(open_page, width):
    page = open_page(AGENT, width=width, may_fail=True)
    page.goto("/desk/unassigned/")
    page.locator(".fb-cell-title a").first.click()
    page.wait_for_url("**/desk/tickets/**")
    page.route("**/title/", lambda route: route.abort("internetdisconnected"))
    page.get_by_role("link", name="Change the title").click()

    notice = page.locator("#notices .fb-notice")
    expect(notice).to_contain_text("That didn’t go through")
    assert not over(notice, page.get_by_role("heading", level=1))
    for button in page.locator("#steps :is(a, button)").all():
        assert not over(notice, button)
    send = page.locator("#send-reply-only")
    send.scroll_into_view_if_needed()
    assert not over(notice, send)
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("width", [1280, 360])
def test_a_notice_lies_over_neither_a_lists_name_nor_its_filters(open_page, width):
    page = open_page(AGENT, width=width, may_fail=True)
    page.goto("/desk/all/")
    page.route("**/desk/all/?*", lambda route: route.abort("internetdisconnected"))
    page.locator("#id_q").fill("vpn")

    notice = page.locator("#notices .fb-notice")
    expect(notice).to_be_visible()
    assert not over(notice, page.get_by_role("heading", level=1))
    assert not over(notice, page.locator("#filters"))
