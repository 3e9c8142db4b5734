"""The portal on a phone: it can be installed, says so without a connection, and keeps nothing private there."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

SOMEBODY = "amara.linnet@example.com"
KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys())
            found.push({ url: request.url, words: await (await cache.match(request)).text() });
    }
    return found;
}"""


def installed(page):
    page.goto("/")
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # a page that comes while its worker is being installed may be left without it
    page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")


def test_a_phone_finds_what_it_needs_to_install_the_portal(open_page):
    page = open_page(SOMEBODY, width=360)
    installed(page)

    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert urlsplit(manifest["url"]).path == "/manifest.webmanifest"
    assert manifest["errors"] == []
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [], [{"errorId": "in-incognito", "errorArguments": []}],
    )  # fmt: skip


def test_without_a_connection_a_page_says_so_and_the_way_back_works(open_page):
    page = open_page(SOMEBODY, width=360)
    installed(page)

    page.context.set_offline(True)
    page.goto("/tickets/?page=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re offline")
    expect(page.get_by_role("main").get_by_role("link", name="5555")).to_be_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.fb-top')).borderBottomStyle")
        == "solid"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re offline")

    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My tickets")
    assert page.url.endswith("/tickets/?page=1")


def test_nothing_that_somebody_read_is_kept_on_the_device(open_page):
    page = open_page(SOMEBODY)
    installed(page)
    for private in ("/tickets/", "/accounts/", "/"):
        page.goto(private)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Amara")

    kept = page.evaluate(KEPT)
    assert kept
    for one in kept:
        path = urlsplit(one["url"]).path
        assert path.startswith("/static/") or path == "/offline/"
        assert "Amara" not in one["words"]
        assert SOMEBODY not in one["words"]
        assert "X-CSRFToken" not in one["words"]


def test_a_new_worker_takes_the_old_ones_cache_away(open_page):
    page = open_page()
    page.goto("/accounts/login/")
    page.evaluate("async () => { const old = await caches.open('firebreak-old'); await old.put('/offline/', new Response('old')); }")  # fmt: skip
    page.evaluate("async () => { await (await navigator.serviceWorker.ready).unregister(); }")
    page.reload()

    page.wait_for_function("async () => (await caches.keys()).length === 1 && !(await caches.has('firebreak-old'))")  # fmt: skip
