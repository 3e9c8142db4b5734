"""Answers to the questions of a category: given with a ticket, corrected later."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.errors import EditConflict, KeyReused, NotAllowed
from incidents.tickets import actions, questions, search
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Answers, FormerAnswers, Ticket
from incidents.tickets.questions import QuestionsChanged, check
from incidents.tickets.rebuild import compare, rebuild
from tests.incidents.forms import ORDER

PROOF = {"key": "proof", "kind": "file", "label": "A picture"}


@pytest.fixture
def form(ask, category):
    return ask(category, [*ORDER, PROOF])


@pytest.fixture
def asked(form, make_ticket):
    return make_ticket(answers=check(form, {"device": "Phone", "reason": "The heron ate it."}))


def text(name="plan.txt", content=b"wall"):
    return SimpleUploadedFile(name, content)


def told(ticket):
    return [(given.label, given.text) for given in questions.shown(ticket)]


# Filing ----------------------------------------------------------------------------------------------------


def test_answers_are_kept_with_the_version_that_was_asked(asked, form):
    row = asked.answers.get()

    assert (row.form, row.given) == (form, {"device": "Phone", "reason": "The heron ate it."})
    event = asked.events.get(kind=Kind.FILED)
    assert event.data["form"] == form.pk
    assert "heron" not in str(event.data)


def test_files_of_questions_come_with_the_description(form, make_ticket):
    given = check(form, {"device": "Phone"}, {"proof": [text("a.txt"), text("b.txt", b"b")]})

    ticket = make_ticket(answers=given)

    files = list(ticket.attachments.order_by("pk"))
    assert [file.name for file in files] == ["a.txt", "b.txt"]
    assert ticket.answers.get().given["proof"] == [file.pk for file in files]
    assert ticket.file_count == 2
    assert {file.message.kind for file in files} == {"description"}
    assert [file.name for file in questions.shown(ticket)[1].files] == ["a.txt", "b.txt"]


def test_a_category_that_asks_takes_no_ticket_without_answers(form, make_ticket):
    with pytest.raises(QuestionsChanged):
        make_ticket()
    assert not Ticket.objects.exists()


def test_answers_to_an_older_version_are_refused(form, ask, category, make_ticket):
    given = check(form, {"device": "Phone"})
    ask(category, ORDER)

    with pytest.raises(QuestionsChanged) as changed:
        make_ticket(answers=given)
    assert "changed while you were writing" in changed.value.message
    assert not Answers.objects.exists()


def test_answers_to_a_form_that_asks_nothing_any_more_are_refused(form, ask, category, make_ticket):
    given = check(form, {"device": "Phone"})
    ask(category, [])

    with pytest.raises(QuestionsChanged):
        make_ticket(answers=given)


def test_imports_know_no_questions(form, make_ticket):
    assert make_ticket(origin=Ticket.Origin.IMPORT).pk


def test_sent_twice_is_one_ticket_and_other_answers_are_another_thing(form, make_ticket):
    same = [make_ticket(answers=check(form, {"device": "Phone"}), key="k") for _ in range(2)]
    assert same[0] == same[1]

    with pytest.raises(KeyReused):
        make_ticket(answers=check(form, {"device": "Laptop", "screens": "1"}), key="k")


# Reading ---------------------------------------------------------------------------------------------------


def test_old_answers_stay_readable_as_they_were(asked, ask, category):
    ask(category, [{"key": "device", "kind": "text", "label": "Other words"}])

    assert told(asked) == [("Which device?", "Phone"), ("What for?", "The heron ate it.")]


def test_every_kind_is_told_in_words(ask, category, make_ticket, service, other_requester):
    kinds = {
        "number": "1234.5", "date": "2027-03-01", "choices": ["a", "b"], "yes_no": False, "person": other_requester.pk,
        "service": service.pk, "text": "<b>",
    }  # fmt: skip
    form = ask(category, [
        {"key": kind, "kind": kind, "label": kind, **({"options": ["a", "b"]} if kind == "choices" else {})}
        for kind in kinds
    ])  # fmt: skip

    assert dict(told(make_ticket(answers=check(form, kinds)))) == {
        "number": "1234.5", "date": "1 March 2027", "choices": "a, b", "yes_no": "No", "person": "Mika Thistle",
        "service": "VPN access", "text": "<b>",
    }  # fmt: skip


def test_answers_are_read_with_few_queries(asked, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        questions.shown(asked)


def test_what_was_answered_is_found_on_the_desk(asked, agent, form):
    assert [hit.pk for hit in search.find("heron", user=agent).hits] == [asked.pk]

    search.bulk_index([asked.pk])
    assert [hit.pk for hit in search.find("heron phone", user=agent).hits] == [asked.pk]
    actions.answer(asked, answers=check(form, {"device": "Phone", "reason": "A badger."}), by=agent)
    assert search.find("heron", user=agent).hits == ()
    assert [hit.pk for hit in search.find("badger dropping", user=agent).hits] == [asked.pk]


# Correcting -------------------------------------------------------------------------------------------------


def test_an_agent_corrects_answers_and_the_former_ones_stay_readable(asked, form, agent):
    actions.answer(asked, answers=check(form, {"device": "Laptop", "screens": "2"}), by=agent)

    assert told(asked) == [("Which device?", "Laptop"), ("How many screens?", "2")]
    (former,) = questions.former(asked)
    assert former.by == agent
    assert [given.text for given in former.answers] == ["Phone", "The heron ate it."]


def test_the_log_names_the_questions_and_not_the_answers(asked, form, agent):
    actions.answer(asked, answers=check(form, {"device": "Laptop", "screens": "2"}), by=agent)

    event = asked.events.get(kind=Kind.ANSWERED)
    assert (event.is_public, event.actor) == (False, agent)
    assert event.data == {"form": form.pk, "changed": ["device", "reason", "screens"]}


def test_the_same_answers_again_record_nothing(asked, form, agent):
    same = check(form, {"device": "Phone", "reason": "The heron ate it."})
    actions.answer(asked, answers=same, by=agent)

    assert not asked.events.of_kind(Kind.ANSWERED).exists()
    assert not FormerAnswers.objects.exists()


def test_answers_can_be_added_after_the_category_changed(
    asked,
    ask,
    other_category,
    agent,
):
    actions.categorise(asked, category=other_category, by=agent)
    new = ask(other_category, [{"key": "room", "kind": "text", "label": "Room"}])
    with pytest.raises(QuestionsChanged):
        actions.answer(
            asked, answers=check(asked.answers.get().form, {"device": "Phone"}), by=agent
        )

    actions.answer(asked, answers=check(new, {"room": "2.14"}), by=agent)

    assert told(asked) == [("Room", "2.14")]


def test_a_ticket_without_answers_gets_them(form, make_ticket, agent):
    ticket = make_ticket(origin=Ticket.Origin.IMPORT)

    actions.answer(ticket, answers=check(form, {"device": "Phone"}), by=agent)

    assert told(ticket) == [("Which device?", "Phone")]


def test_new_files_replace_the_old_answer_and_the_log_counts_them(form, make_ticket, agent):
    ticket = make_ticket(answers=check(form, {"device": "Phone"}, {"proof": [text("a.txt")]}))
    new = check(form, {"device": "Phone"}, {"proof": [text("b.txt", b"b")]})

    actions.answer(ticket, answers=new, by=agent)

    assert [file.name for file in questions.shown(ticket)[1].files] == ["b.txt"]
    ticket.refresh_from_db()
    assert (ticket.file_count, compare(ticket, rebuild(ticket))) == (2, [])


def test_files_stay_where_none_are_sent(form, make_ticket, agent):
    ticket = make_ticket(answers=check(form, {"device": "Phone"}, {"proof": [text("a.txt")]}))
    kept = {"proof": ticket.answers.get().given["proof"]}

    actions.answer(
        ticket, answers=check(form, {"device": "Phone", "reason": "x"}, kept=kept), by=agent
    )

    assert [given.label for given in questions.shown(ticket)] == [
        "Which device?",
        "What for?",
        "A picture",
    ]


def test_who_does_not_work_on_it_changes_no_answers(asked, form, requester, other_agent, auditor):
    for person in (requester, other_agent, auditor):
        with pytest.raises(NotAllowed):
            actions.answer(asked, answers=check(form, {"device": "Phone"}), by=person)


def test_a_closed_ticket_keeps_its_answers(asked, form, agent, requester):
    actions.resolve(asked, "Done.", code="fixed", by=agent)
    actions.confirm(asked, by=requester)

    with pytest.raises(IllegalTransition):
        actions.answer(asked, answers=check(form, {"device": "Phone"}), by=agent)


def test_of_two_who_change_answers_at_once_the_second_is_told(asked, form, agent, lead):
    seen = asked.version
    actions.answer(asked, answers=check(form, {"device": "Laptop", "screens": "1"}), by=lead)

    with pytest.raises(EditConflict):
        actions.answer(asked, answers=check(form, {"device": "Phone"}), by=agent, expected=seen)
