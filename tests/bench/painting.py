"""How long a change of filter takes in a real browser, from the click to painted rows."""

import statistics

from playwright.sync_api import sync_playwright

from tests.bench.server import Server
from tests.services import CHROMIUM_FLAGS, chromium

CHANGES = 20
TIMED = """() => new Promise((done) => {
  const box = document.getElementById("f-status-open");
  const start = performance.now();
  document.body.addEventListener("htmx:afterSettle", function settled(event) {
    if (event.detail.target.id !== "queue") return;
    document.body.removeEventListener("htmx:afterSettle", settled);
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
  });
  box.click();
})"""


def filter_change(server: Server, session: str) -> list[float]:
    """Milliseconds of each change, the quickest first; nothing where there is no Chromium."""
    program = chromium()
    if program is None:
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "sid", "value": session, "url": server.url}])
        page = context.new_page()
        page.goto("/desk/all/")
        page.get_by_text("Filter", exact=True).click()
        page.get_by_label("In progress", exact=True).wait_for()
        took = sorted(page.evaluate(TIMED) for _ in range(CHANGES))
        browser.close()
    return took


def told(took: list[float]) -> str:
    return (
        f"median {statistics.median(took):.0f} ms, quickest {took[0]:.0f}, slowest {took[-1]:.0f}"
    )
