"""On behalf of and share: both sides see it; people are found by name and department, and nothing else."""

import base64
import re
from secrets import token_hex

from playwright.sync_api import Page, expect

from tests.browser.portal.test_my_tickets import report, row
from tests.browser.test_main_path import png

MIKA = "mika.thistle@example.com"


def fill_in(page: Page, title: str) -> None:
    page.goto("/tickets/new/")
    page.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    page.get_by_label("In a few words").fill(title)
    page.get_by_role("textbox", name="What happens").fill("Since this morning.")


def test_a_report_for_a_colleague_belongs_to_both(open_page):
    title = f"Mika's screen {token_hex(3)} is dark"
    page, mika = open_page("employee@example.com"), open_page(MIKA)
    fill_in(page, title)
    page.get_by_label("I’m reporting this for someone else").check()
    who = page.get_by_label("Who has the problem?")
    who.press_sequentially("mi", delay=20)
    expect(page.get_by_role("listbox", name="People")).to_have_count(0)
    with page.expect_response(re.compile("/people/lookup/")) as looked_up:
        who.press_sequentially("ka thi", delay=20)
    option = page.get_by_role("option", name=re.compile("Mika Thistle"))
    expect(option).to_contain_text("Finance")
    assert "@" not in looked_up.value.text()
    option.click()
    page.get_by_role("button", name="Send to IT").click()
    expect(page.get_by_text("You reported this for Mika Thistle")).to_be_visible()

    mika.goto("/tickets/")
    mika.get_by_role("link", name=f"New: {title}").click()
    expect(mika.get_by_text("Robin Kestrel reported this for you")).to_be_visible()
    mika.get_by_label(re.compile("Write to")).fill("It is the left one.")
    mika.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("It is the left one.")


def test_sharing_lets_a_colleague_follow_and_taking_off_ends_it(open_page):
    title = f"Dock {token_hex(3)} beeps"
    page, nils = open_page("employee@example.com"), open_page("nils.burdock@example.com")
    address = report(page, title)
    assert nils.goto(address).status == 404

    page.get_by_role("link", name="Share with a colleague").click()
    page.get_by_label("Share with a colleague").press_sequentially("nils bur", delay=20)
    page.get_by_role("option", name=re.compile("Nils Burdock")).click()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#followers")).to_contain_text("Nils Burdock")

    nils.goto("/tickets/?state=following")
    expect(row(nils, f"New: {title}")).to_contain_text("Robin Kestrel")
    nils.get_by_role("link", name=f"New: {title}").click()
    nils.get_by_label(re.compile("Write to")).fill("Mine beeps, too.")
    nils.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Mine beeps, too.")

    nils.goto("/")
    page.get_by_role("button", name="Remove Nils Burdock").click()
    expect(page.locator("#followers")).not_to_contain_text("Nils Burdock")
    assert nils.goto(address).status == 404


def test_without_javascript_both_go_by_name(open_page):
    page, title = (
        open_page("employee@example.com", java_script_enabled=False),
        f"Dock {token_hex(3)}",
    )
    fill_in(page, title)
    page.get_by_label("I’m reporting this for someone else").check()
    page.get_by_label("Who has the problem?").fill("mika thistle")
    page.get_by_role("button", name="Send to IT").click()
    expect(page.get_by_text("You reported this for Mika Thistle")).to_be_visible()

    page.get_by_label("Share with a colleague").fill("Nobody Here")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("We can’t find anybody called “Nobody Here”")).to_be_visible()
    page.get_by_label("Share with a colleague").fill("nils burdock")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#followers")).to_contain_text("Nils Burdock")


GIVE = """([form, kind, name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer });
  form.querySelector("textarea").dispatchEvent(event);
}"""


def test_a_screenshot_is_pasted_and_another_dropped(open_page):
    page = open_page("employee@example.com")
    fill_in(page, f"Screen {token_hex(3)} shows stripes")
    form = page.locator("#new-ticket").element_handle()
    for kind, name, size in (("paste", "image.png", 30), ("drop", "stripes.png", 31)):
        page.evaluate(GIVE, [form, kind, name, base64.b64encode(png(size)).decode()])
    attached = page.get_by_role("list", name="Attached files")
    expect(attached.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))

    expect(page.get_by_role("img", name=re.compile("Picture screenshot-"))).to_be_visible()
    expect(page.get_by_role("img", name="Picture stripes.png")).to_be_visible()
