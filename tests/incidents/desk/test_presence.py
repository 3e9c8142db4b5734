"""Who else has a ticket (W32, G12) or a board open: shown, told to others at once, and forgotten after a minute."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from incidents.live import jobs, presence
from incidents.live.models import BoardPresence, Presence
from incidents.live.topics import allowed
from incidents.tickets import actions
from tests.conftest import make_person
from tests.incidents.desk.conftest import body


@pytest.fixture
def hers(client_of, lead):
    return client_of(lead, headers={"HX-Request": "true"})


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        ("", "Noor A. is viewing"),
        ("reply", "Noor A. is viewing and has started a reply"),
        ("note", "Noor A. is viewing and has started a note"),
        ("resolve", "Noor A. is viewing and is about to resolve this"),
    ],
)
def test_others_see_who_is_there(htmx, hers, ticket, url, writes, words):
    mine = body(hers.post(url(ticket, "presence"), {"writes": writes}))

    assert "Noor" not in mine
    shown = body(htmx.get(url(ticket, "presence"))).replace("\u2068", "").replace("\u2069", "")
    assert words in shown


def test_who_writes_is_told_in_the_composer_of_those_who_have_one(htmx, hers, ticket, url, agent, make_ticket):  # fmt: skip
    for one in (ticket, merged := make_ticket("The same")):
        hers.post(url(one, "presence"), {"writes": "reply"})
    actions.merge(merged, into=ticket, by=agent)

    here = 'id="here" hx-swap-oob="true"'
    assert here in body(htmx.get(url(ticket, "presence")))
    assert here not in body(htmx.get(url(merged, "presence")))


def test_who_left_is_gone(htmx, hers, ticket, url):
    hers.post(url(ticket, "presence"), {"writes": ""})
    assert hers.post(url(ticket, "presence"), {"gone": "1", "writes": ""}).status_code == 204

    assert "viewing" not in body(htmx.get(url(ticket, "presence")))


def test_who_says_nothing_for_a_minute_is_gone_and_tidied(htmx, hers, ticket, url):
    hers.post(url(ticket, "presence"), {"writes": "reply"})

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert "viewing" not in body(htmx.get(url(ticket, "presence")))
        assert jobs.forget_gone() == 1
    assert not Presence.objects.exists()


@pytest.mark.parametrize("came_before", [True, False])
def test_what_a_page_says_that_was_left_changes_nothing(htmx, hers, ticket, url, came_before):
    here = url(ticket, "presence")
    if came_before:
        hers.post(here, {"writes": "", "page": "first"})
    hers.post(here, {"writes": "", "gone": "1", "page": "first"})
    hers.post(here, {"writes": "", "page": "first"})
    assert "viewing" not in body(htmx.get(here)), "it arrived late"

    hers.post(here, {"writes": "", "page": "second"})
    assert "viewing" in body(htmx.get(here))


@pytest.mark.parametrize("came_before", [True, False])
def test_nor_what_a_board_says_that_was_left(htmx, hers, came_before):
    board = {"board": "board:network", "writes": ""}
    if came_before:
        hers.post(HERE, {**board, "page": "first"})
    hers.post(HERE, {**board, "gone": "1", "page": "first"})
    hers.post(HERE, {**board, "page": "first"})
    assert "Noor" not in body(htmx.get(HERE, {"board": "board:network"}))

    hers.post(HERE, {**board, "page": "second"})
    assert "Noor" in body(htmx.get(HERE, {"board": "board:network"}))


def test_a_page_that_is_left_leaves_another_one_open(htmx, hers, ticket, url):
    here = url(ticket, "presence")
    hers.post(here, {"writes": "", "page": "first"})
    hers.post(here, {"writes": "", "page": "second"})
    hers.post(here, {"writes": "", "gone": "1", "page": "first"})
    assert "viewing" in body(htmx.get(here))

    hers.post(here, {"writes": "", "gone": "1", "page": "second"})
    assert "viewing" not in body(htmx.get(here))


def test_nonsense_is_refused(htmx, ticket, url):
    assert htmx.post(url(ticket, "presence"), {"writes": "love letter"}).status_code == 400
    assert not Presence.objects.exists()


def test_looking_leaves_no_trace(htmx, ticket, url):
    htmx.get(url(ticket, "presence"))

    assert not Presence.objects.exists()


def test_on_sqlite_changes_are_found_and_heartbeats_are_none(ticket, agent, lead):
    seen, wakes = presence.changes(None)
    assert wakes == []

    def next_wakes():
        nonlocal seen
        seen, found = presence.changes(seen)
        return [wake.topic for wake in found]

    presence.come(ticket, lead, "")
    assert next_wakes() == [f"presence:{ticket.number}"]
    presence.come(ticket, lead, "")
    assert next_wakes() == []
    presence.come(ticket, lead, "reply")
    assert next_wakes() == [f"presence:{ticket.number}"]
    presence.leave(ticket, lead)
    assert next_wakes() == [f"presence:{ticket.number}"]
    presence.come_to_board("board:network", lead)
    assert next_wakes() == ["board:network"]
    presence.come_to_board("board:network", lead)
    assert next_wakes() == []
    presence.leave_board("board:network", lead)
    assert next_wakes() == ["board:network"]
    presence.come_to_board("board:network", lead)
    presence.leave_board("board:network", lead)
    assert next_wakes() == ["board:network"], "whoever asked in between still shows them"
    presence.come(ticket, lead, "")
    presence.leave(ticket, lead)
    assert next_wakes() == [f"presence:{ticket.number}"]
    jobs.forget_gone()
    next_wakes()
    presence.come(ticket, lead, "")
    next_wakes()
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert next_wakes() == [f"presence:{ticket.number}"], "who said nothing for a minute"


def test_only_staff_of_the_ticket_may_listen(ticket, agent, requester, other_agent):
    topic = f"presence:{ticket.number}"

    assert [allowed(person, topic) for person in (agent, requester, other_agent)] == [True, False, False]  # fmt: skip


# On a board -----------------------------------------------------------------------------------------------

HERE = "/desk/board/presence/"


def test_others_see_who_has_the_same_board_open(htmx, hers):
    assert "Noor" not in body(hers.post(HERE, {"board": "board:network", "writes": ""}))

    assert "Noor Aspen" in body(htmx.get(HERE, {"board": "board:network"}))
    assert "Noor" not in body(htmx.get(HERE, {"board": "board-all"}))
    hers.post(HERE, {"board": "board:network", "gone": "1"})
    assert "Noor" not in body(htmx.get(HERE, {"board": "board:network"}))


def test_a_board_that_is_left_without_a_word_is_forgotten(htmx, hers):
    hers.post(HERE, {"board": "board-all"})

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert "Noor" not in body(htmx.get(HERE, {"board": "board-all"}))
        assert jobs.forget_gone() == 1


def test_of_many_a_few_are_shown_and_the_rest_counted(htmx, team):
    for number in range(6):
        presence.come_to_board("board:network", make_person(f"Agent {number}", ("agent", team)))

    page = body(htmx.get(HERE, {"board": "board:network"}))

    assert page.count("<li") == 4
    assert "and 2 more" in page


def test_who_sees_none_of_ones_queues_is_not_shown_on_a_board_of_all(htmx, lead, other_agent):
    for person in (lead, other_agent):
        presence.come_to_board("board-all", person)

    page = body(htmx.get(HERE, {"board": "board-all"}))

    assert lead.display_name in page
    assert other_agent.display_name not in page


@pytest.mark.parametrize("board", ["", "x", "board:", "board:none", "board:security", "mine:1", "queue:network", "board-all\n"])  # fmt: skip
def test_no_other_board_is_there(htmx, private_team, board):
    for send in (htmx.get, htmx.post):
        assert send(HERE, {"board": board}).status_code == 404
    assert not BoardPresence.objects.exists()


@pytest.mark.parametrize(
    ("query", "topic"),
    [("?team=network", "board:network"), ("?of=all", "board-all"), ("?assignee=nobody", "board-unassigned"), ("?assignee=me", "")],
)  # fmt: skip
def test_the_board_says_under_which_name_it_is_open(desk, query, topic):
    page = body(desk.get(f"/desk/board/{query}"))

    assert ("data-presence" in page) == bool(topic)
    assert not topic or f'name="board" value="{topic}"' in page


def test_only_who_sees_a_queue_may_listen_to_its_board(team, agent, requester, other_agent):
    people = (agent, requester, other_agent)

    assert [allowed(person, "board:network") for person in people] == [True, False, False]
    assert [allowed(person, "board-all") for person in people] == [True, False, True]
