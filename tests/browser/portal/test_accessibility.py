"""WCAG 2.2 AA: axe finds nothing on any page of the portal, in light, in dark, and on a phone."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.outside import outside

pytestmark = pytest.mark.sqlite
"""Pages look the same on both databases: once is enough."""

AXE = Path(__file__).resolve().parents[3] / ".venv/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 360)]
RUN = "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
WITH_QUESTIONS = "VPN and working from home"
MAKE = """
from accounts.models import User
from django.utils import timezone
from incidents.tickets import actions, ratings
from incidents.tickets.models import Category, Ticket
people = {p.email: p for p in User.objects.people()}
employee, agent = people["employee@example.com"], people["agent@example.com"]
for status in ("open", "waiting_requester", "resolved", "closed"):
    print(Ticket.objects.filter(requester=employee, status=status).latest("pk").get_absolute_url())
ticket = actions.file("Fan hums", by=employee, description="Loudly.", category=Category.objects.get(slug="laptop"))
actions.take(ticket, by=agent)
ticket = actions.resolve(ticket, "Oiled the fan.", code="fixed", by=agent)
ticket = actions.confirm(ticket, by=employee)
print(ratings.question(ticket, employee, at=timezone.now()).link)
"""


@pytest.fixture(scope="module")
def addresses(site) -> dict[str, str]:
    """Where pages are whose address the demo's numbers make."""
    printed = site.run(MAKE).split()
    return dict(zip(["open", "waiting", "resolved", "closed", "rating"], printed, strict=True))


# axe tries its colours out with inline styles, which the pages' policy forbids: `bypass_csp`.


def go_to(address: str) -> Callable[[Page, dict[str, str]], object]:
    return lambda page, addresses: page.goto(address.format(**addresses))


def suggestions(page: Page, _addresses: dict[str, str]) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("printer offline")
    expect(page.get_by_role("link", name=re.compile("Report “printer offline”"))).to_be_visible()


def questions(page: Page, _addresses: dict[str, str]) -> None:
    page.goto("/tickets/new/")
    page.get_by_label("What is it about?").select_option(label=WITH_QUESTIONS)
    expect(page.get_by_role("heading", name=re.compile(WITH_QUESTIONS))).to_be_visible()


def answers(page: Page, _addresses: dict[str, str]) -> None:
    page.goto("/tickets/new/")
    page.get_by_label("In a few words").fill("printer offline")
    expect(page.get_by_role("button", name=re.compile("This solved it")).first).to_be_visible()


def mistakes(page: Page, _addresses: dict[str, str]) -> None:
    page.goto("/tickets/new/")
    page.get_by_label("In a few words").fill("")
    page.get_by_role("button", name="Send to IT").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def first_article(page: Page, _addresses: dict[str, str]) -> None:
    page.goto("/kb/search/?q=printer")
    page.get_by_role("main").get_by_role("link", name=re.compile("Printer")).first.click()
    page.wait_for_url(re.compile(r"/kb/(?!search)[\w-]+/"))


PAGES = {
    "home": go_to("/"),
    "home with suggestions": suggestions,
    "new ticket": go_to("/tickets/new/"),
    "new ticket with questions": questions,
    "new ticket with answers": answers,
    "new ticket with mistakes": mistakes,
    "answers": go_to("/tickets/new/answers/?title=printer+shows+offline"),
    "my tickets, open": go_to("/tickets/"),
    "my tickets, closed": go_to("/tickets/?state=closed"),
    "my tickets, following": go_to("/tickets/?state=following"),
    "my tickets, department": go_to("/tickets/?state=department"),
    "my tickets, nothing found": go_to("/tickets/?q=zebrafinch"),
    "open ticket": go_to("{open}"),
    "waiting ticket": go_to("{waiting}"),
    "resolved ticket": go_to("{resolved}"),
    "closed ticket": go_to("{closed}"),
    "ticket on paper": go_to("{closed}print/"),
    "knowledge": go_to("/kb/"),
    "knowledge, found": go_to("/kb/search/?q=printer"),
    "knowledge, nothing found": go_to("/kb/search/?q=zebrafinch"),
    "article": first_article,
    "profile": go_to("/accounts/"),
    "notifications": go_to("/notifications/"),
    "notification choices": go_to("/notifications/choices/"),
    "own data": go_to("/accounts/data/"),
    "not found": go_to("/tickets/INC-999999/"),
}
FOR_ANYBODY = {
    "sign-in": go_to("/accounts/login/"),
    "forgotten password": go_to("/accounts/password/reset/"),
    "rating": go_to("{rating}"),
    "not found": go_to("/nowhere/"),
}


def findings(page: Page, rules: list[str] = RULES) -> list[str]:
    """What axe finds, a line for each element."""
    # Past a form's fade and a menu's slide: a colour half-way there has another contrast.
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    # A window as tall as the page: what the bar at the foot of a phone covers comes out by scrolling.
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": max(900, tall + 100)})
    page.evaluate(AXE.read_text())
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in page.evaluate(RUN, rules)["violations"]
        for node in found["nodes"]
    ]


def in_every_look(
    page: Page,
    visit: Callable[[Page], object] = lambda _page: None,
    *,
    looks: Sequence[tuple[str, int]] = LOOKS,
) -> list[str]:
    """What axe finds on the page as it stands, or as each look visits it, and what one would scroll sideways for."""
    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        visit(page)
        # The page follows the device a moment later.
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        found += [f"{scheme}, {width}: {line}" for line in [*findings(page), *outside(page)]]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_for_an_employee(open_page, addresses, name):
    page = open_page("employee@example.com", bypass_csp=True, service_workers="block")
    found = in_every_look(page, lambda page: PAGES[name](page, addresses))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", FOR_ANYBODY)
def test_axe_finds_nothing_before_signing_in(open_page, addresses, name):
    page = open_page(bypass_csp=True, service_workers="block")
    found = in_every_look(page, lambda page: FOR_ANYBODY[name](page, addresses))
    assert not found, "\n".join(found)
