"""A type that asks, on the desk: setting it asks for its answers; a new ticket, quick note and bulk change know of it."""

import pytest

from incidents.desk import acts
from incidents.tickets import actions, questions
from incidents.tickets.actions.proposals import propose
from incidents.tickets.models import Proposal, Ticket
from incidents.tickets.questions import AnswersMissing, check
from incidents.workflow.models import IncidentType
from tests.incidents.desk.conftest import body
from tests.incidents.forms import ORDER, STANDSTILL

SINCE = "Since when does it stand still?"


def type_of(ticket):
    return Ticket.objects.get(pk=ticket.pk).type


def told(ticket):
    return [given.text for given in questions.shown(ticket)]


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_choosing_it_asks_and_sending_again_sets_it(request, url, ticket, type_form, browser):
    client = request.getfixturevalue(browser)

    asked = client.post(url(ticket, "type"), {"type": "complex"})
    assert asked.status_code == 422
    assert SINCE in body(asked)
    assert "asks a little more" in body(asked)
    assert type_of(ticket) == "incident"

    client.post(
        url(ticket, "type"),
        {"type": "complex", "type-questions": type_form.pk, "qt-since": "Nine"},
    )
    assert (type_of(ticket), told(ticket)) == ("complex", ["Nine"])


def test_what_is_missing_is_said_at_its_question(htmx, url, ticket, type_form):
    answer = htmx.post(url(ticket, "type"), {"type": "complex", "type-questions": type_form.pk})

    assert answer.status_code == 422
    assert 'href="#id_qt-since"' in body(answer)
    assert type_of(ticket) == "incident"


def test_questions_that_changed_meanwhile_are_asked_again(htmx, url, ticket, type_form, ask):
    ask(IncidentType.objects.get(slug="complex"), STANDSTILL[:1])

    answer = htmx.post(
        url(ticket, "type"), {"type": "complex", "type-questions": type_form.pk, "qt-since": "Nine"}
    )

    assert answer.status_code == 422
    assert "changed while you were writing" in body(answer)
    assert 'value="Nine"' in body(answer)


def test_a_type_that_asks_nothing_is_set_at_once(desk, url, ticket, type_form):
    desk.post(url(ticket, "type"), {"type": "request"})

    assert type_of(ticket) == "request"


def test_what_was_answered_before_is_not_asked_again(desk, url, ticket, type_form, agent):
    actions.set_type(ticket, type="complex", answers=check(type_form, {"since": "Nine"}), by=agent)
    actions.set_type(ticket, type="incident", by=agent)

    desk.post(url(ticket, "type"), {"type": "complex"})

    assert type_of(ticket) == "complex"


def test_a_proposal_leads_to_the_questions(desk, url, ticket, type_form):
    propose(ticket, type="complex", reasons=[{"why": "age", "days": 20}])

    answer = desk.post(url(ticket, "proposals", Proposal.objects.get().pk), {"to": "accepted"})

    assert answer.url == url(ticket, "type") + "?type=complex"
    assert SINCE in body(desk.get(answer.url))


def test_who_may_not_work_on_it_gets_no_questions(client_of, other_agent, requester, url, ticket, type_form):  # fmt: skip
    assert client_of(requester).get(url(ticket, "type")).status_code in {403, 404}
    answer = client_of(other_agent).post(url(ticket, "type"), {"type": "complex"})
    assert answer.status_code in {403, 404}


def test_acts_of_bulk_and_macros_name_what_is_missing(ticket, type_form, agent):
    with pytest.raises(AnswersMissing, match="page and answer there"):
        acts.find("type").run(ticket, by=agent, values={"type": "complex"})

    assert type_of(ticket) == "incident"


def test_bulk_says_before_that_a_type_asks_and_where_it_is_answered(desk, ticket, type_form):
    page = body(desk.get(f"/desk/bulk/new/?act=type&ticket={ticket.number}"))

    assert "Some types ask for answers: Complex incident." in page
    assert "on each ticket’s own page" in page


def test_both_parts_are_shown_and_corrected_on_one_page(
    desk, url, brings, ask, type_form, make_ticket
):
    form = ask(brings, ORDER[:1])
    ticket = make_ticket(
        answers=check(form, {"device": "Phone"}), type_answers=check(type_form, {"since": "Nine"})
    )
    page = body(desk.get(f"/desk/tickets/{ticket.ref}/"))
    assert "Which device?" in page
    assert SINCE in page

    desk.post(
        url(ticket, "answers"),
        {"questions": form.pk, "q-device": "Laptop", "type-questions": type_form.pk,
         "qt-since": "Ten", "expected": ticket.version},
    )  # fmt: skip

    assert told(ticket) == ["Laptop", "Ten"]


def test_one_wrong_part_keeps_the_other_from_being_changed(
    desk, url, brings, ask, type_form, make_ticket
):
    form = ask(brings, ORDER[:1])
    ticket = make_ticket(
        answers=check(form, {"device": "Phone"}), type_answers=check(type_form, {"since": "Nine"})
    )

    answer = desk.post(
        url(ticket, "answers"),
        {
            "questions": form.pk,
            "q-device": "Laptop",
            "type-questions": type_form.pk,
            "qt-since": "",
        },
    )

    assert answer.status_code == 422
    assert 'href="#id_qt-since"' in body(answer)
    assert told(ticket) == ["Phone", "Nine"]


def test_a_new_ticket_of_a_chosen_type_is_asked_what_that_asks(desk, category, requester, type_form):  # fmt: skip
    call = {
        "who": "Robin Kestrel", "title": "The line stands", "description": "It stands.", "category": category.pk,
        "type": "complex", "impact": "me", "urgency": "low",
    }  # fmt: skip
    page = body(desk.post("/tickets/new/questions/", call))
    assert SINCE in page

    assert desk.post("/desk/tickets/new/", call).status_code == 422
    desk.post("/desk/tickets/new/", {**call, "type-questions": type_form.pk, "qt-since": "Nine"})

    assert told(Ticket.objects.get()) == ["Nine"]


def test_a_call_in_a_category_that_brings_it_is_asked_too(desk, brings, requester, type_form):
    given = {
        "who": "Robin Kestrel", "title": "The line stands", "category": brings.pk, "then": "resolve",
        "done": "Started it.", "code": "fixed",
    }  # fmt: skip
    asked = desk.post("/desk/tickets/quick/", given)
    assert asked.status_code == 422
    assert SINCE in body(asked)

    desk.post("/desk/tickets/quick/", {**given, "type-questions": type_form.pk, "qt-since": "Nine"})

    ticket = Ticket.objects.get()
    assert (ticket.type, told(ticket)) == ("complex", ["Nine"])
