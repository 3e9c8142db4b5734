"""Pages of the desk while the server is away, or when what they show is no longer open to the reader."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

AGENT, LEAD = "agent@example.com", "lead@example.com"
SOON = 8_000
A_FEW = 6
"""Requests by the page itself within the seconds that are looked at."""
MAKE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
ticket = actions.file({title!r}, by=people["employee@example.com"], description="It hums.", category=Category.objects.get(slug="laptop"))
print(ticket.ref)
"""
HIDE = """
from accounts.models import Team, User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
number = int("{ref}".rpartition("-")[2])
by = User.objects.get(email="manager@example.com")
actions.move(Ticket.objects.get(number=number), to=Team.objects.get(slug="identity"), by=by)
"""
TAKE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
number = int("{ref}".rpartition("-")[2])
by = User.objects.get(email="lead@example.com")
actions.assign(Ticket.objects.get(number=number), to=by, by=by)
"""


@pytest.fixture
def ref(site):
    code = MAKE.format(title=f"Fan hums {uuid4().hex[:8]}")
    return site.run(code).split()[-1]


def words(page):
    return page.locator("#compose-reply textarea")


def at(open_page, who, ref, **options):
    page = open_page(who, **options)
    page.goto(f"/desk/tickets/{ref}/")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live", timeout=SOON)
    return page


def away(route, answer):
    if answer == "none":
        route.abort("internetdisconnected")
    else:
        route.fulfill(status=502, body="")


@pytest.mark.parametrize("answer", ["none", "502"])
def test_a_server_that_is_away_is_not_asked_again_and_again(open_page, ref, answer):
    page = at(open_page, AGENT, ref, may_fail=True)
    asked = []

    def counted(route):
        asked.append(route.request.url)
        away(route, answer)

    page.route("**/*", counted)
    page.evaluate("htmx.trigger(document.body, 'live:poll')")
    page.get_by_role("link", name="Change the title").click()
    words(page).fill("Please restart it.")
    page.locator("#send-reply-only").click()
    expect(page.locator("#composer").get_by_role("alert")).to_contain_text("That didn’t go through")
    page.wait_for_timeout(2500)

    for part in ("/notifications/bell/", "/live/"):
        assert len([url for url in asked if part in url]) <= A_FEW, asked
    expect(words(page)).to_have_value("Please restart it.")


def hide(site, ref):
    site.run(HIDE.format(ref=ref))


def test_a_ticket_that_goes_out_of_sight_says_so_and_leaves_the_text(open_page, site, ref):
    page = at(open_page, AGENT, ref)
    words(page).fill("Please restart it.")
    hide(site, ref)

    said = page.locator("#composer").get_by_role("alert")
    expect(said).to_contain_text("This ticket is no longer open to you", timeout=SOON)
    expect(said).to_contain_text("Nothing was sent; copy your text.")
    expect(page.locator("#send-reply-only")).to_be_disabled()
    expect(page.get_by_role("button", name="Take it")).to_be_disabled()
    words(page).press("Control+Enter")
    expect(words(page)).to_have_value("Please restart it.")
    expect(words(page)).to_be_editable()

    page.goto("/desk/mine/")
    page.goto(f"/desk/tickets/{ref}/")
    expect(page.get_by_role("heading", name="We can’t find that page")).to_be_visible()


def test_what_is_sent_to_a_ticket_out_of_sight_is_no_fault_of_the_network(open_page, site, ref):
    page = at(open_page, AGENT, ref, may_fail=True)
    page.route("**/live/**", lambda route: route.abort())  # nothing told this window
    words(page).fill("Please restart it.")
    hide(site, ref)
    page.locator("#send-reply-only").click()

    expect(page.locator("#composer").get_by_role("alert")).to_contain_text("no longer open to you")
    expect(page.locator("main")).not_to_contain_text("couldn’t reach the server")
    expect(words(page)).to_have_value("Please restart it.")


@pytest.mark.parametrize("answer", ["none", "502"])
def test_a_server_that_is_away_does_not_bring_a_ticket_back(open_page, site, ref, answer):
    page = at(open_page, AGENT, ref, may_fail=True)
    hide(site, ref)
    said = page.locator("#composer").get_by_role("alert")
    expect(said).to_contain_text("This ticket is no longer open to you", timeout=SOON)

    page.route("**/tickets/*/live/**", lambda route: away(route, answer))
    with page.expect_event(
        "requestfinished" if answer == "502" else "requestfailed",
        lambda request: "/tickets/" in request.url,
    ):
        page.evaluate("htmx.trigger(document.body, 'live:poll')")

    page.wait_for_timeout(300)
    expect(said).to_contain_text("This ticket is no longer open to you")
    expect(page.locator("#send-reply-only")).to_be_disabled()


def test_whoever_is_refused_sees_the_ticket_as_it_is_now(open_page, site, ref):
    page = at(open_page, AGENT, ref, may_fail=True)
    clicked = []
    page.route(  # nothing tells this window before
        "**/tickets/*/live/**", lambda route: route.continue_() if clicked else route.abort()
    )
    site.run(TAKE.format(ref=ref))
    expect(page.locator("#facts")).to_contain_text("New")

    clicked.append(True)
    page.get_by_role("button", name="Take it").click()

    expect(page.locator("#notices .fb-notice")).to_contain_text("Noor Aspen")
    expect(page.locator("#facts")).to_contain_text("In progress")


def test_what_cannot_be_taken_leaves_what_was_said_in_the_composer(open_page, ref):
    page = at(open_page, AGENT, ref, may_fail=True)
    words(page).fill("Please restart it.")
    page.route("**/replies/", lambda route: route.abort())
    page.locator("#send-reply-only").click()
    said = page.locator("#composer").get_by_role("alert")
    expect(said).to_contain_text("That didn’t go through")
    page.unroute("**/replies/")
    page.route(
        "**/replies/",
        lambda route: route.fulfill(status=409, headers={"HX-Reswap": "none"}, body=""),
    )

    with page.expect_response("**/replies/"):
        page.locator("#send-reply-only").click()
    page.wait_for_timeout(300)

    expect(said).to_contain_text("That didn’t go through")


def test_a_notice_that_was_closed_is_not_said_again(open_page, site, ref):
    page = open_page("employee@example.com")
    page.goto(f"/tickets/{ref}/")
    page.locator("[data-live]").first.wait_for(state="attached")
    page.route("**/tickets/*/live/**", lambda route: route.fulfill(status=404, body=""))
    with page.expect_response("**/tickets/*/live/**"):
        page.evaluate("htmx.trigger(document.body, 'live:poll')")
    notice = page.locator("#notices .fb-notice")
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)

    with page.expect_response("**/tickets/*/live/**"):
        page.evaluate("htmx.trigger(document.body, 'live:poll')")

    page.wait_for_timeout(300)
    expect(notice).to_have_count(0)


def test_a_list_whose_view_was_deleted_says_so(open_page):
    page, other = open_page(AGENT), open_page(AGENT)
    page.goto("/desk/all/")
    page.get_by_text("Save view", exact=True).click()
    page.get_by_label("Name", exact=True).fill(f"Fans {uuid4().hex[:8]}")
    page.get_by_role("button", name="Save view").click()
    page.wait_for_url("**/desk/views/*/")
    number = re.search(r"/views/(\d+)/", page.url)[1]
    other.goto(f"/desk/views/{number}/removal/")
    other.get_by_role("button", name="Delete the view").click()
    other.wait_for_url(lambda url: "/removal/" not in url)

    page.locator("#id_q").fill("vpn")

    notice = page.locator("#notices .fb-notice")
    expect(notice).to_contain_text("This view is gone")
    notice.get_by_role("link", name="Go to all tickets").click()
    page.wait_for_url("**/desk/all/")


@pytest.mark.parametrize("answer", ["none", "502"])
def test_a_property_that_cannot_be_saved_keeps_what_was_typed(open_page, ref, answer):
    page = at(open_page, AGENT, ref, may_fail=True)
    page.get_by_role("link", name="Change the title").click()
    title = page.get_by_label("Title", exact=True)
    title.fill("Fan hums at noon")
    page.route("**/title/", lambda route: away(route, answer))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notices")).to_contain_text("That didn’t go through")
    expect(title).to_have_value("Fan hums at noon")

    page.unroute("**/title/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fan hums at noon")
