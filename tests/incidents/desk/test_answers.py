"""Questions of a category on the desk: filed for a caller, read in the workspace, corrected."""

import pytest

from incidents.tickets import actions, questions
from incidents.tickets.models import Ticket
from incidents.tickets.questions import check
from tests.incidents.desk.conftest import body
from tests.incidents.forms import ORDER

NEW = "/desk/tickets/new/"


@pytest.fixture
def form(ask, category):
    return ask(category)


@pytest.fixture
def asked(form, make_ticket):
    return make_ticket(answers=check(form, {"device": "Phone", "reason": "The heron ate it."}))


@pytest.fixture
def call(category, requester, form):
    return {
        "who": "Robin Kestrel", "title": "New laptop", "description": "Old one hums.", "category": category.pk,
        "type": "request", "impact": "me", "urgency": "low", "questions": form.pk, "q-device": "Laptop", "q-screens": "1",
    }  # fmt: skip


def sent(form, **answers):
    return {"questions": form.pk, **{f"q-{key}": value for key, value in answers.items()}}


# Filing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_the_callers_answers_are_filed(request, call, browser):
    request.getfixturevalue(browser).post(NEW, call)

    assert Ticket.objects.get().answers.get().given == {"device": "Laptop", "screens": "1"}


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_what_is_missing_or_changed_is_said_and_the_rest_kept(
    request, call, ask, category, browser
):
    client = request.getfixturevalue(browser)
    missing = client.post(NEW, {**call, "q-screens": ""})
    assert missing.status_code == 422
    assert 'href="#id_q-screens"' in body(missing)

    ask(category, ORDER[:1])
    changed = client.post(NEW, call)
    assert changed.status_code == 422
    assert "changed while you were writing" in body(changed)
    assert "Old one hums." in body(changed)
    assert not Ticket.objects.exists()


def test_without_script_a_button_shows_the_questions(desk, call):
    answer = desk.post(NEW, {**call, "show": "questions"})

    assert answer.status_code == 200
    assert "How many screens?" in body(answer)
    assert not Ticket.objects.exists()


# Reading ----------------------------------------------------------------------------------------------------


def test_the_workspace_shows_the_answers_and_how_to_correct_them(desk, asked, url):
    page = body(desk.get(url(asked)))

    assert "The heron ate it." in page
    assert "Edit answers" in page


def test_a_ticket_without_answers_offers_to_add_them(desk, form, make_ticket, url):
    ticket = make_ticket(origin=Ticket.Origin.IMPORT)

    assert "Edit answers" not in body(desk.get(url(ticket)))
    assert "Add answers" in body(desk.get(url(ticket, "related")))


def test_who_only_reads_is_offered_nothing(client_of, auditor, asked, url):
    page = body(client_of(auditor).get(url(asked)))

    assert "The heron ate it." in page
    assert "Edit answers" not in page


# Correcting -------------------------------------------------------------------------------------------------


def test_the_form_begins_with_the_answers(desk, asked, url):
    form = desk.get(url(asked, "answers")).context["form"].parts[0]

    assert (form["device"].value(), form["reason"].value()) == ("Phone", "The heron ate it.")


def test_without_script_saving_leads_back_to_the_ticket(desk, asked, form, url):
    answer = desk.post(url(asked, "answers"), sent(form, device="Laptop", screens="2"))

    assert answer.url == asked.desk_url
    page = body(desk.get(asked.desk_url))
    assert "How many screens?" in page
    assert "Earlier answers" in page
    assert "The heron ate it." in page


def test_with_htmx_the_answers_are_put_where_they_stand(htmx, asked, form, url):
    answer = htmx.post(url(asked, "answers"), sent(form, device="Laptop", screens="2"))

    assert answer.status_code == 200
    assert '<div id="answers" hx-swap-oob="true">' in body(answer)
    assert "changed the answers of the form" in body(answer)


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_a_wrong_answer_is_said_and_nothing_changes(request, asked, form, url, browser):
    client = request.getfixturevalue(browser)

    answer = client.post(url(asked, "answers"), sent(form, device="Laptop", screens="9"))

    assert answer.status_code == 422
    assert "Enter at most 3." in body(answer)
    assert asked.answers.get().given["device"] == "Phone"


def test_a_form_that_changed_meanwhile_comes_back_with_what_was_typed(htmx, asked, form, ask, category, url):  # fmt: skip
    ask(category, ORDER[:2])

    answer = htmx.post(url(asked, "answers"), sent(form, device="Laptop", screens="2"))

    assert answer.status_code == 422
    assert "changed while you were writing" in body(answer)
    assert answer.context["form"].parts[0]["screens"].value() == "2"


def test_a_change_by_somebody_else_meanwhile_is_told(htmx, asked, form, url, lead):
    seen = asked.version
    actions.answer(asked, answers=check(form, {"device": "Laptop", "screens": "1"}), by=lead)

    typed = sent(form, device="Phone", reason="Mine") | {"expected": seen}
    answer = htmx.post(url(asked, "answers"), typed)

    assert answer.status_code == 409
    assert "Mine" in body(answer)
    assert questions.shown(asked)[0].text == "Laptop"


def test_a_category_that_asks_nothing_has_no_answers_to_change(htmx, ticket, url):
    assert htmx.get(url(ticket, "answers")).status_code == 422


def test_who_does_not_work_on_it_may_not(client_of, asked, auditor, other_agent, url):
    assert client_of(auditor).get(url(asked, "answers")).status_code == 403
    assert client_of(other_agent).get(url(asked, "answers")).status_code == 404


def test_the_page_costs_little_more(desk, asked, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        desk.get(url(asked))
