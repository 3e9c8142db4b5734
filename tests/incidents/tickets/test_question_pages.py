"""The editor of a category's questions over HTTP: every step an ordinary request, nothing stored before it is saved."""

import json

import pytest
from django.test import Client

from accounts import typed
from accounts.models import AdminChange, Role
from incidents.tickets.models import Category, QuestionForm
from incidents.workflow.models import IncidentType
from tests.conftest import make_person
from tests.incidents.forms import ORDER

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(admin, client_of):
    return client_of(admin)


@pytest.fixture
def url(category):
    return f"/admin/forms/{category.pk}/"


def draft(entries, **more):
    return {"questions": json.dumps(entries), "expected": "0", **more}


def opened(entries, place, **typed):
    """The page with one question open, as the browser sends it."""
    entry = entries[place]
    fields = {"label": entry["label"], "kind": entry["kind"], "help": "", "default": ""}
    return draft(entries, open=str(place), **{**fields, **typed})


def entries_of(answer):
    return answer.context["draft"].entries


def body(answer):
    return answer.content.decode()


PICK = {"key": "device", "kind": "choice", "label": "Device", "options": ["Laptop", "Phone"]}
WHY = {"key": "why", "kind": "text", "label": "Why?"}
NOTHING = {"key": "", "kind": "text", "label": ""}


# Opening ---------------------------------------------------------------------------------------------------


def test_the_list_names_categories_with_forms_and_who_asks_the_same(client, ask, category):
    Category.objects.create(name="At home", slug="at-home", parent=category)
    ask(category)

    page = body(client.get("/admin/forms/"))

    assert f'href="/admin/forms/{category.pk}/"' in page
    assert "4 questions" in page
    assert "Also asked in: At home" in page
    assert "Alex Heron" in page


def test_a_form_is_chosen_from_the_list_or_reached_from_its_category(client, category, url):
    assert client.get("/admin/forms/choice/", {"category": category.pk}).url == url
    assert url in body(client.get(f"/admin/categories/?at={category.pk}"))


def test_it_opens_with_the_present_version(client, ask, category, url):
    ask(category)

    page = client.get(url)

    assert entries_of(page) == QuestionForm.objects.get().questions
    assert "Only if “Which device?” is “Laptop”." in body(page)


def test_a_category_says_whose_form_it_uses_and_can_start_from_it(client, ask, category):
    child = Category.objects.create(name="At home", slug="at-home", parent=category)
    ask(category)

    page = client.get(f"/admin/forms/{child.pk}/")
    assert "This category asks what “VPN” above it asks" in body(page)
    assert entries_of(page) == []
    assert len(entries_of(client.get(f"/admin/forms/{child.pk}/?from=above"))) == 4


@pytest.mark.parametrize("path", ["999999/", "999999/versions/1/", "choice/?category=x", "choice/?category=999999"])  # fmt: skip
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(f"/admin/forms/{path}").status_code == 404


def test_who_reads_the_audit_reads_forms_and_changes_none(client_of, auditor, ask, category, url):
    ask(category)
    reader = client_of(auditor)

    page = body(reader.get(url))
    assert "Which device?" in page
    assert "Save form" not in page
    for step in ("draft/", "preview/", "versions/"):
        assert reader.post(f"{url}{step}", draft([WHY])).status_code == 403


# Steps ---------------------------------------------------------------------------------------------------------


def test_a_question_is_added_and_opened(client, url):
    answer = client.post(f"{url}draft/", draft([PICK], do="add", new="number"))

    assert answer.status_code == 200
    assert [entry["kind"] for entry in entries_of(answer)] == ["choice", "number"]
    assert answer.context["draft"].opened == 1
    assert 'data-focus="id_label"' in body(answer)
    assert not QuestionForm.objects.exists()


def test_what_is_typed_is_kept_and_the_question_gets_a_key_for_ever(client, url):
    answer = client.post(
        f"{url}draft/",
        opened([NOTHING], 0, label="Which device?", kind="choice", options="Laptop\n\nPhone\n", required="1"),
    )  # fmt: skip
    first = entries_of(answer)[0]
    assert (first["key"], first["options"], first["required"]) == ("which_device", ["Laptop", "Phone"], True)  # fmt: skip

    again = client.post(f"{url}draft/", opened([first], 0, label="Which machine?", options="a\nb"))
    assert (entries_of(again)[0]["key"], entries_of(again)[0]["label"]) == ("which_device", "Which machine?")  # fmt: skip


@pytest.mark.parametrize(
    ("label", "key"),
    [("Why?", "why_2"), ("2nd screen", "q_2nd_screen"), ("屏幕", "q"), ("x" * 80, "x" * 36)],
)
def test_keys_are_made_of_the_words_and_taken_once(client, url, label, key):
    answer = client.post(f"{url}draft/", opened([WHY, NOTHING], 1, label=label))

    assert entries_of(answer)[1]["key"] == key


@pytest.mark.parametrize(
    ("step", "order"),
    [
        ("up:1", ["why", "device"]),
        ("down:0", ["why", "device"]),
        ("up:0", ["device", "why"]),
        ("down:1", ["device", "why"]),
        ("remove:0", ["why"]),
        ("remove:7", ["device", "why"]),
        ("up:x", ["device", "why"]),
        ("fly:1", ["device", "why"]),
    ],
)
def test_questions_are_moved_and_removed(client, url, step, order):
    answer = client.post(f"{url}draft/", draft([PICK, WHY], do=step))

    assert [entry["key"] for entry in entries_of(answer)] == order


def test_with_htmx_only_the_editor_comes_back(client, url):
    answer = client.post(f"{url}draft/", draft([PICK], do="open:0"), headers=HTMX)

    assert body(answer).strip().startswith("<form")
    assert 'name="options"' in body(answer)


def conditions(client, url, **typed):
    return client.post(f"{url}draft/", opened([PICK, WHY], 1, **typed))


def test_conditions_are_built_with_selects_and_nest(client, url):
    first = conditions(client, url, do="begin")
    assert entries_of(first)[1]["show_when"] == {"all": [{"question": "device", "is": "Laptop"}]}

    sent = {"c:op": "all", "c:n": "1", "c-0:q": "device", "c-0:is": "is", "c-0:v": "Phone"}
    nested = conditions(client, url, do="group:c", **sent)
    assert entries_of(nested)[1]["show_when"] == {
        "all": [{"question": "device", "is": "Phone"}, {"any": [{"question": "device", "is": "Laptop"}]}]
    }  # fmt: skip

    sent |= {"c:n": "2", "c-1:op": "any", "c-1:n": "1", "c-1-0:q": "device", "c-1-0:is": "empty"}
    more = conditions(client, url, do="part:c-1", **sent)
    group = entries_of(more)[1]["show_when"]["all"][1]
    assert group == {"any": [{"question": "device", "is": None}, {"question": "device", "is": "Laptop"}]}  # fmt: skip


def test_taking_the_last_condition_away_asks_always(client, url):
    sent = {"c:op": "all", "c:n": "1", "c-0:op": "any", "c-0:n": "1", "c-0-0:q": "device", "c-0-0:is": "is", "c-0-0:v": "Phone"}  # fmt: skip

    answer = conditions(client, url, do="drop:c-0-0", **sent)

    assert entries_of(answer)[1]["show_when"] is None


def test_another_question_to_look_at_brings_its_own_comparisons(client, url):
    several = {"key": "parts", "kind": "choices", "label": "Parts", "options": ["Dock"]}
    sent = {"c:op": "all", "c:n": "1", "c-0:q": "parts", "c-0:is": "is", "c-0:v": "Laptop"}

    answer = client.post(f"{url}draft/", opened([PICK, several, WHY], 2, **sent))

    assert entries_of(answer)[2]["show_when"] == {"all": [{"question": "parts", "has": "Dock"}]}


@pytest.mark.parametrize(
    "sent",
    [
        {"questions": "x"}, {"questions": "7"}, {"questions": "[7]"}, {"questions": "[" * 5000}, {"open": "99"}, {"open": "x"},
        {"questions": '[{"options": 7, "show_when": 7, "default": {}}]', "open": "0"},
        {"questions": '[{"show_when": {"all": {"all": 7}}}]', "open": "0", "do": "part:c-0-0"},
        {"questions": '[{"show_when": ' + '{"all": [' * 200 + "]}" * 200 + "}]", "open": "0"},
        {"open": "0", "questions": "[{}]", "label": "x", "kind": "x", "c:op": "all", "c:n": "999999999999", "c-0:op": "all"},
        {"do": "drop:c"}, {"do": "group:" + "c-0" * 50},
    ],
)  # fmt: skip
def test_forged_drafts_break_nothing(client, url, sent):
    for step in ("draft/", "preview/", "versions/"):
        assert client.post(f"{url}{step}", sent).status_code in {200, 302, 422}


# Preview -------------------------------------------------------------------------------------------------------


def test_the_preview_is_what_employees_get(client, url):
    page = body(client.post(f"{url}preview/", draft(ORDER), headers=HTMX))

    assert page.strip().startswith('<div id="questions"')
    assert "How many screens?" in page


def test_what_is_not_complete_yet_is_left_out_with_what_looks_at_it(client, url):
    looks = {**WHY, "show_when": {"question": "device", "is": "Laptop"}}

    page = body(client.post(f"{url}preview/", draft([{**PICK, "label": ""}, looks, {**WHY, "key": "b"}])))  # fmt: skip

    assert page.count("data-question=") == 1


def test_without_script_it_is_a_page_of_its_own(client, url):
    page = body(client.post(f"{url}preview/", draft(ORDER)))

    assert "What “VPN” asks" in page
    assert "portal.css" in page


# Saving --------------------------------------------------------------------------------------------------------


def test_saving_makes_a_version_and_a_line_in_the_log(client, url, category, admin):
    answer = client.post(f"{url}versions/", draft(ORDER))

    form = QuestionForm.objects.get()
    assert answer.url == url
    assert (form.category, form.number, form.made_by, len(form.questions)) == (
        category,
        1,
        admin,
        4,
    )
    assert AdminChange.objects.latest("pk").label == "VPN"
    assert "Saved as version 1." in body(client.get(url))


def test_with_htmx_the_browser_is_sent_to_the_saved_form(client, url):
    answer = client.post(f"{url}versions/", draft(ORDER), headers=HTMX)

    assert answer.headers["HX-Redirect"] == url


def test_what_was_typed_into_the_open_question_is_saved_too(client, url):
    client.post(f"{url}versions/", opened([NOTHING], 0, label="Why?", help="Shortly", default="x"))

    assert QuestionForm.objects.get().questions == [
        {"key": "why", "kind": "text", "label": "Why?", "help": "Shortly", "default": "x"}
    ]


def test_groups_of_one_are_stored_without_the_group(client, url):
    sent = {"c:op": "all", "c:n": "1", "c-0:q": "device", "c-0:is": "is", "c-0:v": "Phone"}
    client.post(f"{url}versions/", opened([PICK, WHY], 1, **sent))

    asked = QuestionForm.objects.get().questions[1]
    assert asked["show_when"] == {"question": "device", "is": "Phone"}


def test_what_is_wrong_is_said_with_its_place_and_opened(client, url):
    answer = client.post(f"{url}versions/", draft([WHY, {**PICK, "options": ["one"]}]))

    page = body(answer)
    assert answer.status_code == 422
    assert "This form can’t be asked yet:" in page
    assert page.count("Write at least two options") == 2
    assert answer.context["draft"].opened == 1
    assert not QuestionForm.objects.exists()


def test_a_question_moved_above_the_one_it_looks_at_is_wrong(client, url):
    moved = client.post(f"{url}draft/", draft(ORDER, do="up:1"))

    answer = client.post(f"{url}versions/", draft(entries_of(moved)))

    assert answer.status_code == 422
    assert "A condition can only look at questions above it" in body(answer)


def test_a_question_that_disappears_is_warned_of(client, ask, category, url):
    ask(category)

    page = body(client.post(f"{url}draft/", draft(ORDER, do="remove:3", expected="1")))

    assert "No longer asked: “What for?”" in page


def test_a_version_saved_meanwhile_is_told_and_ones_own_is_kept(client, ask, category, url):
    ask(category)

    clash = client.post(f"{url}versions/", draft([WHY]))
    assert clash.status_code == 409
    assert "Alex Heron saved version 1 while you were changing this form." in body(clash)
    assert entries_of(clash) == [WHY]

    client.post(f"{url}versions/", draft([WHY], expected=clash.context["draft"].expected))
    assert QuestionForm.objects.latest("number").number == 2


def test_versions_are_listed_and_can_be_looked_at_and_begun_with(client, ask, category, url):
    ask(category)
    ask(category, [WHY])

    page = body(client.get(url))
    assert f'href="{url}versions/1/"' in page
    assert "Which device?" in body(client.get(f"{url}versions/1/"))
    old = client.get(f"{url}?from=1")
    assert len(entries_of(old)) == 4
    assert old.context["draft"].expected == 2


# The session ended, or began anew in another tab ---------------------------------------------------------


@pytest.fixture
def waiting(admin, category):
    """A draft that was sent with a stale page."""
    name = f"questions:{category.pk}"
    return opened([PICK, WHY], 1, label="Why is that?") | {"kept_for": typed.mark(admin.pk, name)}


def test_what_a_stale_page_sent_is_there_again_and_can_be_saved(
    admin, client_of, category, url, waiting
):
    browser = client_of(admin, enforce_csrf_checks=True)
    for step in ("versions/", "draft/"):
        headers = {**HTMX, "HX-Current-URL": f"http://testserver{url}?from=above"}
        answer = browser.post(f"{url}{step}", waiting, headers=headers)
        assert answer["HX-Redirect"] == f"{url}?from=above"
        page = browser.get(answer["HX-Redirect"])
        assert [entry["label"] for entry in entries_of(page)] == ["Device", "Why is that?"]
        assert 'data-editing="unsaved"' in body(page)
        assert "nothing was sent yet. Please send it once more." in body(page)

    assert not QuestionForm.objects.exists()
    assert 'data-editing=""' in body(browser.get(url))  # once


@pytest.fixture
def other_admin(admin):
    return make_person("Iris Fell", "administrator")


def test_it_waits_for_nobody_else_and_for_no_other_form(admin, other_admin, category, url, waiting):
    other = Category.objects.create(name="Elsewhere", slug="elsewhere")
    elsewhere = f"/admin/forms/{other.pk}/"
    for person, address in ((admin, elsewhere), (other_admin, url)):
        browser = Client()
        browser.post(f"{url}versions/", waiting, headers=HTMX)
        browser.force_login(person)

        assert entries_of(browser.get(address)) == []


def test_the_preview_never_leads_away_from_the_page(client, url):
    assert 'hx-params="not kept_for"' in body(client.get(url))


# Of a type -------------------------------------------------------------------------------------------------


@pytest.fixture
def of_type(db):
    return IncidentType.objects.get(slug="complex")


def test_a_types_form_is_edited_on_the_same_pages(client, of_type):
    url = f"/admin/types/{of_type.pk}/form/"
    assert "Complex" in body(client.get(url))
    assert entries_of(client.post(f"{url}draft/", draft([PICK], do="add", new="text")))[1]["kind"] == "text"  # fmt: skip
    assert "Device" in body(client.post(f"{url}preview/", draft([PICK]), headers=HTMX))

    client.post(f"{url}versions/", draft([PICK]))

    saved = QuestionForm.objects.get()
    assert (saved.type, saved.category, saved.number) == (of_type, None, 1)
    assert "Device" in body(client.get(f"{url}versions/1/"))
    page = body(client.get(url))
    assert f'href="{url}versions/1/"' in page
    assert f'action="{url}draft/"' in page


def test_a_clash_over_a_types_form_shows_the_other_version(client, of_type, ask):
    ask(of_type, [WHY])

    assert "the requester reads the answers" in body(client.get(f"/admin/types/{of_type.pk}/form/"))
    answer = client.post(f"/admin/types/{of_type.pk}/form/versions/", draft([PICK]))

    assert answer.status_code == 409
    assert f'href="/admin/types/{of_type.pk}/form/versions/1/"' in body(answer)


def test_the_page_of_the_type_says_what_it_asks(client, of_type, ask, client_of, auditor):
    assert "asks nothing" in body(client.get(f"/admin/types/?at={of_type.pk}"))
    ask(of_type, [WHY])

    for browser in (client, client_of(auditor)):
        page = body(browser.get(f"/admin/types/?at={of_type.pk}"))
        assert "Why?" in page
        assert f'href="/admin/types/{of_type.pk}/form/"' in page


def test_retiring_a_type_says_what_that_touches(client, of_type, ask, category):
    category.type = "complex"
    category.save()
    ask(of_type, [WHY])

    page = body(client.get(f"/admin/types/?at={of_type.pk}"))

    assert f"New tickets in “{category.name}”" in page
    assert "Its form is asked no more." in page


def test_who_manages_only_categories_does_not_reach_a_types_form(of_type, client_of):
    Role.objects.create(name="Keeper", slug="keeper", permissions=["categories.manage"])
    keeper = client_of(make_person("Kit Kestrel", "keeper"))

    assert keeper.get(f"/admin/types/{of_type.pk}/form/").status_code == 403
    assert (
        keeper.post(f"/admin/types/{of_type.pk}/form/versions/", draft([PICK])).status_code == 403
    )
    assert not QuestionForm.objects.exists()


def test_the_list_of_forms_is_of_categories_only(client, of_type, ask, category):
    ask(category)
    ask(of_type, [WHY])

    assert len(client.get("/admin/forms/").context["rows"]) == 1
