"""Two agents at one ticket, in two windows: who is there, who writes, whose reply came first, and nothing is lost."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.portal.test_accessibility import in_every_look
from tests.browser.test_main_path import png

AGENT, LEAD, EMPLOYEE = "agent@example.com", "lead@example.com", "employee@example.com"
SOON = 8_000
MAKE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
employee, agent = people["employee@example.com"], people["agent@example.com"]
ticket = actions.file({title!r}, by=employee, description="It hums.", category=Category.objects.get(slug="laptop"))
actions.take(ticket, by=agent)
for n in range({replies}):
    actions.reply(ticket, f"Reply {{n}}", by=employee)
print(ticket.ref)
"""


@pytest.fixture
def make(site):
    """A ticket of one's own that Sasha has; its number."""

    def one(replies: int = 0) -> str:
        code = MAKE.format(title=f"Fan hums {uuid4().hex[:8]}", replies=replies)
        return site.run(code).split()[-1]

    return one


def at(open_page, who, ref, **options):
    page = open_page(who, **options)
    page.goto(f"/desk/tickets/{ref}/")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live", timeout=SOON)
    return page


def words(page, panel="reply"):
    return page.locator(f"#compose-{panel} textarea")


def send(page, panel="reply"):
    page.locator(f"#send-{panel}-only").click()


def test_who_is_there_and_who_writes_is_seen_by_the_other(open_page, make):
    ref = make()
    sasha, noor = at(open_page, AGENT, ref), at(open_page, LEAD, ref)
    present = sasha.locator("#present")
    expect(present).to_contain_text(re.compile("Noor A..* is viewing"), timeout=SOON)

    words(noor).press_sequentially("On it")
    expect(present).to_contain_text("has started a reply", timeout=SOON)

    noor.goto("/desk/mine/")
    expect(present).not_to_contain_text("Noor", timeout=SOON)


def test_who_writes_is_told_where_one_writes_and_read_out_once(open_page, make):
    ref = make()
    sasha, noor = at(open_page, AGENT, ref), at(open_page, LEAD, ref)
    here = sasha.locator("#composer #here")
    expect(sasha.locator("#present")).to_contain_text("Noor", timeout=SOON)
    expect(here).to_be_hidden()

    words(noor).press_sequentially("On it")
    expect(here).to_contain_text(re.compile("Noor A..* has started a reply"), timeout=SOON)
    assert here.evaluate("line => line.closest('[aria-live], [role=status], [role=alert]')") is None
    assert here.bounding_box()["y"] < sasha.locator("#to-reply").bounding_box()["y"]

    noor.goto("/desk/mine/")
    expect(here).to_be_hidden(timeout=SOON)


def test_what_a_button_in_the_head_asked_for_is_what_sending_does(open_page, make):
    page = at(open_page, AGENT, make())
    usual, wait = page.locator("#send-reply-only"), page.locator("#send-reply-wait")
    steps = page.locator("#steps")
    steps.get_by_role("link", name="Wait for requester").click()
    expect(wait).to_have_class(re.compile("btn-primary"))
    expect(usual).to_have_class(re.compile("btn-secondary"))

    page.get_by_role("tab", name="Internal note").click()
    page.get_by_role("tab", name=re.compile("Reply")).click()
    expect(usual).to_have_class(re.compile("btn-primary"))
    expect(wait).to_have_class(re.compile("btn-secondary"))

    steps.get_by_role("link", name="Wait for requester").click()
    words(page).fill("Which room?")
    words(page).press("Control+Enter")
    expect(page.locator("#facts")).to_contain_text("Waiting for requester", timeout=SOON)
    expect(page.locator("#send-reply-only")).to_have_class(re.compile("btn-primary"))


def test_with_the_newest_on_top_the_composer_stands_there_with_what_was_typed(open_page, make):
    page = at(open_page, AGENT, make(replies=2))
    words(page).fill("Half a reply")
    composer, thread = page.locator("#composer"), page.locator("#thread")
    assert composer.bounding_box()["y"] > thread.bounding_box()["y"]

    for label, is_above in (("Oldest first", True), ("Newest first", False)):
        page.get_by_role("link", name=label).click()
        expect(page.locator(f"#composer {'+' if is_above else '~'} #thread")).to_have_count(int(is_above))  # fmt: skip
        expect(words(page)).to_have_value("Half a reply")
        is_now = composer.bounding_box()["y"] < thread.bounding_box()["y"]
        assert is_now == is_above


def test_what_a_colleague_merges_shows_where_it_went(open_page, make):
    ref, other = make(), make()
    sasha, noor = at(open_page, AGENT, ref), at(open_page, LEAD, other)
    expect(sasha.get_by_role("heading", name="Merged here")).to_be_hidden()

    noor.goto(f"/desk/tickets/{other}/merge/?into={ref}")
    noor.get_by_role("button", name=f"Merge {other} into {ref}").click()
    noor.wait_for_url(f"**/desk/tickets/{ref}/")

    here = sasha.get_by_role("region", name="Merged here")
    expect(here.get_by_text(other, exact=True).first).to_be_visible(timeout=SOON)


def both_reply(first, then):
    words(then).fill("Please restart it.")
    words(first).fill("Do not restart it.")
    send(first)
    expect(then.locator("#timeline")).to_contain_text("Do not restart it.", timeout=SOON)
    send(then)


def both_rename(first, then):
    for page, title in ((then, "Fan hums at night"), (first, "Fan hums at noon")):
        page.get_by_role("link", name="Change the title").click()
        page.get_by_label("Title", exact=True).fill(title)
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("heading", level=1)).to_contain_text("Fan hums at noon")
    then.get_by_role("button", name="Save").click()


def test_a_reply_that_was_overtaken_waits_for_a_decision(open_page, make):
    ref = make()
    sasha, noor = at(open_page, AGENT, ref), at(open_page, LEAD, ref)
    both_reply(first=noor, then=sasha)
    notice = sasha.get_by_role("alert").filter(has_text="Noor Aspen wrote while you were typing.")
    expect(notice).to_contain_text("Do not restart it.")
    expect(words(sasha)).to_have_value("Please restart it.")
    notice.get_by_role("link", name="Keep editing").click()
    expect(words(sasha)).to_be_focused()
    words(sasha).fill("Please restart it on Monday.")
    send(sasha)
    expect(sasha.locator("#timeline")).to_contain_text("Please restart it on Monday.")
    expect(words(sasha)).to_have_value("")


def test_both_titles_are_shown_to_who_came_second(open_page, make):
    ref = make()
    sasha, noor = at(open_page, AGENT, ref), at(open_page, LEAD, ref)
    both_rename(first=noor, then=sasha)
    both = sasha.get_by_role("table", name="Both versions")
    expect(both).to_contain_text("Fan hums at noon")
    expect(both).to_contain_text("Fan hums at night")
    sasha.get_by_role("button", name="Keep mine").click()
    expect(noor.get_by_role("heading", level=1)).to_contain_text("Fan hums at night", timeout=SOON)


@pytest.mark.sqlite
def test_axe_finds_nothing_where_somebody_came_first(open_page, make):
    ref = make()
    sasha = at(open_page, AGENT, ref, bypass_csp=True, service_workers="block")
    noor = at(open_page, LEAD, ref)
    both_reply(first=noor, then=sasha)
    notice = sasha.get_by_role("alert").filter(has_text="wrote while you were typing")
    expect(notice).to_be_visible()
    overtaken = in_every_look(sasha)

    sasha.set_viewport_size({"width": 1280, "height": 900})
    both_rename(first=noor, then=sasha)
    expect(sasha.get_by_role("table", name="Both versions")).to_be_visible()
    assert overtaken + in_every_look(sasha) == []


def test_naming_a_colleague_by_keyboard(open_page, make):
    ref = make()
    sasha, noor = at(open_page, AGENT, ref), open_page(LEAD)
    sasha.keyboard.press("n")
    words(sasha, "note").press_sequentially("Same as last month, @noo", delay=30)
    expect(sasha.get_by_role("option", name="Noor Aspen")).to_be_visible()
    sasha.keyboard.press("Enter")
    expect(words(sasha, "note")).to_have_value(re.compile(r"@\[Noor Aspen\]\(person:\d+\) $"))
    sasha.keyboard.press("Control+Enter")
    expect(sasha.locator("#timeline .fb-mention")).to_have_text("@Noor Aspen")

    with noor.expect_response("**/desk/mentions/seen/"):
        noor.goto("/desk/mentions/")
    row = noor.get_by_role("listitem").filter(has_text=ref)
    expect(row).to_contain_text("Same as last month, @Noor Aspen")
    expect(row).to_contain_text("New")
    noor.reload()
    expect(noor.get_by_role("listitem").filter(has_text=ref)).not_to_contain_text("New")


def test_canned_replies_by_the_semicolon_and_quotes(open_page, make):
    ref, name = make(1), f"Port {uuid4().hex[:6]}"
    sasha = open_page(AGENT)
    sasha.goto("/desk/canned/new/")
    sasha.get_by_label("Name").fill(name)
    sasha.get_by_label("Text").fill("Dear {{requester.first_name}}, which port?")
    sasha.get_by_role("button", name="Save").click()
    sasha.goto(f"/desk/tickets/{ref}/")

    sasha.locator("#event-4").get_by_role("link", name=re.compile("^Quote")).click()
    expect(words(sasha)).to_have_value("> Reply 0\n\n")
    sasha.keyboard.press(";")
    sasha.get_by_label("Find a canned reply").locator("visible=true").fill(name)
    expect(sasha.get_by_role("button", name=name)).to_be_visible()
    sasha.keyboard.press("Enter")
    expect(words(sasha)).to_have_value(re.compile(r"^> Reply 0\n\nDear \w+, which port\?$"))
    send(sasha)
    expect(sasha.locator("#timeline")).to_contain_text("which port?")
    expect(sasha.locator("#timeline blockquote")).to_contain_text("Reply 0")

    sasha.goto("/desk/canned/")
    sasha.get_by_role("link", name=f"Edit {name}").click()
    sasha.get_by_text("Delete", exact=True).click()
    sasha.get_by_role("button", name=f"Delete “{name}”").click()
    expect(sasha.get_by_text(name)).to_have_count(0)


def test_what_is_written_without_a_connection_is_kept_and_saved_later(open_page, make):
    ref = make()
    sasha = at(open_page, AGENT, ref)
    state = sasha.locator("#compose-reply [data-draft-line]")
    sasha.route("**/drafts/**", lambda route: route.abort("internetdisconnected"))
    words(sasha).fill("Written in a tunnel")
    expect(state).to_contain_text("No connection. Your text stays here", timeout=SOON)

    sasha.unroute("**/drafts/**")
    expect(state).to_contain_text("Draft saved", timeout=SOON)
    sasha.reload()
    expect(words(sasha)).to_have_value("Written in a tunnel")


def test_a_long_history_by_parts_and_views(open_page, make):
    ref = make(70)
    sasha = at(open_page, AGENT, ref)
    words(sasha).fill("I am writing")
    expect(sasha.get_by_text("It hums.")).to_be_visible()
    expect(sasha.get_by_text("Reply 5", exact=True)).to_have_count(0)

    sasha.get_by_role("link", name="Show earlier").click()
    expect(sasha.get_by_text("Reply 5", exact=True)).to_be_visible()
    expect(sasha.get_by_role("link", name="Show earlier")).to_have_count(0)

    sasha.get_by_role("link", name="Oldest first").click()
    expect(sasha.locator("#timeline > .fb-msg").first).to_contain_text("Reply 69")
    expect(sasha).to_have_url(re.compile(r"\?order=newest$"))
    expect(words(sasha)).to_have_value("I am writing")
    sasha.get_by_role("link", name="Internal notes").click()
    expect(sasha.locator("#timeline > .fb-msg")).to_have_count(0)
    sasha.reload()
    expect(sasha.get_by_role("link", name="Internal notes")).to_have_attribute("aria-current", "true")  # fmt: skip


def test_a_picture_is_pasted_into_the_reply(open_page, make):
    sasha = at(open_page, AGENT, make())
    words(sasha).evaluate(
        """(text, bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
            text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
        }""",
        list(png()),
    )
    expect(sasha.locator("#compose-reply .fb-file__name")).to_contain_text(re.compile(r"\.png$"))
    words(sasha).fill("See the picture.")
    send(sasha)
    expect(sasha.locator("#timeline img.fb-picture")).to_be_visible()
