"""Keys and buttons answer only once the modules of a page are there, which come after it. Until then a link is a plain
link that leaves the page with what was typed in it: people are too slow for that moment, tests are not.
"""

from functools import wraps
from typing import Any

from playwright.sync_api import Page, expect

READY = ":root[data-ready], :root:not(:has(script[src*='/static/js/app.']))"
"""A page whose modules are there, or one without them: a file, a feed, the administration with scripts of its own."""
MODULES_TAKE = 30_000
"""Milliseconds in which they are there even where all cores are busy."""
ARRIVALS = ("goto", "reload", "go_back", "go_forward", "wait_for_url")


def ready(page: Page) -> None:
    """Wait until the page answers to everything."""
    expect(page.locator(READY)).to_be_attached(timeout=MODULES_TAKE)


def arrive_ready(page: Page) -> None:
    """Whatever brings this window to a page returns only once that page is `ready`."""

    def patient(arrive: Any) -> Any:
        @wraps(arrive)
        def arrived(*where: Any, **how: Any) -> Any:
            answer = arrive(*where, **how)
            ready(page)
            return answer

        return arrived

    for name in ARRIVALS:
        setattr(page, name, patient(getattr(page, name)))
