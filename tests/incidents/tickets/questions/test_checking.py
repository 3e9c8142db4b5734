"""Which answers are taken: one check for pages, mail, API and bulk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.tickets.questions import WrongAnswers, check
from tests.conftest import make_person
from tests.incidents.forms import ORDER

pytestmark = pytest.mark.django_db


def one(kind, **more):
    return [{"key": "it", "kind": kind, "label": "It?", **more}]


def refused(form, raw, files=None):
    with pytest.raises(WrongAnswers) as wrong:
        check(form, raw, files)
    assert wrong.value.status == 422
    return wrong.value.errors


def test_answers_are_kept_as_plain_values_of_one_version(ask, category):
    form = ask(category)

    checked = check(form, {"device": "Laptop", "screens": "2.0", "day": "2027-03-01", "reason": " a\r\nb "})  # fmt: skip

    assert checked.form == form.pk
    assert checked.values == {"device": "Laptop", "screens": "2", "day": "2027-03-01", "reason": "a\nb"}  # fmt: skip


def test_what_is_not_asked_is_dropped_and_never_required(ask, category):
    checked = check(ask(category), {"device": "Phone", "screens": "many"})

    assert checked.values == {"device": "Phone"}


def test_what_is_missing_is_named_by_question(ask, category):
    assert refused(ask(category), {"device": "Laptop"}) == {"screens": ["Answer this question."]}


@pytest.mark.parametrize(
    ("kind", "more", "raw"),
    [
        ("text", {}, "x" * 1_001),
        ("text", {}, "nul \x00"),
        ("text", {}, {"a": 1}),
        ("text", {}, ["a"]),
        ("long_text", {}, "x" * 10_001),
        ("number", {}, "many"),
        ("number", {}, "1" * 16),
        ("number", {"minimum": "3"}, "2.9"),
        ("number", {"maximum": "3"}, "3.1"),
        ("date", {}, "1.3.2027"),
        ("choice", {"options": ["a", "b"]}, "c"),
        ("choice", {"options": ["a", "b"]}, ["a"]),
        ("choices", {"options": ["a", "b"]}, ["a", "c"]),
        ("choices", {"options": ["a", "b"]}, "a"),
        ("yes_no", {}, "maybe"),
        ("person", {}, "Nobody Here"),
        ("person", {}, 999_999),
        ("person", {}, "Ro"),
        ("service", {}, 999_999),
        ("service", {}, "x"),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_what_is_no_answer_is_refused(ask, category, kind, more, raw, required):
    form = ask(category, one(kind, required=required, **more))

    assert refused(form, {"it": raw}).keys() == {"it"}


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", ""), ("text", "  "), ("long_text", None), ("number", ""), ("date", ""), ("choice", ""), ("choices", []),
        ("choices", None), ("yes_no", None), ("yes_no", ""), ("person", ""), ("person", "  "), ("service", ""), ("service", None),
    ],
)  # fmt: skip
def test_what_is_required_must_be_answered_and_the_rest_may_be_left(ask, category, kind, raw):
    options = {"options": ["a", "b"]} if kind in {"choice", "choices"} else {}

    assert check(ask(category, one(kind, **options)), {"it": raw}).values == {}
    assert refused(ask(category, one(kind, required=True, **options)), {"it": raw}).keys() == {"it"}


def test_a_person_is_named_or_given_by_key(ask, category, other_requester):
    form = ask(category, one("person"))

    assert check(form, {"it": "mika thistle"}).values == {"it": other_requester.pk}
    assert check(form, {"it": other_requester.pk}).values == {"it": other_requester.pk}


def test_several_people_of_one_name_are_handed_back(ask, category, other_requester):
    namesake = make_person("Mika Thistlewood")

    with pytest.raises(WrongAnswers) as wrong:
        check(ask(category, one("person")), {"it": "Mika"})

    assert set(wrong.value.people["it"]) == {other_requester, namesake}


def test_yes_no_and_services_have_plain_values(ask, category, service):
    assert check(ask(category, one("yes_no")), {"it": "no"}).values == {"it": False}
    assert check(ask(category, one("yes_no", required=True)), {"it": False}).values == {"it": False}
    assert check(ask(category, one("service")), {"it": str(service.pk)}).values == {
        "it": service.pk
    }


def test_a_retired_service_is_not_offered(ask, category, service):
    service.is_retired = True
    service.save()

    assert refused(ask(category, one("service")), {"it": service.pk}).keys() == {"it"}


def test_files_come_apart_and_are_looked_at(ask, category):
    form = ask(category, one("file", required=True))

    checked = check(form, {}, {"it": [SimpleUploadedFile("plan.txt", b"wall")]})

    assert (checked.values, [one.name for one in checked.uploads["it"]]) == ({}, ["plan.txt"])
    assert refused(form, {}, {"it": [SimpleUploadedFile("virus.exe", b"MZ")]}).keys() == {"it"}
    assert refused(form, {}).keys() == {"it"}


def test_a_file_that_is_there_stays_unless_others_come(ask, category):
    form = ask(category, one("file", required=True))

    assert check(form, {}, kept={"it": [7]}).kept == {"it": [7]}
    assert check(form, {}, {"it": [SimpleUploadedFile("b.txt", b"b")]}, kept={"it": [7]}).kept == {}


def test_a_question_that_is_not_there_is_refused(ask, category):
    assert refused(ask(category), {"device": "Phone", "colour": "red"}).keys() == {"colour"}


def test_the_same_answers_have_the_same_mark(ask, category):
    form = ask(category, ORDER)

    marks = {
        check(form, {"device": "Phone", "reason": reason}).mark() for reason in ("a", "a", "b")
    }

    assert len(marks) == 2
