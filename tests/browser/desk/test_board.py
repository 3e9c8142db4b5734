"""The board in front of a person: cards moved by mouse, finger, keyboard and menu; others' moves; a phone."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

TEAM = "team=network"
FILE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
category = Category.objects.get(slug="network")
ticket = actions.file({title!r}, by=people["employee@example.com"], description="On the board.", category=category,
    impact="many", urgency="stop")
print(ticket.number)
"""
AGENT = "lead@example.com"
MANAGER = "Kit Bramble"


@pytest.fixture
def title(site) -> str:
    """A critical ticket of one's own in the queue of Network & remote."""
    words = f"Board {uuid4().hex[:8]}"
    site.run(FILE.format(title=words))
    return words


def open_board(open_page, title: str, query: str = "", **options) -> Page:
    page = open_page(AGENT, **options)
    page.goto(f"/desk/board/?{TEAM}&q={title.replace(' ', '+')}{query}")
    expect(page.locator("html[data-live-state=live]")).to_be_attached()
    return page


def lane(page: Page, name: str):
    return page.get_by_role("list", name=name, exact=True)


def card(page: Page, title: str):
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


def stands_in(page: Page, title: str, name: str) -> None:
    expect(lane(page, name).get_by_role("link", name=title, exact=True)).to_be_visible()


def drag(page: Page, title: str, name: str, *, drop: bool = True) -> None:
    start, end = card(page, title).bounding_box(), lane(page, name).bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30, steps=8)
    if drop:
        page.mouse.up()


def test_a_card_is_dragged_to_another_lane(open_page, title):
    page = open_board(open_page, title)

    drag(page, title, "In progress")

    stands_in(page, title, "In progress")
    expect(page.get_by_role("status").filter(has_text="is now in “In progress”")).to_be_attached()
    page.reload()
    stands_in(page, title, "In progress")


def test_lanes_where_it_may_not_go_are_shown_as_such(open_page, title):
    page = open_board(open_page, title)
    drag(page, title, "In progress")
    expect(page.get_by_role("status").filter(has_text="is now in")).to_be_attached()

    drag(
        page, title, "On hold" if lane(page, "On hold").count() else "Waiting for other", drop=False
    )

    expect(lane(page, "New")).to_have_class(re.compile("is-closed"))
    expect(lane(page, "Resolved today")).to_have_class(re.compile("is-open"))
    page.keyboard.press("Escape")
    page.mouse.up()
    stands_in(page, title, "In progress")


def test_a_move_that_needs_words_asks_and_cancel_puts_the_card_back(open_page, title):
    page = open_board(open_page, title)

    drag(page, title, "Waiting for other")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("What is it waiting for?")).to_be_focused()
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    stands_in(page, title, "New")

    drag(page, title, "Waiting for other")
    dialog.get_by_label("What is it waiting for?").fill("Spare parts")
    dialog.get_by_role("button", name="Put on hold").click()
    expect(dialog).to_be_hidden()
    stands_in(page, title, "Waiting for other")


def test_by_keyboard_from_lane_to_lane(open_page, title):
    page = open_board(open_page, title)
    link = page.get_by_role("link", name=title, exact=True)
    link.focus()

    page.keyboard.press("]")
    stands_in(page, title, "In progress")
    expect(link).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="is now in")).to_be_attached()
    expect(link).to_be_focused()
    page.keyboard.press("[")
    expect(page.get_by_role("status").filter(has_text="can’t go to “New”")).to_be_attached()

    page.keyboard.press("i")
    expect(card(page, title)).to_contain_text("Noor A.")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))


def test_arrows_move_around(open_page, site, title):
    site.run(FILE.format(title=f"{title} again"))
    page = open_board(open_page, title)
    first = page.get_by_role("link", name=title, exact=True)
    second = page.get_by_role("link", name=f"{title} again", exact=True)
    expect(second).to_be_visible()
    second.focus()
    page.keyboard.press("]")
    stands_in(page, f"{title} again", "In progress")

    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()


def test_who_goes_on_while_a_card_is_on_its_way_stays_there(open_page, site, title):
    site.run(FILE.format(title=f"{title} again"))
    page = open_board(open_page, title)
    stays = page.get_by_role("link", name=title, exact=True)
    moves = page.get_by_role("link", name=f"{title} again", exact=True)
    held = []
    page.route(
        re.compile("/desk/board/.*/"),
        lambda route: held.append(route) if route.request.method == "POST" else route.fallback(),
    )

    moves.focus()
    page.keyboard.press("]")
    stands_in(page, f"{title} again", "In progress")
    expect(moves).to_be_focused()
    stays.focus()
    held.pop().continue_()

    expect(page.get_by_role("status").filter(has_text="is now in")).to_be_attached()
    expect(stays).to_be_focused()


def test_the_menu_of_a_card_does_the_same(open_page, title):
    page = open_board(open_page, title)

    card(page, title).get_by_role("link", name=re.compile("Move INC-")).click()
    page.get_by_role("dialog").get_by_role("button", name="Resolved today").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How was it resolved?").select_option("fixed")
    dialog.get_by_label("What restored the service?").fill("Plugged it in.")
    dialog.get_by_role("button", name="Resolve").click()

    expect(dialog).to_be_hidden()
    stands_in(page, title, "Resolved today")


def test_without_script_the_menu_is_a_page(open_page, title):
    page = open_page(java_script_enabled=False)
    page.goto(f"/accounts/login/?next=/desk/board/?{TEAM}")
    page.get_by_label("Email").fill(AGENT)
    page.get_by_label("Password", exact=True).fill("firebreak-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"/desk/board/?{TEAM}&q={title.replace(' ', '+')}")

    card(page, title).get_by_role("link", name=re.compile("Move INC-")).click()
    page.get_by_role("button", name="In progress").click()

    stands_in(page, title, "In progress")
    expect(page.get_by_text(re.compile("is now in “In progress”"))).to_be_visible()


def test_a_second_window_sees_the_move(open_page, title):
    mine, theirs = open_board(open_page, title), open_board(open_page, title)

    drag(mine, title, "In progress")

    stands_in(theirs, title, "In progress")


def test_nothing_moves_while_a_card_is_dragged_and_the_second_is_told(open_page, title):
    mine, theirs = open_board(open_page, title), open_board(open_page, title)
    for page in (mine, theirs):
        page.get_by_role("link", name=title, exact=True).focus()
    mine.keyboard.press("]")
    stands_in(mine, title, "In progress")
    stands_in(theirs, title, "In progress")

    drag(theirs, title, "Waiting for other", drop=False)
    card(mine, title).get_by_role("link", name=re.compile("Move INC-")).click()
    mine.get_by_role("dialog").get_by_role("button", name="Waiting for requester").click()
    mine.get_by_label("What do you need from the requester?").fill("Which one?")
    mine.get_by_role("button", name="Send and wait").click()
    stands_in(mine, title, "Waiting for requester")
    expect(lane(theirs, "In progress").get_by_role("link", name=title, exact=True)).to_be_attached()

    theirs.mouse.up()
    dialog = theirs.get_by_role("dialog")
    expect(dialog).to_contain_text("This happened while you were looking at the card")
    dialog.get_by_role("link", name="Cancel").click()
    stands_in(theirs, title, "Waiting for requester")


def test_a_refused_move_explains_itself_and_goes_back(open_page, title, site):
    page = open_board(open_page, title)
    site.run(
        f"""
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
one = User.objects.get(email="{AGENT}")
ticket = Ticket.objects.get(title={title!r})
actions.transition(ticket, to="waiting_other", text="Parts", by=one)
actions.resolve(ticket, "Done", code="fixed", by=one)
actions.confirm(ticket, by=ticket.requester)
""",
    )  # written at once: the page may hear of it before or after the key

    link = page.get_by_role("link", name=title, exact=True)
    stands_in(page, title, "Resolved today")
    link.focus()
    page.keyboard.press("[")
    expect(page.get_by_role("status").filter(has_text="You may not move")).to_be_attached()


def test_rows_close_and_stay_closed(open_page, title):
    page = open_board(open_page, title, "&rows=priority")
    link = page.get_by_role("link", name=title, exact=True)
    expect(link).to_be_visible()

    page.get_by_role("heading", name="Critical").click()
    expect(link).to_be_hidden()
    page.reload()
    expect(link).to_be_hidden()
    page.get_by_role("heading", name="Critical").click()
    expect(link).to_be_visible()


def test_list_and_board_show_the_same_tickets(open_page, title):
    page = open_board(open_page, title)

    page.get_by_role("group", name="View").get_by_role("link", name="List").click()

    page.wait_for_url(re.compile("/desk/queues/network/"))
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def test_a_phone_shows_one_lane_at_a_time(open_page, title):
    page = open_board(open_page, title, width=360, height=740, has_touch=True, is_mobile=True)
    link = page.get_by_role("link", name=title, exact=True)
    expect(link).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    card(page, title).get_by_role("link", name=re.compile("Move INC-")).tap()
    page.get_by_role("dialog").get_by_role("button", name="In progress").tap()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).not_to_be_in_viewport()

    page.get_by_role("navigation", name="Lanes").get_by_role(
        "link", name=re.compile("In progress")
    ).tap()
    expect(link).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_finger_that_rests_on_a_card_lifts_it(open_page, title):
    page = open_board(open_page, title, width=900, height=740, has_touch=True)
    start, end = card(page, title).bounding_box(), lane(page, "In progress").bounding_box()
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    finger("touchStart", (start["x"] + 40, start["y"] + 14))
    expect(page.locator("[data-board].is-dragging")).to_be_attached()
    finger("touchMove", (end["x"] + 60, end["y"] + 40))
    expect(lane(page, "In progress")).to_have_class(re.compile("is-over"))
    finger("touchEnd")

    stands_in(page, title, "In progress")


def test_who_else_has_the_board_open_is_seen_and_goes_when_they_leave(open_page):
    here, there = open_page(AGENT), open_page("manager@example.com")
    for page in (here, there):
        page.goto(f"/desk/board/?{TEAM}")
        expect(page.locator("html[data-live-state=live]")).to_be_attached()
    also = here.locator("#present").get_by_role("listitem").filter(has_text=MANAGER)

    expect(also).to_be_visible()
    there.goto("/desk/")
    expect(also).to_have_count(0)


def notices(page: Page):
    return page.get_by_role("status").filter(has=page.locator(".fb-notice"))


def test_a_refused_move_says_where_the_card_may_go(open_page, title):
    page = open_board(open_page, title)
    link = page.get_by_role("link", name=title, exact=True)
    link.focus()
    page.keyboard.press("]")
    expect(notices(page)).to_contain_text("is now in “In progress”")

    page.keyboard.press("[")

    expect(notices(page).get_by_text("can’t go to “New”.")).to_be_visible()
    expect(notices(page)).to_contain_text(
        "From “In progress” it can go to “Waiting for requester”, “Waiting for other”, or “Resolved today”."
    )
    page.get_by_role("button", name="Close").click()
    expect(notices(page)).to_have_count(0)


def test_who_may_not_move_a_card_is_told_so(open_page, title):
    page = open_board(open_page, title, "&lanes=priority")
    page.locator(".fb-tcard").evaluate(
        "card => { card.dataset.fixed = ''; card.dataset.stays = ''; }"
    )

    drag(page, title, "Low")

    expect(notices(page).get_by_text("You may not move")).to_be_visible()
    stands_in(page, title, "Critical")


def test_a_card_that_may_not_move_is_not_opened_by_letting_go(open_page, title):
    page = open_board(open_page, title, "&lanes=priority")
    page.locator(".fb-tcard").evaluate(
        "card => { card.dataset.fixed = ''; card.dataset.stays = ''; }"
    )
    link = page.get_by_role("link", name=title, exact=True)
    box = link.bounding_box()

    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 22, box["y"] + box["height"] / 2, steps=4)
    expect(notices(page).get_by_text("You may not move")).to_be_visible()
    page.wait_for_timeout(100)
    page.mouse.up()

    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("/desk/board/"))
    link.click()  # which opens it
    page.wait_for_url(re.compile(r"/desk/tickets/INC-\d+/"))


def test_a_move_without_a_connection_says_so_and_goes_back(open_page, title):
    page = open_board(open_page, title, may_fail=True)
    cards = "**/desk/board/cards/**"
    page.route(cards, lambda route: route.abort("internetdisconnected"))
    drag(page, title, "In progress")
    expect(notices(page)).to_contain_text("That didn’t go through")
    stands_in(page, title, "New")

    page.unroute(cards)
    drag(page, title, "Waiting for other")
    dialog = page.get_by_role("dialog")
    words = dialog.get_by_label("What is it waiting for?")
    words.fill("Spare parts")
    page.route(cards, lambda route: route.abort("internetdisconnected"))
    dialog.get_by_role("button", name="Put on hold").click()
    expect(dialog.get_by_role("alert")).to_contain_text("That didn’t go through")
    expect(words).to_have_value("Spare parts")
    page.unroute(cards)
    dialog.get_by_role("button", name="Put on hold").click()
    expect(dialog).to_be_hidden()
    stands_in(page, title, "Waiting for other")


def test_a_move_is_undone(open_page, title):
    page = open_board(open_page, title)
    drag(page, title, "In progress")
    stands_in(page, title, "In progress")

    page.get_by_role("button", name="Undo").click()

    stands_in(page, title, "New")
    expect(notices(page).get_by_text("is as before.")).to_be_visible()
