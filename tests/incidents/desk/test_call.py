"""The page that a telephone system opens when somebody calls."""

import re
import time

import pytest

from incidents.tickets.models import Message, Ticket
from tests.conftest import make_person
from tests.incidents.desk.conftest import body


@pytest.fixture
def caller(requester):
    requester.phone = "+49 (0)30 123-4567"
    requester.save()
    return requester


@pytest.fixture
def given(requester, category):
    return {
        "from": "00493012 34567", "who": "Robin Kestrel", "person": str(requester.pk), "title": "No sound",
        "category": str(category.pk), "done": "Unmuted it.", "code": "fixed", "minutes": "4", "then": "resolve",
    }  # fmt: skip


def call(browser, number, **more):
    return browser.get("/desk/call/", {"from": number, **more})


@pytest.mark.parametrize(
    "number", ["+49301234567", "0049 30 1234567", "0301234567", "030/123 45 67", "1234567"]
)
def test_the_caller_is_known_by_the_number(desk, caller, ticket, number):
    page = body(call(desk, number))

    assert caller.email in page
    assert f'name="person" value="{caller.pk}"' in page
    assert ticket.ref in page
    assert "Note this call" in page


def test_of_a_known_caller_one_types_at_once_what_it_is(desk, caller):
    page = body(call(desk, "1234567"))

    fields = re.findall(r'<input[^>]*\bname="(\w+)"[^>]*\bautofocus', page)
    assert fields[0] == "title"


def test_several_with_the_number_are_offered(desk, caller):
    other = make_person("Ida Finch", phone="030 1234567")
    page = body(call(desk, "1234567"))
    assert "Who is calling?" in page
    assert caller.email not in page

    page = body(call(desk, "1234567", caller=other.pk))
    assert other.email in page


def test_nobody_else_can_be_made_the_caller(desk, caller, other_requester):
    page = body(call(desk, "+49301234567", caller=other_requester.pk))

    assert other_requester.email not in page


@pytest.mark.parametrize(
    "number",
    ["", "anonymous", "9" * 200, "'; DROP TABLE accounts_user; --", "<script>alert(1)</script>", "+49 30 %", "[0-9]*", "\x00", "٣٤٥"],
)  # fmt: skip
def test_a_bad_number_is_nobodys(desk, caller, number):
    response = call(desk, number)

    assert response.status_code == 200
    assert caller.email not in body(response)
    assert "<script>alert" not in body(response)
    assert "Who is calling?" in body(response)


def test_an_unknown_caller_is_looked_for_by_name(desk, other_requester, make_ticket):
    ticket = make_ticket("Screen flickers", by=other_requester)
    other_requester.phone = "030 5550001"
    other_requester.save()
    assert "Who is calling?" in body(call(desk, "030 99887766"))
    page = body(call(desk, "030 99887766", who="Mika Thistle"))

    assert ticket.ref in page
    assert f'name="person" value="{other_requester.pk}"' in page
    assert other_requester.phone not in page
    assert other_requester.email not in page


@pytest.mark.parametrize(
    ("who", "words"), [("xy", "at least three letters"), ("Zorro Unknown", "find anybody")]
)
def test_a_name_that_is_nobodys_is_said(desk, category, who, words):
    page = body(call(desk, "030 99887766", who=who))

    assert words in page
    assert "Who is calling?" in page


def test_without_a_number_nothing_is_said_of_it(desk, category):
    assert "known by this number" not in body(desk.get("/desk/call/"))


def test_tickets_that_one_does_not_see_are_not_shown(desk, caller, make_ticket, other_category):
    make_ticket("Laptop is wet", category=other_category)

    assert "Laptop is wet" not in body(call(desk, "+49301234567"))


def test_people_who_left_are_not_known(desk, caller):
    caller.is_active = False
    caller.save()

    assert caller.email not in body(call(desk, "+49301234567"))


def test_it_is_logged_as_a_call_with_the_number_in_a_note(desk, caller, given):
    desk.post("/desk/call/", given)

    ticket = Ticket.objects.get()
    assert (ticket.origin, ticket.minutes_spent) == ("phone", 4)
    assert ticket.messages.get(kind=Message.Kind.NOTE).body == "Phone call from 00493012 34567."


def test_the_call_is_noted_on_a_ticket_that_is_open(desk, caller, ticket, given):
    response = desk.post(
        "/desk/call/", given | {"on": str(ticket.number), "title": "", "category": ""}
    )

    assert response.url == ticket.desk_url
    ticket.refresh_from_db()
    assert ticket.minutes_spent == 4
    assert "Unmuted it." in ticket.messages.get(kind=Message.Kind.NOTE).body
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("on", ["x", "999999", "-1", "9" * 30])
def test_a_ticket_that_is_none_is_not_found(desk, caller, given, on):
    assert desk.post("/desk/call/", given | {"on": on}).status_code == 404


def test_a_ticket_of_another_team_is_not_found(client_of, other_agent, ticket, given):
    answer = client_of(other_agent).post("/desk/call/", given | {"on": str(ticket.number)})

    assert answer.status_code == 404


def test_who_manages_people_saves_the_number(client_of, admin, requester, given):
    browser = client_of(admin)
    assert "Save this number" in body(call(browser, "030 99887766"))
    browser.post("/desk/call/", given | {"from": "030 99887766", "save_number": "on"})

    requester.refresh_from_db()
    assert requester.phone == "030 99887766"


def test_who_does_not_manage_them_is_not_offered_and_saves_none(desk, requester, given):
    assert "Save this number" not in body(call(desk, "030 99887766"))
    desk.post("/desk/call/", given | {"from": "030 99887766", "save_number": "on"})

    requester.refresh_from_db()
    assert requester.phone == ""
    assert Ticket.objects.exists()


def test_errors_keep_the_number_and_when_the_call_began(desk, caller, given):
    began = str(int(time.time()) - 90)
    response = desk.post("/desk/call/", given | {"title": "", "since": began})

    assert response.status_code == 422
    assert f'data-timer="{began}"' in body(response)
    assert 'name="from" value="00493012 34567"' in body(response)


@pytest.mark.parametrize(
    ("sent", "kept"), [("typed paused", "typed paused"), ("typed paused 75", "typed paused 75"), ("typed paused x", "typed paused"), ("written running 5", "written running"), ("written running", "written running"), ('"><b> typed', "typed"), ("", "")]
)  # fmt: skip
def test_what_the_clock_was_at_comes_back_with_errors(desk, caller, given, sent, kept):
    response = desk.post("/desk/call/", given | {"title": "", "clock": sent})

    assert f'name="clock" form="call" value="{kept}"' in body(response)


@pytest.mark.parametrize("since", ["", "x", "0", "9" * 11, "-5", str(2**40)])
def test_a_beginning_that_is_none_is_now(desk, category, since):
    page = body(call(desk, "5301", since=since))

    assert any(f'data-timer="{int(time.time()) - back}"' in page for back in range(5))


def test_only_who_works_on_tickets_answers_calls(client_of, auditor, requester):
    for person in (auditor, requester):
        assert call(client_of(person), "5301").status_code == 403
