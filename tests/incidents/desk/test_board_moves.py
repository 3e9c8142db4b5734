"""Cards that are moved: the verb behind each lane, the words it asks for, what is refused, and what others see."""

import re

import pytest

from incidents.desk.models import LaneLimit
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

BOARD = "/desk/board/"


def place(ticket, query=""):
    return f"{BOARD}cards/{ticket.ref}/place/?{query}"


def seen_on(response):
    return re.search(r'name="seen" value="([^"]+)"', body(response))[1]


def put(browser, ticket, to, axis="status", query="", **words):
    sent = {"axis": axis, "to": to, "expected": ticket.version, **words}
    return browser.post(place(ticket, query), sent)


def test_start_work(desk, ticket):
    response = put(desk, ticket, "open")

    assert response.status_code == 302
    assert response["Location"] == f"{BOARD}?team=network#card-{ticket.number}"
    assert Ticket.objects.get().status == Status.OPEN


def test_the_event_is_that_of_the_verb(desk, ticket, agent):
    put(desk, ticket, "open")

    event = ticket.events.of_kind(Kind.STATUS_CHANGED).get()
    assert (event.actor, event.data["set"]) == (agent, {"status": "open"})


@pytest.mark.parametrize(
    ("to", "words", "kind"),
    [
        ("waiting_requester", {"body": "Which headset?"}, Message.Kind.REPLY),
        ("waiting_other", {"body": "Parts are ordered."}, Message.Kind.NOTE),
        ("resolved", {"body": "Restarted it.", "code": "fixed"}, Message.Kind.RESOLUTION),
    ],
)
def test_moves_that_need_words_ask_for_them_first(desk, ticket, to, words, kind):
    asked = put(desk, ticket, to)
    assert asked.status_code == 422
    assert 'name="body"' in body(asked)
    assert "is-invalid" not in body(asked)
    assert Ticket.objects.get().status == Status.NEW

    assert put(desk, ticket, to, **words).status_code == 302
    assert Ticket.objects.get().status == to
    assert ticket.messages.get(kind=kind).body == words["body"]


def test_words_that_are_missing_are_asked_for_again(desk, ticket):
    response = put(desk, ticket, "resolved", body="Restarted it.", code="")

    assert response.status_code == 422
    assert "Choose how it was resolved." in body(response)
    assert "Restarted it." in body(response)


def test_sending_the_words_twice_says_them_once(desk, ticket):
    for _ in range(2):
        put(desk, ticket, "waiting_other", body="Parts.", key="one")

    assert ticket.messages.filter(kind=Message.Kind.NOTE).count() == 1


def test_a_resolved_card_is_opened_again_with_a_reason(desk, resolved):
    assert put(desk, resolved, "open").status_code == 422

    put(desk, resolved, "open", body="It drops again.")

    assert Ticket.objects.get().status == Status.OPEN


def test_what_the_table_has_not_is_refused_in_words(htmx, taken):
    response = put(htmx, taken, "new")

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#notices"
    assert "put there" in body(response)


def test_the_priority_that_follows_needs_no_reason_and_another_does(desk, ticket):
    assert ticket.priority == Priority.P4

    assert put(desk, ticket, "1", "priority").status_code == 422
    assert put(desk, ticket, "1", "priority", reason="The whole floor.").status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.priority, ticket.priority_by_hand) == (Priority.P1, True)

    assert put(desk, ticket, "4", "priority").status_code == 302
    assert Ticket.objects.get().priority_by_hand is False


def test_give_it_to_a_colleague_to_me_and_back_to_nobody(desk, ticket, agent, lead):
    put(desk, ticket, str(lead.pk), "assignee")
    assert Ticket.objects.get().assignee == lead

    put(desk, Ticket.objects.get(), "me", "assignee")
    assert Ticket.objects.get().assignee == agent

    put(desk, Ticket.objects.get(), "nobody", "assignee")
    assert Ticket.objects.get().assignee is None


def test_hand_it_to_another_team(client_of, manager, ticket, other_team):
    put(client_of(manager), ticket, "workplace", "team", "of=all&lanes=team")

    assert Ticket.objects.get().team == other_team


@pytest.mark.parametrize(
    ("axis", "to"),
    [("status", "closed"), ("priority", "9"), ("assignee", "others"), ("assignee", "999999"),
     ("team", "none"), ("title", "open"), ("none", "all")],
)  # fmt: skip
def test_a_lane_that_is_not_there_takes_nothing(htmx, ticket, axis, to):
    assert put(htmx, ticket, to, axis).status_code in {400, 422}
    assert Ticket.objects.get().version == ticket.version


def test_an_auditor_looks_and_moves_nothing(client_of, auditor, ticket):
    reads = client_of(auditor)

    assert "data-fixed data-stays" in body(reads.get(f"{BOARD}?of=all"))
    for to in ("open", "waiting_other"):
        assert put(reads, ticket, to).status_code == 403


def test_the_ticket_of_another_team_is_not_there(client_of, other_agent, ticket):
    assert client_of(other_agent).get(place(ticket)).status_code == 404
    assert put(client_of(other_agent), ticket, "open").status_code == 404


# Two at once ------------------------------------------------------------------------------------------------


def test_the_second_is_told_what_the_first_did(htmx, ticket, lead):
    actions.transition(ticket, to=Status.OPEN, by=lead)
    actions.resolve(ticket, "Done.", code="fixed", by=lead)

    response = htmx.post(
        place(ticket), {"axis": "assignee", "to": "me", "expected": ticket.version}
    )

    assert response.status_code == 409
    assert "resolved" in body(response)


def test_a_stale_move_is_refused_with_the_change_in_words(htmx, taken, lead):
    old = taken.version
    actions.transition(taken, to=Status.WAITING_OTHER, text="Parts.", by=lead)

    response = htmx.post(place(taken), {"axis": "status", "to": "open", "expected": old})

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#notices"
    assert "Noor A." in body(response)
    assert "Waiting for other" in body(response)
    assert Ticket.objects.get().status == Status.WAITING_OTHER


def test_who_is_asked_for_words_is_told_first_what_happened(htmx, taken, lead):
    old = taken.version
    actions.set_priority(taken, override=1, reason="All of them.", by=lead)

    response = htmx.post(place(taken), {"axis": "status", "to": "waiting_other", "expected": old})

    assert response.status_code == 422
    assert "while you were looking" in body(response)
    assert "Critical" in body(response)


def test_words_are_kept_when_somebody_was_faster(htmx, taken, lead):
    old = taken.version
    actions.resolve(taken, "Done.", code="fixed", by=lead)

    response = htmx.post(
        place(taken),
        {"axis": "status", "to": "resolved", "expected": old, "body": "My words.", "code": "fixed"},
    )

    assert response.status_code == 409
    assert "My words." in body(response)
    assert "Noor A." in body(response)
    assert "HX-Retarget" not in response


# What the page is told --------------------------------------------------------------------------------------


def test_the_answer_brings_both_cells_the_counts_and_a_sentence(htmx, ticket):
    seen = seen_on(htmx.get(BOARD))

    response = put(htmx, ticket, "open", seen=seen)

    page = body(response)
    assert response["HX-Trigger-After-Settle"] == '{"board-moved": {}}'
    assert f"{ticket.ref} is now in “In progress”." in page
    assert 'id="cell-all-new"' in page
    assert 'id="cell-all-open"' in page
    assert 'id="cell-all-waiting_other"' not in page
    assert re.search(r'id="count-open" hx-swap-oob="true">1<', page)


def test_it_says_when_the_lane_is_over_its_limit(htmx, team, make_ticket):
    LaneLimit.objects.create(team=team, lanes="status", lane="open", most=1)

    first, second = (put(htmx, make_ticket(), "open") for _ in range(2))

    assert "over its limit" not in body(first)
    assert "That lane is over its limit of 1." in body(second)


def test_nothing_new_is_204(htmx, ticket):
    seen = seen_on(htmx.get(BOARD))

    assert htmx.get(f"{BOARD}news/?seen={seen}").status_code == 204


def test_others_moves_come_as_cells(htmx, ticket, lead):
    seen = seen_on(htmx.get(BOARD))
    actions.transition(ticket, to=Status.OPEN, by=lead)

    news = htmx.get(f"{BOARD}news/?seen={seen}")

    assert 'id="cell-all-open"' in body(news)
    assert 'id="lanes"' not in body(news)
    assert htmx.get(f"{BOARD}news/?seen={seen_on(news)}").status_code == 204


def test_a_board_of_another_shape_comes_whole(htmx, ticket, lead):
    seen = seen_on(htmx.get(f"{BOARD}?lanes=assignee"))

    news = htmx.get(f"{BOARD}news/?seen={seen}")

    assert 'id="lanes" hx-swap-oob="true"' in body(news)


@pytest.mark.parametrize("seen", ["", "x", "....", "%00"])
def test_what_was_never_seen_is_read_as_nothing(htmx, ticket, seen):
    assert htmx.get(f"{BOARD}news/?seen={seen}").status_code == 200


# The menu ---------------------------------------------------------------------------------------------------


def test_the_menu_is_a_page_of_plain_forms(desk, taken):
    page = body(desk.get(place(taken, "rows=priority")))

    assert 'name="to" value="waiting_other"' in page
    assert 'name="to" value="new"' not in page
    assert re.search(r'value="open" disabled', page)
    assert 'name="axis" value="priority"' in page
    assert "Assign to me" not in page


def test_the_menu_of_a_free_card_offers_to_take_it(desk, ticket):
    assert "Assign to me" in body(desk.get(place(ticket)))


def test_after_the_menu_one_is_back_on_the_same_board(desk, ticket):
    response = put(desk, ticket, "open", query="lanes=status&rows=priority")

    assert response["Location"].startswith(f"{BOARD}?lanes=status&rows=priority&team=network#card-")
    assert f"{ticket.ref} is now in" in body(desk.get(response["Location"]))
