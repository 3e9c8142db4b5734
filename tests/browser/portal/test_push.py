"""Notices on a device: asked for by a button and never by themselves, shown by the service worker.

Headless Chromium has no push service, so the browser's address at one is made up; the keys that it is made with are
ours, and what a push service would deliver is delivered through the browser's own tools.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.conftest import chromium_of

SOMEBODY = "ash.pipit@example.com"
PAGE = "/notifications/reach/"
PRETEND = """
    window.asked = 0;
    const ask = Notification.requestPermission.bind(Notification);
    Notification.requestPermission = () => { window.asked += 1; return ask(); };
    PushManager.prototype.subscribe = async function (options) {
        window.keys = options;
        window.made = {
            endpoint: "https://push.example.com/" + crypto.randomUUID(),
            getKey: (name) => name === "auth" ? new Uint8Array(16).buffer
                : new Uint8Array([4, ...new Uint8Array(64)]).buffer,
        };
        return window.made;
    };
"""

SHOWN = """async (wanted) => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return JSON.stringify(shown.map((one) => [one.title, one.body, one.tag])) === wanted;
}"""
"""Of two with one tag the second takes the place of the first, and for a moment there is none."""


@pytest.fixture(scope="module")
def chromium(playwright):
    """The whole one: its build without windows knows no notifications."""
    with chromium_of(playwright, with_windows=True) as browser:
        yield browser


def opened(open_page, who=SOMEBODY, **options):
    page = open_page(who, **options)
    page.context.add_init_script(PRETEND)
    page.goto(PAGE)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    return page


def test_nobody_is_asked_until_they_press_the_button(open_page):
    page = opened(open_page)
    expect(page.get_by_role("button", name="Switch on this device")).to_be_visible()
    page.goto("/")
    page.goto(PAGE)
    expect(page.get_by_role("button", name="Switch on this device")).to_be_visible()

    assert page.evaluate("window.asked") == 0


def test_a_device_is_switched_on_shows_what_happens_and_is_removed(open_page):
    page = opened(open_page, width=360)
    page.context.grant_permissions(["notifications"])
    page.reload()

    row = page.get_by_role("listitem").filter(has_text="Chrome on Linux")
    before = row.count()
    page.get_by_role("button", name="Switch on this device").click()
    expect(page.get_by_text("This device shows from now on what happens.")).to_be_visible()
    expect(row).to_have_count(before + 1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    session = page.context.new_cdp_session(page)
    registrations = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: registrations.extend(said["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function(
        "() => navigator.serviceWorker.controller || navigator.serviceWorker.ready"
    )
    origin = page.evaluate("location.origin")
    ours = next(one for one in registrations if one["scopeURL"].startswith(origin))
    said = {"title": "INC-1042", "body": "Sasha replied", "url": "/notifications/", "tag": "one"}
    for _again in range(2):  # sent again, it takes the place of the first
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": ours["registrationId"], "data": json.dumps(said)},
        )
    page.wait_for_function(
        SHOWN, arg=json.dumps([["INC-1042", "Sasha replied", "one"]], separators=(",", ":"))
    )

    row.first.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("That device shows nothing any more.")).to_be_visible()
    expect(row).to_have_count(before)


def test_who_says_no_is_told_how_to_change_it(open_page):
    page = opened(open_page)
    page.evaluate("() => { Notification.requestPermission = async () => 'denied'; }")

    page.get_by_role("button", name="Switch on this device").click()

    expect(page.get_by_text("The browser blocks notifications from here.")).to_be_visible()


def test_a_push_service_that_is_not_there_is_said(open_page):
    page = opened(open_page)
    page.context.grant_permissions(["notifications"])
    page.reload()
    page.evaluate(
        "() => { PushManager.prototype.subscribe = async () => { throw new Error('none'); }; }"
    )

    page.get_by_role("button", name="Switch on this device").click()

    expect(page.get_by_text("could not reach its push service")).to_be_visible()
