"""What the portal promises in figures: three fields within a minute, pages that are there at once, stay put and are light."""

import gzip
import re
import time
from math import inf

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.sqlite
"""Pages look the same on both databases: once is enough."""

A_MINUTE = 60
NEWCOMER = """
from accounts.models import User
User.objects.filter(email="newcomer@example.com").exists() or User.objects.create_user(
    "newcomer@example.com", "firebreak-demo", display_name="Wren Newcomer")
"""
MOST_LOADS = 8
"""The best of them counts, and is enough: other work on the machine makes a load slower, never faster."""

PAINT_WITHIN, SHIFT_UP_TO, WEIGHT_UP_TO = 1000, 0.02, 150 * 1024
PAGES = {
    "home": "/",
    "new ticket": "/tickets/new/",
    "new ticket, begun": "/tickets/new/?title=printer+shows+offline",
    "my tickets": "/tickets/",
    "one ticket": "{ticket}",
    "one article": "/kb/printer-shows-offline/",
}
SAW = """kind => new Promise(done => {
  const seen = [];
  new PerformanceObserver(list => seen.push(...list.getEntries())).observe({type: kind, buffered: true});
  setTimeout(() => done(seen.map(one => kind === "layout-shift" ? (one.hadRecentInput ? 0 : one.value) : one.startTime)), 300);
})"""


def visit(page: Page, name: str) -> None:
    if "ticket}" in PAGES[name]:
        page.goto("/tickets/")
        address = page.locator("#my-tickets a.fb-rows__title").first.get_attribute("href")
    else:
        address = PAGES[name]
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_the_largest_part_is_painted_within_a_second_and_nothing_moves(open_page, name, width):
    page = open_page("employee@example.com", width=width)
    paints, shifts = [], []
    for _ in range(MOST_LOADS):
        visit(page, name)
        paints.append(max(page.evaluate(SAW, "largest-contentful-paint"), default=inf))
        shifts.append(sum(page.evaluate(SAW, "layout-shift")))
        if min(paints) <= PAINT_WITHIN and min(shifts) <= SHIFT_UP_TO:
            break
    assert min(paints) <= PAINT_WITHIN, paints
    assert min(shifts) <= SHIFT_UP_TO, shifts


@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_all_that_belongs_to_it_is_light(open_page, name):
    page = open_page("employee@example.com")
    visit(page, name)
    fetched = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    sizes: dict[str, int] = {}
    for url in {page.url, *(url for url in fetched if "/live/" not in url)}:
        answer = page.request.get(url)
        sizes[url] = len(gzip.compress(answer.body(), 6)) if answer.ok else 0
    heaviest = sorted(((size, url) for url, size in sizes.items()), reverse=True)
    assert sum(sizes.values()) <= WEIGHT_UP_TO, heaviest


def test_on_a_phone_a_first_report_takes_three_fields_and_less_than_a_minute(site, open_page):
    site.run(NEWCOMER)
    page = open_page("newcomer@example.com", width=360, height=740)
    page.goto("/")
    began = time.monotonic()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    page.get_by_label("In a few words").fill("The dock does not charge my laptop")
    page.get_by_role("textbox", name="What happens").fill("Since this morning the lamp is off.")
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.locator("[aria-current=step]")).to_contain_text("Received")
    took = time.monotonic() - began
    assert took <= A_MINUTE
