"""The pages by which people are reached: axe finds nothing on them, and each is walked once by keyboard alone."""

import re
from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import sinks
from tests.browser.outside import outside
from tests.browser.portal.test_accessibility import RULES, findings
from tests.browser.portal.test_keyboard_and_no_script import tab_to
from tests.browser.portal.test_my_tickets import report

WCAG = [rule for rule in RULES if rule != "best-practice"]
"""What is advice alone isn't asked of administration, whose frame is a library's."""
ADMIN, AGENT, READER = "admin@example.com", "lead@example.com", "nils.burdock@example.com"
FILL = """
from django.utils import timezone
from accounts.actions import make_token
from accounts.models import Team, User
from accounts.sso.models import Provider
from allauth.socialaccount.models import SocialAccount
from incidents.mail.models import RawMail
from incidents.notify import stopping
from incidents.notify.models import ChatService, Delivery, Device, TeamRule
from incidents.tickets.models import Event
from incidents.webhooks.models import Endpoint, Post
now = timezone.now()
reader, team = User.objects.get(email="nils.burdock@example.com"), Team.objects.get(slug="network")
provider = Provider.objects.create(kind="oidc", name="Axe", slug="axe", issuer="https://axe.test", client_id="x", is_on=True)
SocialAccount.objects.create(user=reader, provider=provider.issuer, uid="1", last_login=now, extra_data={"email": reader.email})
make_token(reader, by=reader, name="Axe", scopes=["tickets:read"], days=7)
ChatService.objects.create(name="Axe, for people", address="json://axe.test/{to}", is_on=True)
ChatService.objects.create(name="Axe, for a team", address="json://axe.test/x", team=team, topics=["team"])
TeamRule.objects.create(team=team, topic="notes", channel="mail", is_wanted=False)
Device.objects.create(user=reader, name="Axe", mark="axe", endpoint="https://axe.test", signed_in_until=now, last_error="It is away.")
events = list(Event.objects.filter(kind="replied").order_by("-pk")[:3])
endpoint = Endpoint.objects.create(name="Axe", url="https://axe.test", kinds=["replied"], is_active=False)
for event, state in zip(events, ("failed", "delivered", "waiting")):
    post = Post.objects.create(endpoint=endpoint, event=event, state=state, since=now, due_at=now, attempts=1, last_error="No answer.")
    sent = Delivery.of(event, reader.pk, "mail", at=now)
    sent.state, sent.topic, sent.last_error = "failed", "replies", "550 No such user"
    sent.save()
print(stopping.link([sent]))
print(endpoint.pk, post.pk, provider.pk, events[0].ticket.ref)
print(*(RawMail.objects.filter(state=state).latest("pk").pk for state in ("held", "quarantined")))
"""
EMPTY = """
from accounts.models import AccessToken
from accounts.sso.models import Provider
from allauth.socialaccount.models import SocialAccount
from incidents.notify.models import ChatService, Delivery, Device, TeamRule
from incidents.webhooks.models import Endpoint, Post
Post.objects.filter(endpoint__name="Axe").delete()
SocialAccount.objects.filter(provider="https://axe.test").delete()
for rows in (Endpoint.objects.filter(name="Axe"), Provider.objects.filter(slug="axe"), AccessToken.objects.filter(name="Axe"),
    ChatService.objects.filter(name__startswith="Axe"), TeamRule.objects.filter(topic="notes", channel="mail"),
    Device.objects.filter(mark="axe"), Delivery.objects.filter(last_error="550 No such user")):
    rows.delete()
"""

FOCUSED = "one => one === document.activeElement"
BRING = """
from incidents.mail import actions
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.store import keep
raw = b"From: %(sender)s@elsewhere.example\\nTo: help@example.com\\nSubject: %(subject)s\\n\\nWho opens the gate?\\n"
mail, _is_new = keep(Mailbox.objects.get(slug="help"), raw, via=RawMail.Via.POST)
actions.take_in(mail)
"""


@pytest.fixture(scope="module")
def places(site) -> Iterator[dict[str, str]]:
    """Something of everything, and where it is."""
    names = ("stop", "hook", "post", "provider", "ticket", "held", "aside")
    yield dict(zip(names, site.run(FILL).split(), strict=True))
    site.run(EMPTY)


def go_to(address: str) -> Callable[[Page, dict[str, str]], None]:
    def visit(page: Page, places: dict[str, str]) -> None:
        page.goto(address.format(**places))

    return visit


def refused(address: str, button: str) -> Callable[[Page, dict[str, str]], None]:
    """The page as it comes back when its form is sent with nothing in it."""

    def visit(page: Page, places: dict[str, str]) -> None:
        page.goto(address.format(**places))
        page.evaluate(
            "for (const one of document.querySelectorAll('main form, #content form')) one.noValidate = true"
        )
        for field in page.locator(":is(main, #content) form :is(input[type=text], input[type=time])").all():  # fmt: skip
            field.fill("")
        page.get_by_role("button", name=button, exact=True).last.click()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()

    return visit


PAGES: dict[str, tuple[str | None, list[Callable[[Page, dict[str, str]], None]]]] = {
    "mail on the desk": (AGENT, [
        go_to("/desk/mail/"), go_to("/desk/mail/?state=quarantined"), go_to("/desk/mail/?state=waiting"),
        go_to("/desk/tickets/{ticket}/sent/"),
    ]),
    "one mail": (AGENT, [
        go_to("/mail/{held}/"), go_to("/mail/{aside}/"), go_to("/mail/{aside}/source/"),
        refused("/mail/{held}/", "New ticket"),
    ]),
    "what one hears": (READER, [
        go_to("/notifications/choices/"), go_to("/notifications/reach/"), refused("/notifications/reach/", "Save"),
        go_to("/notifications/sent/"),
    ]),
    "one's account": (READER, [
        go_to("/accounts/"), go_to("/accounts/feeds/"), go_to("/accounts/tokens/"), go_to("/accounts/sso/"),
    ]),
    "API": (READER, [go_to("/api/v1/")]),
    "before signing in": (None, [
        go_to("{stop}"), go_to("/notifications/stop/gone/"), go_to("/accounts/login/"),
    ]),
    "webhooks": (ADMIN, [
        go_to("/admin/webhooks/endpoint/"), go_to("/admin/webhooks/endpoint/{hook}/change/"),
        go_to("/admin/webhooks/messages/{post}/"), refused("/admin/webhooks/endpoint/add/", "Save"),
    ]),
    "chats": (ADMIN, [
        go_to("/admin/notify/chatservice/"), go_to("/admin/notify/chatservice/?q=nothing"),
        refused("/admin/notify/chatservice/add/", "Save"), go_to("/admin/notify/teamrule/"),
    ]),
    "mail in administration": (ADMIN, [
        go_to("/admin/deliveries/"), go_to("/admin/letters/"), go_to("/admin/letters/closing/en/"),
        go_to("/admin/mail/mailbox/"), go_to("/admin/mail/mailbox/1/change/"),
    ]),
    "who signs in": (ADMIN, [
        go_to("/admin/service-accounts/"), go_to("/admin/sso/provider/"),
        go_to("/admin/sso/provider/{provider}/change/"),
        refused("/admin/sso/provider/{provider}/preview/", "See what would change"),
    ]),
}  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 360)])
@pytest.mark.parametrize("area", PAGES)
def test_axe_finds_nothing(open_page, places, area, scheme, width):
    who, visits = PAGES[area]
    # axe tries its colours out with inline styles, which the pages' policy forbids
    page = open_page(who, bypass_csp=True, service_workers="block")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    for visit in visits:
        page.set_viewport_size({"width": width, "height": 900})
        visit(page, places)
        found += [f"{page.url} {line}" for line in outside(page)]
        found += [f"{page.url} {line}" for line in findings(page, WCAG if who == ADMIN else RULES)]
    assert not found, "\n".join(found)


def test_held_mail_is_let_in_by_keyboard_alone(open_page, site):
    subject = f"Visit {token_hex(4)}"
    site.run(BRING % {"sender": token_hex(4), "subject": subject})
    page = open_page(AGENT)
    page.goto("/desk/mail/")
    held = page.get_by_role("main").get_by_role("link", name=subject)
    expect(held).to_be_visible()
    past_navigation(page)
    tab_to(page, held)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=subject)).to_be_visible()

    past_navigation(page)
    tab_to(page, page.get_by_role("main").get_by_role("button", name="New ticket"))
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", level=1, name=subject)).to_be_visible()
    page.goto("/desk/mail/")
    expect(held).to_have_count(0)


def test_a_webhook_is_made_looked_into_and_sent_again_by_keyboard_alone(open_page, site):
    name, title = f"Watch {token_hex(4)}", f"Fan {token_hex(4)} hums"
    page = open_page(ADMIN)
    with sinks.sink(port=site.target) as target:
        page.goto("/admin/webhooks/endpoint/add/")
        if not page.locator("#id_name").evaluate(
            FOCUSED
        ):  # administration's frame is not always in time
            past_navigation(page)
            tab_to(page, page.locator("#id_name"))
        page.keyboard.type(name)
        tab_to(page, page.locator("#id_url"))
        page.keyboard.type(target.url)
        tab_to(page, page.get_by_role("checkbox", name="Ticket filed"))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("button", name="Save", exact=True))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The secret of this webhook")).to_be_visible()
        tab_to(page, page.get_by_role("link", name="I have it"))
        page.keyboard.press("Enter")
        log = page.get_by_role("region", name="What was sent").first
        expect(log.get_by_text("Nothing yet")).to_be_visible()
        address = page.url
        report(open_page("employee@example.com"), title)
        assert target.wait_for(1)
        line = log.get_by_role("row", name=re.compile("Ticket filed .* delivered"))
        open_until(page, address, line)

        past_navigation(page)
        tab_to(page, page.get_by_role("main").get_by_role("link", name="What was sent"))
        page.keyboard.press("Enter")
        tab_to(page, line.get_by_role("link"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What is sent")).to_be_visible()
        tab_to(page, page.get_by_role("button", name="Send again"))
        page.keyboard.press("Enter")
        assert target.wait_for(2)
        assert len({one.headers["webhook-id"] for one in target.received}) == 1

        page.goto(address)
        page.get_by_role("link", name="Delete webhook").click()
        page.get_by_role("button", name=re.compile("sure")).click()
        page.wait_for_url("**/admin/webhooks/endpoint/")


def past_navigation(page: Page) -> None:
    skip = page.get_by_role("link", name="Skip to main content")
    tab_to(page, skip)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def open_until(page: Page, address: str, what: Locator) -> None:
    """The page says it once the worker is done with it."""
    for _time in range(40):
        page.goto(address)
        if what.count():
            return
    raise AssertionError(f"{address} never shows {what}")


def test_a_feed_gets_an_address_is_fetched_and_renewed_by_keyboard_alone(open_page):
    page = open_page(READER)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/accounts/feeds/")
    for kind, region, begins in (
        ("Calendar of your tickets", "Calendar of your tickets", "BEGIN:VCALENDAR"),
        ("Announcements", "Announcements for a feed reader", "<?xml"),
    ):
        tab_to(page, page.get_by_role("button", name=f"Make an address : {kind}"))
        page.keyboard.press("Enter")
        address = page.get_by_role("region", name=region).get_by_label("Your address")
        expect(address).to_be_focused()
        first = address.input_value()
        assert page.request.get(first).text().startswith(begins)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Copied")).to_be_focused()
        assert page.evaluate("navigator.clipboard.readText()") == first
        page.reload()
        expect(address).to_have_count(0)
        assert page.request.get(first).text().startswith(begins), "loading again ends nothing"

        tab_to(page, page.get_by_role("button", name=f"Make a new address : {kind}"))
        page.keyboard.press("Enter")
        expect(address).not_to_have_value(first)
        assert page.request.get(first).status == 404
        assert page.request.get(address.input_value()).text().startswith(begins)
        tab_to(page, page.get_by_role("button", name=f"Switch off : {kind}"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Make an address : {kind}")).to_be_visible()


def test_what_one_hears_is_changed_by_keys_and_back(open_page):
    page = open_page(READER)
    page.goto("/notifications/choices/")
    replies = page.get_by_role("group", name="Somebody replies")
    mail, bell = replies.get_by_label("Mail"), replies.get_by_label("Bell")
    expect(mail).to_have_value("now")
    expect(bell).to_be_checked()
    for key, value, rings in (("ArrowDown", "daily", False), ("ArrowUp", "now", True)):
        tab_to(page, mail)
        page.keyboard.press(key)
        tab_to(page, bell)
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("main").get_by_role("button", name="Save"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.reload()
        expect(mail).to_have_value(value)
        expect(bell).to_be_checked(checked=rings)
