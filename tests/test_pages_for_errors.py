"""Pages for when something is not to be had: in the portal's look, in words, and telling nothing."""

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path

from accounts.errors import EditConflict, NotAllowed
from accounts.middleware import RefusalMiddleware, database_away
from accounts.views import errors
from config import urls as real
from incidents.tickets import actions


def boom(request):
    raise RuntimeError("the pelican flew")


def away(request):
    raise OperationalError("could not connect to server at 10.0.0.7")


def refused(request):
    raise NotAllowed("The desk is for people who work on tickets.")


urlpatterns = [
    path("boom/", boom),
    path("away/", away),
    path("refused/", refused),
    *real.urlpatterns,
]
handler403, handler404, handler500 = errors.forbidden, errors.not_found, errors.broken


@pytest.fixture
def broken_pages(settings):
    settings.ROOT_URLCONF = __name__


def test_a_page_that_is_not_there(client_of, requester):
    answer = client_of(requester).get("/no/such/page/")

    assert answer.status_code == 404
    assert "We can’t find that page" in answer.text
    assert "fb-top" in answer.text


def test_a_page_that_is_not_there_without_signing_in(client, db):
    assert "Sign in" in client.get("/accounts/signup/").text


def test_something_broke_shows_only_a_reference(client_of, requester, broken_pages, caplog):
    client = client_of(requester)
    client.raise_request_exception = False

    answer = client.get("/boom/")

    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "pelican" not in answer.text
    assert reference_in(caplog) in answer.text


def reference_in(caplog):
    record = next(record for record in caplog.records if "reference" in record.getMessage())
    return record.args[0]


def test_the_database_is_away(client_of, requester, broken_pages):
    answer = client_of(requester).get("/away/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "can’t reach its database" in answer.text
    assert "10.0.0.7" not in answer.text


def test_the_pages_for_broken_things_need_no_database(django_assert_num_queries, db, settings):
    settings.SITE_PHONE = "5555"
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        page = errors.broken(request)
        gone = database_away(away)(request)

    assert "5555" in page.text
    assert "5555" in gone.text


def test_a_refusal_is_a_page_in_words(client_of, requester, broken_pages):
    answer = client_of(requester).post("/refused/", {"body": "My long and careful text."})

    assert answer.status_code == 403
    assert "The desk is for people who work on tickets." in answer.text
    assert "My long and careful text." in answer.text


def test_a_refusal_of_a_fragment_goes_to_the_notices(client_of, requester, broken_pages):
    answer = client_of(requester).post("/refused/", headers={"HX-Request": "true"})

    assert answer["HX-Retarget"] == "#notices"
    assert "The desk is for people who work on tickets." in answer.text
    assert "<html" not in answer.text


def test_a_stale_form_shows_what_was_typed_again(requester):
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/accounts/theme/", {"theme": "dark"})

    assert answer.status_code == 403
    assert "Please send that again" in answer.text


def test_a_password_is_never_shown_again():
    client = Client(enforce_csrf_checks=True)

    answer = client.post(
        "/accounts/login/", {"login": "a@b.c", "password": "correct horse battery"}
    )

    assert answer.status_code == 403
    assert "correct horse" not in answer.text


def conflict(user, error, data):
    request = RequestFactory().post("/desk/tickets/INC-1/", data)
    request.user = user
    return RefusalMiddleware(lambda request: None).process_exception(request, error)


def test_a_clash_shows_what_the_other_person_changed_and_what_one_typed(ticket, agent):
    actions.set_priority(ticket, by=agent, impact="many", urgency="stop")
    changes = list(ticket.events.filter(kind="prioritised").select_related("actor", "ticket"))

    page = conflict(agent, EditConflict("Somebody was faster.", changes), {"note": "My own words."})

    assert page.status_code == 409
    assert "Sasha V." in page.text
    assert "Critical" in page.text
    assert "My own words." in page.text


def test_a_clash_over_an_article_shows_the_other_text(make_article, editor):
    revision = make_article(body="Their text").revisions.first()

    page = conflict(editor, EditConflict("Somebody saved it.", [revision]), {"body": "My text is long."})  # fmt: skip

    assert "Their text" in page.text
    assert "My text is long." in page.text


def test_a_clash_does_not_show_internal_changes_to_an_employee(ticket, agent, requester):
    actions.set_priority(ticket, by=agent, impact="many", urgency="stop")
    change = ticket.events.get(kind="prioritised")
    change.is_public = False

    page = conflict(requester, EditConflict("Somebody was faster.", [change]), {})

    assert "Critical" not in page.text


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_every_error_page_renders_without_anything(name, db):
    page = render_to_string(f"{name}.html")

    assert 'id="main"' in page
    assert 'href="/"' in page
