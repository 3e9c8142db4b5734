"""Writing an article: preview beside the text, nothing lost, others seen, pictures by paste, links that hold."""

import base64
import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.portal.test_accessibility import findings
from tests.browser.test_main_path import png

EDITOR, AGENT, EMPLOYEE = "editor@example.com", "agent@example.com", "employee@example.com"
SOON = 10_000
MAKE = """
from accounts.models import User
from knowledge import actions
editor = User.objects.get(email="editor@example.com")
article = actions.draft({title!r}, by=editor, body={body!r})
if {published}:
    actions.publish(article, by=editor)
print(article.slug)
"""
PASTE = """(data) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], "image.png", { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true });
  document.querySelector("#id_body").dispatchEvent(event);
}"""


@pytest.fixture
def make(site):
    """An article of one's own; its address."""

    def one(body="First words.", *, published=True, title=""):
        title = title or f"Writing {uuid4().hex[:8]}"
        code = MAKE.format(title=title, body=body, published=published)
        return site.run(code).split()[-1]

    return one


def text(page):
    return page.get_by_role("textbox", name="Text (Markdown)")


def preview(page):
    return page.locator("#preview-text")


def said(page):
    return page.locator("[data-draft-line]")


def write(open_page, slug="", who=EDITOR, **how):
    page = open_page(who, **how)
    page.goto(f"/desk/kb/{slug or 'new'}/")
    expect(page.get_by_role("toolbar", name="Formatting")).to_be_visible()
    return page


def test_the_preview_stands_beside_the_text(open_page, make):
    page = write(open_page, make())

    text(page).fill("> [!TIP]\n> Use a cable\n\n1. Open it\n2. Close it\n\n- [x] Saved")

    expect(preview(page).get_by_role("note")).to_contain_text("Use a cable", timeout=SOON)
    expect(text(page)).to_be_visible()
    expect(preview(page).get_by_role("listitem")).to_have_count(3)


def test_on_a_phone_it_is_a_tab(open_page, make):
    page = write(open_page, make("## Heading of it"), width=360)
    expect(preview(page)).to_be_hidden()

    page.get_by_role("tab", name="Preview").click()

    expect(preview(page).get_by_role("heading", name="Heading of it")).to_be_visible(timeout=SOON)
    expect(text(page)).to_be_hidden()


def test_the_bar_is_one_stop_and_works_by_arrows(open_page, make):
    page = write(open_page, make())
    text(page).fill("word")
    text(page).select_text()
    page.keyboard.press("Control+b")
    expect(text(page)).to_have_value("**word**")

    page.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Bold")).to_be_focused()

    text(page).fill("one\ntwo")
    text(page).select_text()
    page.get_by_role("button", name="Steps").focus()
    page.keyboard.press("Enter")
    expect(text(page)).to_have_value("1. one\n2. two")


def test_what_is_typed_is_there_after_a_reload_and_a_lost_connection(open_page, make):
    page = write(open_page, make())
    text(page).fill("Half a sent")
    expect(said(page)).to_contain_text("Draft saved", timeout=SOON)

    page.route("**/draft/", lambda route: route.abort("internetdisconnected"))
    text(page).fill("Half a sentence, and more")
    expect(said(page)).to_contain_text("No connection", timeout=SOON)
    page.unroute("**/draft/")
    expect(said(page)).to_contain_text("Draft saved", timeout=SOON)

    page.reload()
    expect(text(page)).to_have_value("Half a sentence, and more")
    page.get_by_role("button", name="Drop it: show the saved text").click()
    expect(text(page)).to_have_value("First words.")


def test_another_who_writes_is_seen_and_both_texts_are_kept(open_page, make):
    slug = make()
    mine, theirs = write(open_page, slug), write(open_page, slug, AGENT)
    text(theirs).fill("Their words")
    expect(said(theirs)).to_contain_text("Draft saved", timeout=SOON)

    mine.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(mine.locator("#writers")).to_contain_text("is writing this article, too", timeout=SOON)

    theirs.get_by_role("button", name="Save as newer draft").click()
    expect(theirs.get_by_text("Saved as a newer draft.")).to_be_visible()
    text(mine).fill("My words")
    mine.get_by_role("button", name="Save as newer draft").click()
    expect(mine.get_by_role("table", name="Both texts side by side")).to_contain_text("Their words")
    expect(text(mine)).to_have_value("My words")


def test_a_pasted_picture_is_in_the_text_and_leaves_a_word_when_it_is_removed(open_page, make):
    slug = make("Look:\n\n")
    page = write(open_page, slug)
    text(page).press("Control+End")

    page.evaluate(PASTE, base64.b64encode(png()).decode())

    expect(text(page)).to_have_value(re.compile(r"!\[.*\]\(/kb/files/.+\.png\)"), timeout=SOON)
    expect(preview(page).get_by_role("img")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Save and publish").click()
    reader = open_page(EMPLOYEE)
    reader.goto(f"/kb/{slug}/")
    picture = reader.locator(".fb-prose img")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") > 0

    page.get_by_role("button", name=re.compile("^Remove .*png")).click()
    expect(page.get_by_role("button", name=re.compile("^Remove .*png"))).to_have_count(0)
    reader.reload()
    expect(reader.get_by_text("This picture was removed")).to_be_visible()


def test_a_file_is_refused_in_words_and_taken_where_it_is_right(open_page, make):
    page = write(open_page, make())
    chosen = page.get_by_label("Attach files")
    chosen.set_input_files({"name": "evil.exe", "mimeType": "x/y", "buffer": b"MZ"})
    expect(page.locator("#files")).to_contain_text("“evil.exe” can't be sent", timeout=SOON)
    page.get_by_label("Attach files").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"a"}
    )
    expect(page.get_by_role("link", name="plan.txt")).to_be_visible(timeout=SOON)


def test_an_empty_text_begins_with_an_outline(open_page):
    page = write(open_page)
    page.get_by_role("link", name="Known error").click()

    expect(text(page)).to_have_value(re.compile("## What goes wrong"))
    expect(page.get_by_label("Kind")).to_have_value("known_error")
    expect(page.get_by_text("Begin with an outline:")).to_be_hidden()


def test_a_link_that_was_picked_holds_when_the_article_moves(open_page, make, site):
    word = f"zebra{uuid4().hex[:8]}"
    target, slug = make(f"About {word}", title=f"Target {word}"), make("See ")
    page = write(open_page, slug)
    text(page).press("Control+End")
    page.get_by_text("Link an article").click()
    page.get_by_role("searchbox", name="Find an article").fill(word)
    page.get_by_role("button", name=re.compile(f"Target {word}")).click()
    expect(text(page)).to_have_value(re.compile(rf"\(/kb/{target}/\)"))
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Saved and published.")).to_be_visible()

    page.goto(f"/desk/kb/{target}/")
    page.get_by_label("Address").fill(f"moved-{word}")
    page.get_by_role("button", name="Save as newer draft").click()
    page.wait_for_url(f"**/desk/kb/moved-{word}/")

    page.goto(f"/kb/{slug}/")
    page.get_by_role("link", name=f"Target {word}").first.click()
    page.wait_for_url(f"**/kb/moved-{word}/")


def test_broken_links_are_named_on_request(open_page, make):
    page = write(open_page, make("[x](/kb/nowhere-at-all/)"))
    page.get_by_role("button", name="Check links").click()
    expect(page.locator("#links")).to_contain_text(
        "There is no article at this address.", timeout=SOON
    )


def test_code_is_copied_with_one_click(open_page, make):
    slug = make(f"1. Run\n\n   ```\n   ls {'-l ' * 100}\n   ```\n")
    page = open_page(EMPLOYEE, width=360, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/kb/{slug}/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("ls -l -l")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_text_that_is_too_long_is_not_sent(open_page, make):
    page = write(open_page, make())
    text(page).evaluate("one => { one.value = 'x'.repeat(200001); }")
    page.get_by_role("button", name="Save as newer draft").click()
    expect(page.locator(".fb-editor [role=alert]")).to_contain_text("200,001 characters")


@pytest.mark.sqlite
@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_axe_finds_nothing_in_the_editor(open_page, make, look, width):
    body = "> [!WARNING] Hot\n> Text\n\n- [ ] a\n\n| a |\n|---|\n| 1 |\n\n```\ncode\n```\n\n[x](/kb/nowhere/)\n\n[TOC]\n\n## Two"
    page = write(open_page, make(body), width=width, color_scheme=look, bypass_csp=True)
    if width == 360:
        page.get_by_role("tab", name="Preview").click()
    expect(preview(page).get_by_role("note")).to_be_visible(timeout=SOON)
    assert findings(page) == []
