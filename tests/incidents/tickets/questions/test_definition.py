"""What a form may be, and which of its questions are asked."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.tickets.questions.definition import WrongForm, asked, parse
from incidents.tickets.questions.fields import glances
from incidents.tickets.questions.values import canonical_date, canonical_number
from tests.incidents.forms import ORDER
from tests.incidents.tickets.questions.cases import CASES, CHAIN, CHAINED, FORM, form


def keys_asked(stored, answers):
    questions = parse(stored)
    return [one.key for one in asked(questions, glances(questions, answers, {}))]


def problems_of(stored):
    with pytest.raises(WrongForm) as wrong:
        parse(stored)
    return {(problem.place, problem.field) for problem in wrong.value.problems}


TEXT = {"key": "why", "kind": "text", "label": "Why?"}
PICK = {"key": "device", "kind": "choice", "label": "Device", "options": ["Laptop", "Phone"]}


@pytest.mark.parametrize(("condition", "answers", "is_asked"), CASES)
def test_a_condition_decides_whether_a_question_is_asked(condition, answers, is_asked):
    assert ("last" in keys_asked(form(condition), answers)) is is_asked


@pytest.mark.parametrize(("answers", "expected"), CHAINED)
def test_what_is_not_asked_counts_as_not_answered(answers, expected):
    assert keys_asked(CHAIN, answers) == expected


@pytest.mark.parametrize("stored", [[], FORM, ORDER, CHAIN, form(CASES[-1][0])])
def test_a_form_survives_writing_and_reading(stored):
    questions = parse(stored)

    assert parse([question.to_json() for question in questions]) == questions


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "Why"}, "key"),
        ({"key": "1"}, "key"),
        ({"key": "x" * 41}, "key"),
        ({"key": None}, "key"),
        ({"kind": "colour"}, "kind"),
        ({"label": " "}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"label": 1}, "label"),
        ({"help": "x" * 501}, "help"),
        ({"options": ["a", "b"]}, "options"),
        ({"minimum": "1"}, "minimum"),
        ({"kind": "number", "minimum": "many"}, "minimum"),
        ({"kind": "number", "minimum": "3", "maximum": "2"}, "maximum"),
        ({"kind": "number", "default": "many"}, "default"),
        ({"kind": "date", "default": "soon"}, "default"),
        ({"kind": "person", "default": 1}, "default"),
        ({"kind": "choice"}, "options"),
        ({"kind": "choice", "options": ["one"]}, "options"),
        ({"kind": "choice", "options": ["a", " a"]}, "options"),
        ({"kind": "choice", "options": [str(n) for n in range(101)]}, "options"),
        ({"kind": "choice", "options": ["a", "b"], "default": "c"}, "default"),
        ({"kind": "choices", "options": ["a", "b"], "default": ["a", "c"]}, "default"),
        ({"colour": "red"}, ""),
    ],
)
def test_what_is_wrong_with_a_question_is_said_with_its_place(change, field):
    assert (1, field) in problems_of([PICK, {**TEXT, **change}])


@pytest.mark.parametrize(
    "condition",
    [
        {"question": "why", "is": "x"},
        {"question": "later", "is": "x"},
        {"question": "gone", "is": "x"},
        {"question": "", "is": "x"},
        {"question": "device", "is": "Tablet"},
        {"question": "device", "has": "Laptop"},
        {"question": "device", "is": True},
        {"question": "device", "above": "Laptop"},
        {"question": "device", "is": "Laptop", "is_not": "Phone"},
        {"all": []},
        {"all": "x"},
        {"any": [{"question": "device"}]},
        {"all": [{"any": [{"all": [{"any": [{"question": "device", "is": "Laptop"}]}]}]}]},
        {"all": [{"question": "device", "is": "Laptop"}] * 21},
        "device",
        [],
    ],
)
def test_a_condition_that_can_not_be_asked_is_refused(condition):
    later = {"key": "later", "kind": "text", "label": "Later"}

    assert (1, "show_when") in problems_of([PICK, {**TEXT, "show_when": condition}, later])


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        "[]",
        [TEXT | {"key": f"k{n}"} for n in range(41)],
        [{"key": f"k{n}", "kind": "file", "label": "F"} for n in range(4)],
        [{"key": f"k{n}", "kind": "choices", "label": "C", "options": [str(x) for x in range(100)]} for n in range(4)],
    ],
)  # fmt: skip
def test_a_form_has_limits(stored):
    assert (-1, "") in problems_of(stored)


def test_a_key_stands_for_one_question():
    assert problems_of([TEXT, TEXT]) == {(1, "key")}


def test_every_problem_is_told_at_once():
    assert problems_of([{"key": "a"}, 7]) == {(0, "kind"), (0, "label"), (1, "")}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["key", "kind", "label", "all", "any", "question", "is", "show_when", "options"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # of a busy machine it says nothing
@given(stored=st.lists(json, max_size=4))
def test_nothing_that_is_stored_breaks_reading(stored):
    try:
        parse(stored)
    except WrongForm as wrong:
        assert wrong.problems  # noqa: PT017 (either way is right)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", "1"), ("1,5", "1.5"), (" 007 ", "7"), ("1e3", "1000"), ("-0.0", "0"), ("", None), ("x", None),
        ("nan", None), ("inf", None), ("1e999999999", None), ("1e-999999999", None), ("1_000", None), ("١", None),
        ("1234567890123456", None), ("0.0000001", None), (True, None), (None, None), (3, "3"), (2.5, "2.5"),
    ],
)  # fmt: skip
def test_a_number_is_written_one_way(text, number):
    assert canonical_number(text) == number


@pytest.mark.parametrize("text", ["", "1.3.2027", "2027-13-01", "2027-W01-1", "20270301", None, 7])
def test_only_a_day_is_a_day(text):
    assert canonical_date(text) is None
