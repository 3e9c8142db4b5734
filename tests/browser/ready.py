"""Keys and buttons answer only once the modules of a page are there, which come after it."""

from playwright.sync_api import Page, expect


def ready(page: Page) -> None:
    """Wait until the page answers to everything."""
    expect(page.locator("html[data-ready]")).to_be_attached()
