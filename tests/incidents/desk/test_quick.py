"""The short form: log and resolve in one go."""

import pytest

from incidents.tickets.models import Ticket
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body


@pytest.fixture
def given(requester, category):
    return {
        "who": "Robin Kestrel", "person": str(requester.pk), "title": "Password forgotten", "category": str(category.pk),
        "done": "Reset it.", "code": "fixed", "minutes": "5", "then": "resolve",
    }  # fmt: skip


def test_log_and_resolve(desk, given, agent, requester):
    response = desk.post("/desk/tickets/quick/", given)

    ticket = Ticket.objects.get()
    assert (response.status_code, response.url) == (302, ticket.desk_url)
    assert (ticket.status, ticket.requester, ticket.assignee) == (Status.RESOLVED, requester, agent)
    assert (ticket.minutes_spent, ticket.origin) == (5, "desk")


def test_log_and_keep_open_needs_only_who_what_and_where(desk, given):
    desk.post("/desk/tickets/quick/", given | {"then": "open", "done": "", "minutes": ""})

    assert Ticket.objects.get().status == Status.OPEN


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"done": " "}, "Say what you did"),
        ({"who": "Nobody Of This Name", "person": ""}, "find anybody"),
        ({"title": ""}, "Say in a few words"),
        ({"category": ""}, "Choose a category"),
        ({"category": "999999"}, "valid choice"),
        ({"minutes": "ages"}, "Type a time like"),
        ({"code": "nonsense"}, "valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(desk, given, change, words):
    response = desk.post("/desk/tickets/quick/", given | change)

    assert response.status_code == 422
    assert words in body(response)
    assert change.get("title", "Password forgotten") in body(response)
    assert not Ticket.objects.exists()


def test_a_category_that_asks_gets_its_answers(desk, given, category, ask):
    version = ask(
        category, [{"key": "room", "kind": "text", "label": "Which room?", "required": True}]
    )
    response = desk.post("/desk/tickets/quick/", given)
    assert response.status_code == 422
    assert "Which room?" in body(response)
    desk.post("/desk/tickets/quick/", given | {"questions": str(version.pk), "q-room": "2.14"})

    assert Ticket.objects.get().answers.given == {"room": "2.14"}


def test_what_one_often_logs_is_a_click_away(desk, given, category, make_ticket, requester):
    for _ in range(2):
        desk.post("/desk/tickets/quick/", given)
    desk.post("/desk/tickets/quick/", given | {"title": "Once only"})
    page = body(desk.get("/desk/tickets/quick/"))

    assert 'data-title="Password forgotten"' in page
    assert "Once only" not in page
    link = f"/desk/tickets/quick/?title=Password%20forgotten&category={category.pk}"
    assert 'value="Password forgotten"' in body(desk.get(link))


def test_only_who_works_on_tickets_logs_any(client_of, auditor, requester, given):
    for person in (auditor, requester):
        assert client_of(person).get("/desk/tickets/quick/").status_code == 403
        assert client_of(person).post("/desk/tickets/quick/", given).status_code == 403


@pytest.mark.parametrize(
    "query", ["?category=x", "?category=9999", "?title=" + "x" * 900, "?category=%00"]
)
def test_nonsense_in_the_address_does_no_harm(desk, category, query):
    assert desk.get(f"/desk/tickets/quick/{query}").status_code == 200
