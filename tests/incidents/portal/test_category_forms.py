"""Questions of a category on the form for reporting a problem: with and without script, changed meanwhile, as a draft."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.typed import mark
from incidents.tickets import questions
from incidents.tickets.models import Answers, Category, Draft, Ticket
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType
from tests.conftest import make_person
from tests.incidents.forms import ORDER

NEW = "/tickets/new/"
ASKED = "/tickets/new/questions/"
HTMX = {"HX-Request": "true"}
CHANGED = "changed while you were writing"


@pytest.fixture
def form(ask, category):
    return ask(category)


@pytest.fixture
def filled(form, report):
    """The report form with the questions of its category answered."""

    def fill(**answers):
        given = {"device": "Laptop", "screens": "2", "reason": "The old one hums.", **answers}
        return report(questions=form.pk, **{f"q-{key}": value for key, value in given.items()})

    return fill


def body(answer):
    return answer.content.decode()


def kept(answer, key):
    return answer.context["form"].questions.parts[0][key].value()


# Asking --------------------------------------------------------------------------------------------------


def test_the_questions_come_when_a_category_is_chosen(client_of, requester, form, category):
    page = body(client_of(requester).post(ASKED, {"category": category.pk}, headers=HTMX))

    assert "Which device?" in page
    assert f'name="questions" value="{form.pk}"' in page
    assert "Only if “Which device?” is “Laptop”." in page
    assert "There are 4 more questions below." in page


def test_answers_to_the_same_questions_stay(client_of, requester, form, ask, other_category):
    ask(other_category, [*ORDER[:1], {"key": "room", "kind": "text", "label": "Room"}])

    answer = client_of(requester).post(
        ASKED, {"category": other_category.pk, "questions": form.pk, "q-device": "Phone", "q-reason": "x"}
    )  # fmt: skip

    asked = answer.context["asking"].questions.parts[0]
    assert (asked["device"].value(), asked["room"].value()) == ("Phone", None)


@pytest.mark.parametrize("chosen", ["", "x", "999999", "²"])
def test_no_category_asks_nothing(client_of, requester, form, chosen):
    page = client_of(requester).get(ASKED, {"category": chosen})

    assert page.status_code == 200
    assert "data-question=" not in body(page)


def test_a_link_with_a_category_brings_its_questions(client_of, requester, form):
    assert "Which device?" in body(client_of(requester).get(f"{NEW}?category=vpn"))


def test_without_script_a_button_shows_the_questions_and_keeps_what_was_typed(
    client_of, requester, form, report
):
    answer = client_of(requester).post(NEW, report(show="questions", title="Half a title"))

    page = body(answer)
    assert answer.status_code == 200
    assert "Which device?" in page
    assert 'value="Half a title"' in page
    assert "fb-errsum" not in page
    assert "We kept what you typed" not in page
    assert not Ticket.objects.exists()


# Answering -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_answers_are_filed_with_the_ticket(client_of, requester, filled, form, headers):
    client_of(requester).post(NEW, filled(), headers=headers)

    answers = Ticket.objects.get().answers.get()
    assert answers.form == form
    assert answers.given == {"device": "Laptop", "screens": "2", "reason": "The old one hums."}


def test_what_is_hidden_is_dropped(client_of, requester, filled):
    client_of(requester).post(NEW, filled(device="Phone", screens="forged"))

    assert "screens" not in Ticket.objects.get().answers.get().given


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_missing_is_said_at_the_question_and_on_top(client_of, requester, filled, headers):
    answer = client_of(requester).post(NEW, filled(screens=""), headers=headers)

    page = body(answer)
    assert answer.status_code == 422
    assert 'href="#id_q-screens"' in page
    assert 'id="id_q-screens_error"' in page
    assert page.count("Answer this question.") == 2
    assert "The old one hums." in page
    assert not Ticket.objects.exists()


def test_both_kinds_of_errors_are_told_at_once(client_of, requester, filled):
    answer = client_of(requester).post(NEW, filled(screens="9") | {"title": ""})

    assert set(answer.context["form"].errors) == {"title", "q-screens"}
    assert "There’s a problem with 2 answers" in body(answer)


def test_files_of_a_question_come_with_the_ticket(client_of, requester, ask, category, report):
    form = ask(category, [{"key": "plan", "kind": "file", "label": "Plan", "required": True}])
    client = client_of(requester)
    sent = report(questions=form.pk)

    assert client.post(NEW, sent).status_code == 422
    client.post(NEW, {**sent, "q-plan": [SimpleUploadedFile("plan.txt", b"x")]})

    ticket = Ticket.objects.get()
    assert ticket.answers.get().given == {"plan": [ticket.attachments.get().pk]}
    assert "plan.txt" in body(client.get(ticket.get_absolute_url()))


def test_a_person_is_named_and_several_of_the_name_are_offered(
    client_of, requester, other_requester, ask, category, report
):
    form = ask(category, [{"key": "boss", "kind": "person", "label": "Who agreed?"}])
    namesake = make_person("Mika Thistlewood")
    sent = report(questions=form.pk, **{"q-boss": "Mika"})
    client = client_of(requester)

    answer = client.post(NEW, sent)
    assert answer.status_code == 422
    assert "Mika Thistlewood" in body(answer)
    assert namesake.email not in body(answer)
    client.post(NEW, {**sent, "q-boss-pk": namesake.pk})

    assert Ticket.objects.get().answers.get().given == {"boss": namesake.pk}


def test_the_picker_looks_for_people_under_the_questions_name(
    client_of, requester, other_requester
):
    found = client_of(requester).get("/people/lookup/", {"q-boss": "Mika"}, headers=HTMX)

    assert "Mika Thistle" in body(found)


def test_the_requester_reads_the_answers_on_the_ticket(client_of, requester, filled):
    client = client_of(requester)
    client.post(NEW, filled())

    page = body(client.get(Ticket.objects.get().get_absolute_url()))
    assert "Which device?" in page
    assert "The old one hums." in page


# Changed meanwhile -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_form_that_changed_meanwhile_comes_back_with_the_new_questions_and_the_old_answers(
    client_of, requester, filled, ask, category, headers
):
    new = ask(category, [{**ORDER[0], "label": "Which machine?"}, ORDER[3], {"key": "room", "kind": "text", "label": "Room", "required": True}])  # fmt: skip

    answer = client_of(requester).post(NEW, filled(), headers=headers)

    page = body(answer)
    assert answer.status_code == 422
    assert CHANGED in page
    assert "Which machine?" in page
    assert f'name="questions" value="{new.pk}"' in page
    assert (kept(answer, "device"), kept(answer, "reason")) == ("Laptop", "The old one hums.")
    assert "VPN keeps dropping" in page
    assert "Answer this question." not in page
    assert not Ticket.objects.exists()


def test_what_is_not_asked_any_more_is_shown_to_be_copied(
    client_of, requester, filled, ask, category
):
    ask(category, ORDER[:2])

    answer = client_of(requester).post(NEW, filled())

    lost = answer.context["form"].lost
    assert [(one.label, one.text) for one in lost] == [("What for?", "The old one hums.")]
    assert "These are not asked any more" in body(answer)


def test_an_option_that_is_gone_is_shown_too(client_of, requester, filled, ask, category):
    ask(category, [{**ORDER[0], "options": ["Tablet", "Phone"]}, *ORDER[2:]])

    answer = client_of(requester).post(NEW, filled())

    assert [one.text for one in answer.context["form"].lost] == ["Laptop", "2"]
    assert kept(answer, "reason") == "The old one hums."


def test_nothing_is_lost_where_nothing_is_asked_any_more(
    client_of, requester, filled, ask, category
):
    ask(category, [])

    answer = client_of(requester).post(NEW, filled())

    assert answer.status_code == 422
    assert CHANGED in body(answer)
    assert "The old one hums." in body(answer)


def test_sending_again_files_one_ticket(client_of, requester, filled, ask, category):
    new = ask(category, ORDER[:2])
    client = client_of(requester)
    client.post(NEW, filled() | {"key": "once"})

    for _ in range(2):
        client.post(NEW, filled() | {"questions": new.pk, "key": "once"})

    assert Answers.objects.get().ticket == Ticket.objects.get()


def test_who_chose_a_category_without_script_is_asked_before_it_is_filed(client_of, requester, form, report):  # fmt: skip
    answer = client_of(requester).post(NEW, report())

    page = body(answer)
    assert answer.status_code == 422
    assert "We need a little more" in page
    assert CHANGED not in page
    assert "Which device?" in page


def test_answers_for_another_category_are_no_answers(
    client_of, requester, filled, ask, other_category
):
    ask(other_category, ORDER[:1])

    answer = client_of(requester).post(NEW, filled() | {"category": other_category.pk})

    assert answer.status_code == 422
    assert kept(answer, "device") == "Laptop"


@pytest.mark.parametrize("version", ["x", "-1", "9" * 30, "²", "0"])
def test_a_forged_version_asks_again(client_of, requester, filled, version):
    assert client_of(requester).post(NEW, filled() | {"questions": version}).status_code == 422


def test_a_category_below_asks_what_stands_above(client_of, requester, filled, category):
    child = Category.objects.create(name="At home", slug="at-home", parent=category)

    client_of(requester).post(NEW, filled() | {"category": child.pk})

    assert Ticket.objects.get().answers.get().given["device"] == "Laptop"


# Kept for later --------------------------------------------------------------------------------------------


def test_a_draft_keeps_the_answers_with_all_ticked_boxes(
    client_of, requester, ask, category, report
):
    form = ask(category, [
        {"key": "parts", "kind": "choices", "label": "Parts", "options": ["Dock", "Screen", "Mouse"]},
        {"key": "boss", "kind": "person", "label": "Who agreed?"},
        {"key": "remote", "kind": "yes_no", "label": "From home?"},
    ])  # fmt: skip
    client = client_of(requester)
    client.post("/drafts/new-ticket/", report(questions=form.pk, **{"q-parts": ["Dock", "Mouse"], "q-boss": "Mika", "q-boss-pk": "7", "q-remote": "no"}))  # fmt: skip

    answer = client.get(NEW)

    page = body(answer)
    assert kept(answer, "parts") == ["Dock", "Mouse"]
    assert (
        page.count("checked") == 5
    )  # two boxes, “No”, and the two choices that begin with an answer
    assert 'value="Mika"' in page
    assert 'name="q-boss-pk" value="7"' in page
    assert Draft.objects.get().text["q-parts"] == ["Dock", "Mouse"]


def test_a_draft_shows_what_is_not_asked_any_more(client_of, requester, filled, ask, category):
    client = client_of(requester)
    client.post("/drafts/new-ticket/", filled())
    ask(category, ORDER[:2])

    page = body(client.get(NEW))

    assert "These are not asked any more" in page
    assert "The old one hums." in page


def test_answers_sent_after_the_session_ended_wait_for_the_sign_in(
    client, requester, filled, settings
):
    client.post(NEW, filled(kept_for="") | {"kept_for": mark(requester.pk, "new-ticket")})
    client.force_login(requester, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert kept(client.get(NEW), "reason") == "The old one hums."
    assert not Ticket.objects.exists()


def test_a_default_stands_there_until_it_is_answered(client_of, requester, ask, category, report):
    form = ask(category, [{"key": "reason", "kind": "text", "label": "Why?", "default": "Because"}])
    client = client_of(requester)

    assert kept(client.get(f"{NEW}?category=vpn"), "reason") == "Because"
    answer = client.post(NEW, report(questions=form.pk, title="", **{"q-reason": ""}))
    assert kept(answer, "reason") == ""


# Costs -------------------------------------------------------------------------------------------------------


def test_many_questions_cost_no_more_queries(client_of, requester, ask, category, report, request, django_assert_max_num_queries):  # fmt: skip
    form = ask(
        category, [{"key": f"k{n}", "kind": "text", "label": f"Question {n}"} for n in range(40)]
    )
    request.getfixturevalue("warm")
    client = client_of(requester)
    client.get("/")

    with django_assert_max_num_queries(28):
        sent = report(questions=form.pk, **{f"q-k{n}": "x" for n in range(40)})
        assert client.post(NEW, sent).status_code == 302
    assert len(questions.shown(Ticket.objects.get())) == 40


# What the type asks -------------------------------------------------------------------------------------


def test_a_category_that_brings_a_type_asks_what_that_asks_too(client_of, requester, ask, brings):
    ask(brings)

    page = body(client_of(requester).post(ASKED, {"category": brings.pk}, headers=HTMX))

    assert page.index("Which device?") < page.index("Since when does it stand still?")
    assert "There are 6 more questions below." in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_answers_to_both_are_filed(client_of, requester, brings, type_form, filled, headers):
    client = client_of(requester)
    missing = client.post(NEW, filled(), headers=headers)
    assert missing.status_code == 422
    assert "We need a little more for this." in body(missing)

    client.post(
        NEW, {**filled(), "type-questions": type_form.pk, "qt-since": "Nine"}, headers=headers
    )

    ticket = Ticket.objects.get()
    assert [one.text for one in questions.shown(ticket)][-2:] == ["The old one hums.", "Nine"]
    page = body(client.get(f"/tickets/{ticket.ref}/"))
    assert "Since when does it stand still?" in page


def test_a_type_that_asks_otherwise_by_now_asks_again(
    client_of, requester, brings, type_form, ask, report
):
    ask(type_form.type, [{"key": "who", "kind": "text", "label": "Who knows?"}])

    answer = client_of(requester).post(
        NEW, report(**{"type-questions": type_form.pk, "qt-since": "Nine"})
    )

    assert answer.status_code == 422
    assert CHANGED in body(answer)
    assert [one.text for one in answer.context["form"].lost] == ["Nine"]
    assert "Who knows?" in body(answer)


def test_nobody_chooses_a_type_that_is_for_others_to_set(client_of, requester, category, ask):
    major = IncidentType.objects.get(slug="major")
    major.set_by = "team.lead"
    major.save()
    rulebook.renew()
    ask(major, [{"key": "who", "kind": "text", "label": "Who leads?"}])

    page = body(client_of(requester).post(ASKED, {"category": category.pk, "type": "major"}))

    assert "Who leads?" not in page
