"""Following a ticket: steps, what to expect, conversation and files, saying how it is, cancelling, following up, paper."""

import re
from secrets import token_hex

from playwright.sync_api import Page, expect

from tests.browser.portal.test_my_tickets import reply_from_the_desk, report
from tests.browser.test_main_path import png


def resolve_from_the_desk(agent: Page, address: str, text: str) -> None:
    agent.goto(f"/desk{address}")
    agent.get_by_role("tab", name="Resolve").click()
    panel = agent.locator("#panel-resolve")
    panel.locator("select[name=code]").select_option("fixed")
    panel.locator("textarea").fill(text)
    panel.get_by_role("button", name=re.compile("Resolve")).last.click()
    expect(agent.locator("#timeline")).to_contain_text(text)


def test_from_received_to_it_works_again(open_page):
    page, agent = open_page("employee@example.com"), open_page("agent@example.com")
    address = report(page, f"Dock {token_hex(3)} hums")
    expect(page.locator("[aria-current=step]")).to_contain_text("Received")
    expect(page.locator("#progress")).to_contain_text("We expect to have this solved")

    # A question; the page says so without a reload.
    agent.goto(f"/desk{address}")
    agent.locator("#take-it").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Being worked on")
    agent.locator("#panel-reply textarea").fill("Which colour is the lamp?")
    agent.locator("#panel-reply").get_by_role("button", name=re.compile("wait")).click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Waiting for you")
    expect(page.locator("#progress")).to_contain_text("We go on as soon as you answer.")

    # An answer with a picture, which is shown as one.
    page.get_by_role("link", name="Answer").click()
    page.get_by_label(re.compile("Write to")).fill("Purple, see here.")
    page.locator("input[type=file]").set_input_files(
        [{"name": "lamp.png", "mimeType": "image/png", "buffer": png(40)},
         {"name": "dock.log", "mimeType": "text/plain", "buffer": b"hum\n"}]
    )  # fmt: skip
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("img", name="Picture lamp.png")).to_be_visible()
    expect(page.locator("#files").get_by_role("link", name=re.compile("dock.log"))).to_be_visible()

    # Still broken, with the reason; then it works.
    resolve_from_the_desk(agent, address, "New firmware.")
    expect(page.locator("#progress")).to_contain_text("Is it working again?")
    page.get_by_role("link", name="No, still broken").click()
    page.get_by_label(re.compile("Write to")).fill("It hums again.")
    page.get_by_role("button", name="Send: still broken").click()
    expect(page.locator("#timeline")).to_contain_text("Still broken: opened again")
    resolve_from_the_desk(agent, address, "New power brick.")
    page.get_by_role("button", name="Yes, it works again").click()
    expect(page.locator("#progress")).to_contain_text("This ticket is closed")


def test_cancelling_asks_first_and_can_say_why(open_page):
    page = open_page("employee@example.com")
    report(page, f"Screen {token_hex(3)} flickers")
    page.get_by_text("I no longer need this").click()
    page.get_by_label("Why? (optional)").fill("It was the cable.")
    page.get_by_role("button", name="Close my ticket").click()

    expect(page.locator("#progress")).to_contain_text("since it was no longer needed")
    expect(page.locator("#timeline")).to_contain_text("It was the cable.")
    expect(page.get_by_label(re.compile("Write to"))).to_have_count(0)


def test_a_closed_ticket_is_reported_again_and_both_stay_linked(open_page):
    page, title = open_page("employee@example.com"), f"Lamp {token_hex(3)} is dark"
    address = report(page, title)
    old = re.search(r"INC-\d+", address)[0]
    page.get_by_text("I no longer need this").click()
    page.get_by_role("button", name="Close my ticket").click()
    page.get_by_role("link", name="Report it again").click()

    expect(page.get_by_text(f"Follow-up of {old}")).to_be_visible()
    expect(page.get_by_label("In a few words")).to_have_value(title)
    page.get_by_role("button", name="Send to IT").click()  # a mistake does not lose the link
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_role("textbox", name="What happens").fill("Dark again.")
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    new = re.search(r"INC-\d+", page.url)[0]
    page.get_by_role("link", name=old, exact=True).click()
    expect(page.get_by_role("link", name=new, exact=True)).to_be_visible()


def test_it_can_be_printed(open_page):
    page, agent = open_page("employee@example.com"), open_page("agent@example.com")
    address = report(page, f"Dock {token_hex(3)} smells")
    reply_from_the_desk(agent, address, "Please unplug it.")
    page.goto(address)
    page.get_by_role("link", name="Print").click()
    expect(page.get_by_text("Please unplug it.")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)

    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_text("Please unplug it.")).to_be_visible()


def test_all_of_it_works_by_keyboard(open_page):
    page = open_page("employee@example.com")
    report(page, f"Keyboard {token_hex(3)} sticks")
    page.get_by_role("link", name="Share with a colleague").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Share with a colleague")).to_be_focused()
    page.keyboard.type("mika")
    expect(page.get_by_role("option", name=re.compile("Mika Thistle"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Mika Thistle")).to_be_visible()

    page.get_by_label(re.compile("Write to")).focus()
    page.keyboard.type("The letter E.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("The letter E.")
    expect(page.get_by_label(re.compile("Write to"))).to_be_focused()

    page.locator("#withdraw summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Coffee. Cleaned it.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_contain_text("since it was no longer needed")


def test_without_javascript_one_replies_cancels_and_follows_up(open_page):
    page = open_page("employee@example.com", java_script_enabled=False)
    address = report(page, f"Webcam {token_hex(3)} is upside down")
    page.get_by_label(re.compile("Write to")).fill("Also in the mirror.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Also in the mirror.")

    page.get_by_text("I no longer need this").click()
    page.get_by_role("button", name="Close my ticket").click()
    expect(page.locator("#progress")).to_contain_text("since it was no longer needed")
    page.get_by_role("link", name="Report it again").click()
    page.get_by_role("textbox", name="What happens").fill("Upside down again.")
    page.get_by_role("button", name="Send to IT").click()
    expect(page.get_by_role("link", name=re.search(r"INC-\d+", address)[0])).to_be_visible()


def test_on_a_phone_nothing_scrolls_sideways(open_page):
    page = open_page("employee@example.com", width=360)
    address = report(page, f"Wide {'W' * 120} {token_hex(3)}", "x" * 300)
    for path in (address, f"{address}print/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
