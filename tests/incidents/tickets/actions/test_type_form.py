"""Answers to what a type asks: with a new ticket, and when a ticket becomes one of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.errors import KeyReused, NotAllowed
from accounts.models import AdminChange, Role
from incidents.tickets import actions, questions
from incidents.tickets.actions.change_questions import NoForm, change_questions
from incidents.tickets.actions.proposals import accept_proposal, propose
from incidents.tickets.kinds import Kind
from incidents.tickets.models import FormerAnswers, Proposal, QuestionForm, Ticket
from incidents.tickets.questions import AnswersMissing, QuestionsChanged, check
from incidents.tickets.rebuild import compare, rebuild
from incidents.workflow.actions import types
from incidents.workflow.models import IncidentType
from tests.conftest import make_person
from tests.incidents.forms import ORDER, STANDSTILL

SINCE = "Since when does it stand still?"


def complex_type():
    return IncidentType.objects.get(slug="complex")


def told(ticket):
    return [(given.label, given.text) for given in questions.shown(ticket)]


def text(name="plan.txt", content=b"wall"):
    return SimpleUploadedFile(name, content)


# The form of a type ---------------------------------------------------------------------------------------


def test_a_type_has_versions_of_its_own_beside_those_of_categories(ask, category, admin):
    ask(category)

    first, same = (change_questions(complex_type(), STANDSTILL, by=admin) for _ in range(2))
    second = change_questions(complex_type(), STANDSTILL[:1], by=admin, expected=1)

    assert (first.number, second.number, same) == (1, 2, first)
    assert questions.form_of_type("complex") == second
    noted = AdminChange.objects.filter(kind="workflow.incidenttype").latest("pk")
    assert noted.before["questions"] == [
        f"{SINCE} [since: text] *",
        "Which line? [device: choice] (North, South)",
    ]


def test_an_empty_form_asks_nothing(type_form, admin):
    change_questions(complex_type(), [], by=admin)

    assert questions.form_of_type("complex") is None


def test_who_may_not_shape_process_may_not_change_it(type_form):
    Role.objects.create(name="Keeper", slug="keeper", permissions=["categories.manage"])
    keeper = make_person("Kit Kestrel", "keeper")

    with pytest.raises(NotAllowed):
        change_questions(complex_type(), [], by=keeper)
    assert questions.form_of_type("complex") == type_form


def test_what_cant_be_asked_is_refused(admin):
    with pytest.raises(NoForm):
        change_questions(complex_type(), [{"key": "x"}], by=admin)
    assert not QuestionForm.objects.exists()


# Filing ----------------------------------------------------------------------------------------------------


def test_a_ticket_is_asked_what_its_category_and_then_its_type_asks(
    ask, brings, type_form, make_ticket
):
    form = ask(brings)

    ticket = make_ticket(
        answers=check(form, {"device": "Phone"}),
        type_answers=check(type_form, {"since": "Nine", "device": "North"}),
    )

    assert ticket.type == "complex"
    assert told(ticket) == [("Which device?", "Phone"), (SINCE, "Nine"), ("Which line?", "North")]
    filed = ticket.events.get(kind=Kind.FILED)
    assert (filed.data["form"], filed.data["type_form"]) == (form.pk, type_form.pk)
    assert "Nine" not in str(filed.data)


def test_files_go_to_the_question_that_asked_for_them(ask, brings, admin, make_ticket):
    proof = {"key": "proof", "kind": "file", "label": "A picture"}
    form, of_type = ask(brings, [proof]), ask(complex_type(), [proof])

    ticket = make_ticket(
        answers=check(form, {}, {"proof": [text("a.txt")]}),
        type_answers=check(of_type, {}, {"proof": [text("b.txt", b"b")]}),
        files=(),
    )

    assert [one.files[0].name for one in questions.shown(ticket)] == ["a.txt", "b.txt"]


def test_without_the_answers_nothing_is_filed(brings, type_form, make_ticket):
    with pytest.raises(QuestionsChanged):
        make_ticket()
    with pytest.raises(QuestionsChanged):
        make_ticket(answers=check(type_form, {"since": "Nine"}))
    assert not Ticket.objects.exists()


def test_a_retired_type_that_a_category_names_asks_nothing(brings, make_ticket, admin):
    types.retire_type(complex_type(), by=admin)

    assert make_ticket().type == "incident"


def test_the_same_key_with_other_answers_is_another_ticket(brings, type_form, make_ticket):
    make_ticket(type_answers=check(type_form, {"since": "Nine"}), key="k")

    with pytest.raises(KeyReused):
        make_ticket(type_answers=check(type_form, {"since": "Ten"}), key="k")


# Becoming one ------------------------------------------------------------------------------------------------


def test_becoming_one_takes_the_answers(ticket, type_form, agent):
    actions.set_type(ticket, type="complex", answers=check(type_form, {"since": "Nine"}), by=agent)

    ticket.refresh_from_db()
    assert (ticket.type, told(ticket)) == ("complex", [(SINCE, "Nine")])
    assert compare(ticket, rebuild(ticket)) == []
    assert "Nine" not in str([event.data for event in ticket.events.all()])


def test_without_them_it_is_refused_and_what_is_missing_is_named(ticket, type_form, agent):
    with pytest.raises(AnswersMissing, match=SINCE) as refusal:
        actions.set_type(ticket, type="complex", by=agent)

    ticket.refresh_from_db()
    assert (ticket.type, refusal.value.status) == ("incident", 409)
    assert "Complex" in refusal.value.message


def test_answers_to_something_else_are_refused(ticket, ask, type_form, agent, category):
    with pytest.raises(QuestionsChanged):
        actions.set_type(ticket, type="request", answers=check(type_form, {"since": "Nine"}), by=agent)  # fmt: skip
    ask(complex_type(), STANDSTILL[:1])
    with pytest.raises(QuestionsChanged):
        actions.set_type(ticket, type="complex", answers=check(type_form, {"since": "Nine"}), by=agent)  # fmt: skip
    assert ticket.events.count() == 1


def test_what_need_not_be_answered_holds_nothing_up(ticket, ask, agent):
    ask(complex_type(), STANDSTILL[1:])

    actions.set_type(ticket, type="complex", by=agent)

    assert not ticket.answers.exists()


def test_what_was_answered_at_an_earlier_time_still_counts(ticket, type_form, ask, agent):
    actions.set_type(ticket, type="complex", answers=check(type_form, {"since": "Nine"}), by=agent)
    actions.set_type(ticket, type="incident", by=agent)
    assert told(ticket) == [(SINCE, "Nine")]

    actions.set_type(ticket, type="complex", by=agent)
    actions.set_type(ticket, type="incident", by=agent)
    ask(complex_type(), [*STANDSTILL, {"key": "who", "kind": "text", "label": "Who?", "required": True}])  # fmt: skip

    with pytest.raises(AnswersMissing, match="Who"):
        actions.set_type(ticket, type="complex", by=agent)


def test_a_changed_form_leaves_old_answers_readable(brings, type_form, ask, make_ticket):
    ticket = make_ticket(type_answers=check(type_form, {"since": "Nine"}))

    ask(complex_type(), [{"key": "since", "kind": "number", "label": "For how many hours?"}])

    assert told(ticket) == [(SINCE, "Nine")]


# Correcting ------------------------------------------------------------------------------------------------


def test_they_are_corrected_beside_the_categorys(brings, ask, type_form, make_ticket, agent):
    form = ask(brings, ORDER[:1])
    ticket = make_ticket(
        answers=check(form, {"device": "Phone"}), type_answers=check(type_form, {"since": "Nine"})
    )

    actions.answer(ticket, answers=check(type_form, {"since": "Ten"}), by=agent)

    assert told(ticket) == [("Which device?", "Phone"), (SINCE, "Ten")]
    former = FormerAnswers.objects.get(ticket=ticket)
    assert (former.given, former.form) == ({"since": "Nine"}, type_form)


def test_what_another_type_asks_is_not_answered_here(ticket, type_form, agent):
    with pytest.raises(QuestionsChanged):
        actions.answer(ticket, answers=check(type_form, {"since": "Ten"}), by=agent)


def test_a_proposal_is_accepted_once_it_is_answered(ticket, type_form, agent):
    propose(ticket, type="complex", reasons=[{"why": "age", "days": 20}])
    row = Proposal.objects.get()

    with pytest.raises(AnswersMissing):
        accept_proposal(ticket, row.pk, by=agent)
    actions.set_type(ticket, type="complex", answers=check(type_form, {"since": "Nine"}), by=agent)

    row.refresh_from_db()
    assert row.state == Proposal.State.ACCEPTED
