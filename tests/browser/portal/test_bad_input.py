"""What nobody should send and somebody will, in a browser: a clear message, nothing lost, nothing doubled."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

WHO = "employee@example.com"
LONG = "Every word counts. " * 10_527  # 200,013 characters
MUCH = "('x'.repeat(99) + '\\n').repeat(40_000)"
"""Four million characters, as a script makes them: typing them takes a minute."""
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def form(page: Page, title: str, text: str = "It hums.") -> None:
    """A report of one's own, afresh."""
    page.goto("/tickets/new/")
    if page.get_by_role("button", name="Start afresh").count():
        page.get_by_role("button", name="Start afresh").click()
        page.wait_for_load_state()
    page.get_by_label("What is it about?").select_option(label="Dock, screen or accessory")
    page.get_by_label("In a few words").fill(title)
    page.get_by_role("textbox", name="What happens").fill(text)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send to IT").click()


def files(number: int, ending: str = "txt") -> list[dict[str, object]]:
    return [{"name": f"file{n}.{ending}", "mimeType": "text/plain", "buffer": b"line"} for n in range(number)]  # fmt: skip


def attach(page: Page, *given: dict[str, object]) -> None:
    page.locator("#id_files").set_input_files(list(given))


def test_a_title_of_a_thousand_characters_is_kept_whole(open_page):
    page = open_page(WHO)
    form(page, "Dock 🦊 " * 143)
    title = page.get_by_label("In a few words").input_value()
    assert len(title) > 1000

    send(page)

    expect(page.get_by_role("alert")).to_contain_text("Keep this under 200 characters")
    assert page.get_by_label("In a few words").input_value().strip() == title.strip()
    expect(page.get_by_role("textbox", name="What happens")).to_have_value("It hums.")


def test_a_text_of_two_hundred_thousand_characters_is_kept_in_the_form_and_as_a_draft(open_page):
    page = open_page(WHO)
    form(page, "A very long story")
    with page.expect_response(lambda answer: "/drafts/" in answer.url) as kept:
        page.get_by_role("textbox", name="What happens").fill(LONG)
    assert kept.value.status == 204

    send(page)
    expect(page.get_by_role("alert")).to_contain_text("longer than 100,000 characters")
    assert page.get_by_role("textbox", name="What happens").input_value().strip() == LONG.strip()

    page.goto("/tickets/new/")
    assert page.get_by_role("textbox", name="What happens").input_value().strip() == LONG.strip()
    page.get_by_role("button", name="Start afresh").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_more_than_a_request_may_hold_is_answered_and_the_text_is_still_there(open_page, script):
    page = open_page(WHO, java_script_enabled=script)
    page.set_default_timeout(60_000)  # laying out so much text alone takes seconds
    form(page, "The whole log")
    field = page.locator("#id_description")
    field.evaluate("field => { field.value = FAR_TOO_MUCH }".replace("FAR_TOO_MUCH", MUCH))
    field.evaluate("field => field.form.requestSubmit()")

    if script:
        expect(page.locator("#notices")).to_contain_text(
            "That was too much to send at once", timeout=30_000
        )
    else:
        heading = page.get_by_role("heading", name="That was too much at once")
        expect(heading).to_be_visible(timeout=30_000)
        page.go_back()
    assert field.evaluate("field => field.value.length") == 4_000_000


def test_pasted_html_runs_nowhere(open_page):
    page = open_page(WHO)
    page.on("dialog", lambda dialog: pytest.fail(f"ran: {dialog.message}"))
    form(
        page,
        "<img src=x onerror=alert(1)>",
        "<script>alert(2)</script><b onclick=alert(3)>Bold</b>",
    )
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("tabpanel", name="Preview")).to_contain_text("<b onclick=alert(3)>Bold")
    page.get_by_role("tab", name="Write").click()
    send(page)

    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#timeline")).to_contain_text("<script>alert(2)</script>")


def test_emoji_and_right_to_left_words_stand_beside_others(open_page):
    page = open_page(WHO)
    words = "الطابعة في الطابق 3 لا تعمل 🖨️"
    form(page, words, f"{words}\n\nThe printer on floor 3.")
    attach(page, {"name": "تقرير 3.txt", "mimeType": "text/plain", "buffer": b"line"})
    send(page)
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))

    expect(page.get_by_role("heading", level=1)).to_have_css("direction", "rtl")
    paragraphs = page.locator("#timeline .fb-msg__text p")
    expect(paragraphs.nth(0)).to_have_css("unicode-bidi", "plaintext")
    assert page.title().startswith(re.search(r"INC-\d+", page.url)[0])
    expect(page.locator("#timeline bdi", has_text="تقرير 3.txt")).to_be_visible()
    page.goto("/tickets/")
    expect(page.locator("bdi", has_text=words).first).to_have_css("direction", "rtl")


def test_thirty_files_at_once_are_counted_before_they_are_sent(open_page):
    page = open_page(WHO)
    form(page, "Thirty pictures")
    attach(page, *files(30))

    expect(page.get_by_role("list", name="Attached files").get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_text("25 files were left out: 5 files are the most.")).to_be_visible()


def test_thirty_files_without_javascript_are_answered_and_the_text_is_kept(open_page):
    page = open_page(WHO, java_script_enabled=False)
    form(page, "Thirty pictures", "They all hum.")
    attach(page, *files(30))
    send(page)

    expect(page.get_by_role("alert")).to_contain_text("At most 5 files at once")
    expect(page.get_by_role("textbox", name="What happens")).to_have_value("They all hum.")


def test_a_heic_photo_is_taken_with_a_hint_and_a_drawing_as_svg_is_refused(open_page):
    page = open_page(WHO)
    form(page, "A photo of the dock")
    attach(page, {"name": "drawing.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    expect(page.get_by_text("“drawing.svg” can’t be sent: files of this kind are not taken.")).to_be_visible()  # fmt: skip
    attach(page, {"name": "IMG_0042.HEIC", "mimeType": "image/heic", "buffer": HEIC})
    expect(page.get_by_role("list", name="Attached files")).to_contain_text("without a preview")
    send(page)
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))

    with page.expect_download() as coming:
        page.locator("#timeline").get_by_role("link", name=re.compile("IMG_0042")).click()
    assert coming.value.suggested_filename == "IMG_0042.heic"


def test_a_page_whose_session_ended_says_so_and_stays(open_page):
    page = open_page(WHO)
    form(page, "Dock hums")
    page.context.clear_cookies(name="sid")

    # What asks by itself: suggestions while typing, questions of a category, the preview, the bell.
    page.get_by_label("In a few words").press("End")
    with page.expect_response(re.compile("/answers/")) as asked:
        page.keyboard.type(" and blinks", delay=10)
    assert asked.value.status == 401
    expect(page.locator("#notices")).to_contain_text("You were signed out")
    page.get_by_role("button", name="Close this notice").click()
    with page.expect_response(re.compile("/questions/")):
        page.get_by_label("What is it about?").select_option(label="Laptop")
    expect(page.locator("#notices")).to_contain_text("You were signed out")
    with page.expect_response(re.compile("/bell/")):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live:poll'))")
    page.get_by_role("tab", name="Preview").click()

    expect(page.locator("#notices .fb-notice")).to_have_count(1)
    expect(page).to_have_url(re.compile("/tickets/new/$"))
    page.get_by_role("tab", name="Write").click()
    expect(page.get_by_label("In a few words")).to_have_value("Dock hums and blinks")
    expect(page.get_by_role("textbox", name="What happens")).to_have_value("It hums.")


def test_after_signing_in_again_in_another_tab_one_goes_on_here(open_page):
    page = open_page(WHO)
    title = f"Dock hums in two tabs {secrets.token_hex(4)}"
    form(page, title, "It hums **loudly**.")
    page.context.clear_cookies(name="sid")
    page.get_by_label("In a few words").press("End")
    page.keyboard.type("!")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again in a new tab").click()
    sign_in_again(opened.value)
    opened.value.wait_for_url(re.compile("/tickets/new/"))
    opened.value.close()

    send(page)  # a form from before the sign-in is stale

    expect(page.get_by_text("Please send it once more.")).to_be_visible()
    expect(page.get_by_role("textbox", name="What happens")).to_have_value("It hums **loudly**.")
    send(page)
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{title}!")


def sign_in_again(page: Page) -> None:
    page.get_by_label("Email").fill(WHO)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_report_sent_after_the_session_ended_waits_and_is_filed_once(open_page, script):
    page = open_page(WHO, java_script_enabled=script)
    title = f"Dock hums since the session ended {secrets.token_hex(4)}"
    form(page, title, "It hums **loudly**.")
    attach(page, {"name": "dock.txt", "mimeType": "text/plain", "buffer": b"line"})
    page.context.clear_cookies(name="sid")
    send(page)

    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in_again(page)
    page.wait_for_url(re.compile("/tickets/new/"))
    expect(page.get_by_label("In a few words")).to_have_value(title)
    expect(page.get_by_role("textbox", name="What happens")).to_have_value("It hums **loudly**.")
    expect(page.get_by_text("Choose them again: dock.txt")).to_be_visible()

    page.get_by_role("button", name="Send to IT").dblclick()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    page.goto("/tickets/")
    expect(page.get_by_role("link", name=title)).to_have_count(1)


def test_a_reply_sent_after_the_session_ended_waits_and_is_sent_once(open_page):
    page = open_page(WHO)
    form(page, "Dock hums in the reply")
    send(page)
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    page.locator("#id_body").fill("It hums again.")
    page.context.clear_cookies(name="sid")
    page.locator("#send-reply").click()

    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in_again(page)
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.locator("#id_body")).to_have_value("It hums again.")
    page.locator("#send-reply").evaluate("button => { button.click(); button.click() }")
    expect(page.locator("#timeline").get_by_text("It hums again.")).to_have_count(1)
    page.reload()
    expect(page.locator("#timeline").get_by_text("It hums again.")).to_have_count(1)
