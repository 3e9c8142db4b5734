"""Forms per category: made in administration with a live preview, filled in, read, changed; old tickets stay as they were."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.incidents.tickets.questions.cases import CASES, CHAIN, CHAINED, form

CATEGORY = "Printing"
ASKS = """([questions, answers]) => import("/static/js/questions.js").then(({ asked, read }) => {
  const kinds = Object.fromEntries(questions.map(({ key, kind }) => [key, kind]));
  const raw = Object.fromEntries(Object.keys(kinds).map((key) => [key, read(kinds[key], answers[key])]));
  return asked(questions, raw);
})"""


def for_browser(questions):
    return [{"key": q["key"], "kind": q["kind"], "when": q.get("show_when")} for q in questions]


def test_browser_and_server_ask_the_same_questions(open_page):
    """The server's side of the same table is `tests/incidents/tickets/questions/test_definition.py`."""
    page = open_page("employee@example.com")
    page.goto("/tickets/new/")

    for condition, answers, is_asked in CASES:
        asked = page.evaluate(ASKS, [for_browser(form(condition)), answers])
        assert ("last" in asked) is is_asked, (condition, answers)
    for answers, expected in CHAINED:
        assert page.evaluate(ASKS, [for_browser(CHAIN), answers]) == expected, answers


@pytest.fixture
def editor(open_page):
    """The administrator's window with the form of a category; afterwards it asks nothing again."""
    page = open_page("admin@example.com")
    page.goto("/admin/categories/")
    page.get_by_role("link", name=CATEGORY, exact=True).click()
    page.get_by_role("link", name="Open its form").click()
    expect(page.get_by_role("heading", name="As employees see it")).to_be_visible()
    yield page
    page.goto(page.url.partition("?")[0])
    while page.get_by_role("button", name=re.compile("^Remove “")).count():
        before = page.locator(".fb-q").count()
        page.get_by_role("button", name=re.compile("^Remove “")).first.click()
        expect(page.locator(".fb-q")).to_have_count(before - 1)
    save(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save form").click()
    expect(page.get_by_text(re.compile(r"Saved as version \d+\."))).to_be_visible()


def add(page: Page, kind: str, label: str) -> None:
    before = page.locator(".fb-q").count()
    page.locator("#id_new").select_option(kind)
    page.get_by_role("button", name="Add question").click()
    expect(page.locator(".fb-q")).to_have_count(before + 1)
    field = page.locator("#id_label")
    expect(field).to_be_focused()
    field.fill(label)


def preview(page: Page):
    return page.locator("#preview")


def build(page: Page) -> None:
    """What is printed, does anything come out, and which pages: asked only for labels of which something is wrong."""
    add(page, "choice", "What do you print?")
    page.locator("#id_options").fill("Letters\nLabels\nPlans\nPhotos\nOther")
    page.get_by_role("checkbox", name="Must be answered").check()
    add(page, "yes_no", "Does anything come out?")
    add(page, "text", "Which label format?")
    page.get_by_role("button", name="Only after some answers").click()
    page.locator("#id_c-0_q").select_option(label="What do you print?")
    page.locator("#id_c-0_v").select_option("Labels")
    page.get_by_role("button", name="Group", exact=True).click()
    page.locator("#id_c-1-0_q").select_option(label="Does anything come out?")
    expect(page.locator("#id_c-1-0_v")).to_have_value("yes")
    page.locator("#add-c-1").click()
    page.locator("#id_c-1-1_q").select_option(label="Does anything come out?")
    page.locator("#id_c-1-1_is").select_option("empty")
    expect(page.locator("#id_c-1-1_v")).to_have_count(0)


def test_a_form_is_built_filled_in_read_and_changed(editor, open_page):
    # The administrator builds it; the preview follows every key and knows the nested condition.
    build(editor)
    expect(preview(editor).get_by_text("Which label format?")).to_be_hidden()
    preview(editor).get_by_label("What do you print?").select_option("Labels")
    expect(preview(editor).get_by_text("Which label format?")).to_be_visible()
    preview(editor).get_by_role("radio", name="No", exact=True).check()
    expect(preview(editor).get_by_text("Which label format?")).to_be_hidden()
    preview(editor).get_by_role("radio", name="Yes", exact=True).check()
    expect(preview(editor).get_by_text("Which label format?")).to_be_visible()
    editor.locator("#id_help").fill("It stands on the roll")
    expect(preview(editor).get_by_text("It stands on the roll")).to_be_visible()
    save(editor)

    # An employee is asked when the category is chosen; what does not apply is not asked.
    employee = open_page("employee@example.com")
    employee.goto("/tickets/new/")
    employee.get_by_label("In a few words").fill("Labels come out askew")
    employee.get_by_label("What is it about?").select_option(label=CATEGORY)
    expect(employee.get_by_label("What do you print?")).to_be_visible()
    expect(employee.get_by_label("In a few words")).to_have_value("Labels come out askew")
    expect(employee.get_by_label(re.compile("Which label format"))).to_be_hidden()
    employee.locator("textarea[name=description]").fill("Every second one.")
    employee.get_by_role("button", name="Send to IT").click()
    expect(employee.get_by_role("link", name="Answer this question.")).to_be_visible()
    employee.get_by_label("What do you print?").select_option("Labels")
    employee.get_by_label(re.compile("Which label format")).fill("Zweckform 3474")
    # A glance at another category loses nothing.
    employee.get_by_label("What is it about?").select_option(label="Laptop")
    expect(employee.get_by_label("What do you print?")).to_have_count(0)
    employee.get_by_label("What is it about?").select_option(label=CATEGORY)
    expect(employee.get_by_label(re.compile("Which label format"))).to_have_value("Zweckform 3474")
    employee.get_by_role("button", name="Send to IT").click()
    employee.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    ref = re.search(r"INC-\d+", employee.url)[0]
    expect(employee.locator("#who")).to_contain_text("Zweckform 3474")

    # Whoever works on it reads the answers, corrects them where they stand, and finds them by search.
    desk = open_page("manager@example.com")
    desk.goto("/desk/search/?q=zweckform")
    expect(desk.get_by_role("main")).to_contain_text(ref)
    desk.goto(f"/desk/tickets/{ref}/")
    expect(desk.locator("#answers")).to_contain_text("Which label format?")
    desk.get_by_role("link", name="Edit answers").click()
    desk.get_by_role("radio", name="Yes", exact=True).check()
    desk.get_by_label(re.compile("Which label format")).fill("Zweckform 3475")
    desk.get_by_role("button", name="Save answers").click()
    expect(desk.locator("#answers-given > dl")).to_contain_text("Zweckform 3475")
    expect(desk.locator("#timeline")).to_contain_text("changed the answers of the form")
    desk.get_by_text("Earlier answers").click()
    expect(desk.get_by_text("Zweckform 3474")).to_be_visible()

    # The form changes; the ticket still reads as it was answered.
    editor.get_by_role("button", name="Remove “Which label format?”").click()
    expect(editor.get_by_text("No longer asked: “Which label format?”")).to_be_visible()
    editor.get_by_role("button", name="Edit “What do you print?”").click()
    editor.locator("#id_label").fill("What kind of paper?")
    expect(preview(editor).get_by_text("What kind of paper?")).to_be_visible()
    save(editor)
    employee.reload()
    for words in ("What do you print?", "Which label format?", "Zweckform 3475"):
        expect(employee.locator("#who")).to_contain_text(words)
    employee.goto("/tickets/new/?category=printing")
    expect(employee.get_by_label("What kind of paper?")).to_be_visible()


def test_a_form_that_changes_while_it_is_filled_in_loses_and_doubles_nothing(editor, open_page):
    title = f"Labels, half of each {uuid4().hex[:6]}"
    build(editor)
    save(editor)
    employee = open_page("employee@example.com")
    employee.goto("/tickets/new/?category=printing")
    employee.get_by_label("In a few words").fill(title)
    employee.locator("textarea[name=description]").fill("The lower half is missing.")
    employee.get_by_label("What do you print?").select_option("Labels")
    employee.get_by_label(re.compile("Which label format")).fill("Zweckform 9")

    editor.get_by_role("button", name="Remove “Which label format?”").click()
    expect(editor.get_by_text("No longer asked")).to_be_visible()
    add(editor, "number", "How many are wrong?")
    editor.get_by_role("checkbox", name="Must be answered").check()
    save(editor)

    employee.get_by_role("button", name="Send to IT").click()
    expect(employee.get_by_text("changed while you were writing")).to_be_visible()
    expect(employee.get_by_label("In a few words")).to_have_value(title)
    expect(employee.get_by_label("What do you print?")).to_have_value("Labels")
    expect(employee.get_by_text("Zweckform 9")).to_be_visible()
    employee.get_by_label("How many are wrong?").fill("12")
    employee.get_by_role("button", name="Send to IT").dblclick()
    employee.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(employee.locator("#who")).to_contain_text("How many are wrong?")
    employee.goto(f"/tickets/?q={title[-6:]}")
    expect(employee.get_by_role("main").get_by_role("link", name=title)).to_have_count(1)


def test_without_javascript_questions_are_shown_by_a_button_with_their_conditions(
    editor, open_page
):
    build(editor)
    save(editor)
    page = open_page("employee@example.com", java_script_enabled=False, width=360)
    page.goto("/tickets/new/")
    page.get_by_label("What is it about?").select_option(label=CATEGORY)
    page.get_by_label("In a few words").fill("Labels are blank")
    page.get_by_role("button", name="Show the questions about this").click()
    expect(page.get_by_label("In a few words")).to_have_value("Labels are blank")
    expect(page.get_by_text("Only if “What do you print?” is “Labels” and (“Does anything come out?”", exact=False)).to_be_visible()  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("textarea[name=description]").fill("All of them.")
    page.get_by_label("What do you print?").select_option("Letters")
    page.get_by_label("Which label format?").fill("dropped")
    page.get_by_role("button", name="Send to IT").click()
    page.wait_for_url(re.compile(r"/tickets/INC-\d+/"))
    expect(page.locator("#who")).to_contain_text("Letters")
    expect(page.locator("#who")).not_to_contain_text("dropped")


def test_the_editor_works_without_javascript(open_page):
    page = open_page("admin@example.com", java_script_enabled=False)
    page.goto("/admin/categories/")
    page.get_by_role("link", name="Mobile phone or SIM", exact=True).click()
    page.get_by_role("link", name="Open its form").click()
    page.get_by_label("Kind of answer").last.select_option("choice")
    page.get_by_role("button", name="Add question").click()
    page.get_by_label("Question", exact=True).fill("Which provider?")
    page.get_by_label("Options, one on each line").fill("Northline\nHillcall")
    page.get_by_label("Kind of answer").last.select_option("text")
    page.get_by_role("button", name="Add question").click()
    page.get_by_label("Question", exact=True).fill("Which number?")
    page.get_by_role("button", name="Only after some answers").click()
    page.get_by_label("Answer", exact=True).select_option("Hillcall")
    page.get_by_role("button", name="Save form").click()
    expect(page.get_by_text("Saved as version")).to_be_visible()
    expect(page.get_by_text("Only if “Which provider?” is “Hillcall”.")).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Remove “")).first.click()
    page.get_by_role("button", name="Save form").click()
    expect(page.get_by_text("asks nothing").first).to_be_visible()


def test_the_editor_fits_a_phone_and_is_walked_by_keyboard(editor):
    editor.set_viewport_size({"width": 360, "height": 740})
    add(editor, "choices", "Which trays?")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Space")
    expect(editor.get_by_role("checkbox", name="Must be answered")).to_be_checked()
    editor.locator("#id_options").fill("Upper\nLower")
    add(editor, "date", "Since when?")
    editor.locator("#up-1").focus()
    editor.keyboard.press("Enter")
    expect(editor.locator(".fb-q b").first).to_have_text("Since when?")
    expect(editor.locator("#open-0")).to_be_focused()
    assert editor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_an_older_version_can_be_looked_at(editor):
    add(editor, "text", "Which room?")
    save(editor)
    editor.get_by_role("link", name=re.compile("^Version ")).first.click()
    expect(editor.get_by_label(re.compile("Which room"))).to_be_visible()
    assert json.loads(editor.locator("#questions [data-questions]").get_attribute("data-questions"))
    editor.get_by_role("link", name="To the editor").click()
    expect(editor.get_by_role("heading", name="As employees see it")).to_be_visible()


def test_after_signing_in_again_in_another_tab_the_form_is_saved_from_here(editor):
    add(editor, "text", "Which room?")
    editor.context.clear_cookies(name="sid")
    other = editor.context.new_page()
    sign_in(other, "admin@example.com")
    other.close()

    editor.locator("#id_label").fill("Which room is it?")
    editor.get_by_role("button", name="Save form").click()

    expect(editor.get_by_text("Please send it once more.")).to_be_visible()
    expect(editor.locator("#id_label")).to_have_value("Which room is it?")
    save(editor)
    expect(editor.get_by_role("button", name=re.compile("Which room is it"))).not_to_have_count(0)
