"""Which form a category asks, and what changing it leaves alone."""

import pytest

from accounts.errors import EditConflict, NotAllowed
from accounts.models import AdminChange
from incidents.tickets.actions.change_questions import NoForm, change_questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, QuestionForm
from incidents.tickets.questions import form_of
from tests.incidents.forms import ORDER


@pytest.fixture
def child(category):
    return Category.objects.create(name="At home", slug="at-home", parent=category)


def asked_by(category):
    return form_of(category, Tree.load())


def test_a_category_asks_what_the_nearest_one_above_asks(ask, category, child):
    assert asked_by(child) is None
    form = ask(category)
    assert asked_by(child) == form

    own = ask(child, ORDER[2:])
    assert (asked_by(child), asked_by(category)) == (own, form)


def test_an_empty_form_asks_nothing_whatever_stands_above(ask, category, child):
    ask(category)
    ask(child, [])

    assert asked_by(child) is None


def test_no_category_asks_nothing(ask, category):
    ask(category)

    assert asked_by(None) is None


def test_finding_the_form_is_one_query(ask, category, child, django_assert_num_queries):
    for length in (1, 2, 3):
        ask(category, ORDER[:length])
    tree = Tree.load()

    with django_assert_num_queries(1):
        assert form_of(child, tree).number == 3


def test_a_change_is_a_new_version_and_leaves_the_old_one(ask, category):
    first = ask(category)
    second = ask(category, ORDER[2:])

    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert len(first.questions) == 4


def test_the_same_again_makes_no_version(ask, category):
    assert ask(category) == ask(category)
    assert QuestionForm.objects.count() == 1


def test_the_log_of_administration_says_what_changed(ask, category):
    ask(category)
    ask(category, ORDER[2:])

    line = AdminChange.objects.latest("pk")
    assert (line.kind, line.object_id) == ("tickets.category", str(category.pk))
    assert len(line.before["questions"]) == 4
    assert line.after["questions"] == ["Needed when? [day: date]", "What for? [reason: long_text]"]
    assert "Only if “Which device?” is “Laptop”." in line.before["questions"][1]


def test_who_manages_no_categories_changes_no_form(category, agent, auditor):
    for person in (agent, auditor):
        with pytest.raises(NotAllowed):
            change_questions(category, [], by=person)


def test_questions_that_can_not_be_asked_are_refused_with_their_place(ask, category):
    with pytest.raises(NoForm) as no:
        ask(category, [ORDER[1]])
    assert no.value.problems[0].place == 0
    assert not QuestionForm.objects.exists()


def test_of_two_who_change_a_form_at_once_the_second_is_told(ask, category, admin):
    ask(category)

    with pytest.raises(EditConflict):
        change_questions(category, ORDER[2:], by=admin, expected=0)
    assert change_questions(category, ORDER[2:], by=admin, expected=1).number == 2
