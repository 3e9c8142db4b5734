"""Banners: who sees which, from when to when, and putting one away."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Department
from incidents.portal.models import Announcement, Dismissal
from incidents.tickets.models import Service
from tests.conftest import make_person

HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture
def announce(db):
    def make(title="Maintenance tonight", **given):
        started = timezone.now() - HOUR
        return Announcement.objects.create(title=title, **{"starts_at": started, **given})

    return make


@pytest.fixture
def legal(db):
    return Department.objects.create(name="Legal")


@pytest.fixture
def lawyer(legal):
    return make_person("Wren Starling", department=legal)


def sees(client, title, at="/"):
    return title in client.get(at).content.decode()


# Who sees which ---------------------------------------------------------------------------------------


def test_one_for_everybody_is_seen_by_everybody_who_signed_in(
    client, client_of, requester, lawyer, agent, announce
):
    announce()

    assert all(sees(client_of(person), "Maintenance") for person in (requester, lawyer, agent))
    assert not sees(client, "Maintenance", at="/kb/")


def test_one_for_a_department_is_seen_there_only(
    client_of, requester, lawyer, agent, announce, legal
):
    announce(department=legal)

    assert sees(client_of(lawyer), "Maintenance")
    assert not any(sees(client_of(person), "Maintenance") for person in (requester, agent))


def test_one_about_a_service_is_seen_by_the_departments_that_use_it(
    client_of, requester, lawyer, agent, announce, legal, service
):
    service.used_by.add(legal)
    announce(service=service)

    assert sees(client_of(lawyer), "Maintenance")
    assert not any(sees(client_of(person), "Maintenance") for person in (requester, agent))


def test_a_service_that_names_no_users_is_everybodys(client_of, requester, announce, service):
    announce(service=service)

    assert sees(client_of(requester), "Maintenance")


@pytest.mark.parametrize(
    ("starts", "ends", "seen"),
    [(-2, None, True), (-2, 1, True), (1, None, False), (1, 2, False), (-2, -1, False)],
)
def test_it_is_seen_from_its_start_to_its_end(client_of, requester, announce, starts, ends, seen):
    now = timezone.now()
    announce(starts_at=now + starts * HOUR, ends_at=ends and now + ends * HOUR)

    assert sees(client_of(requester), "Maintenance") is seen


@pytest.mark.parametrize("at", ["/", "/tickets/", "/tickets/new/", "/kb/", "/kb/search/?q=vpn"])
def test_it_is_on_every_page_of_the_portal(client_of, requester, announce, at):
    announce()

    assert sees(client_of(requester), "Maintenance", at=at)


def test_it_is_on_the_tickets_page_too(client_of, requester, announce, ticket):
    announce()

    assert sees(client_of(requester), "Maintenance", at=ticket.get_absolute_url())


def test_the_desk_does_not_carry_it(client_of, agent, announce):
    announce()

    assert not sees(client_of(agent), "Maintenance", at="/desk/")


def test_three_are_shown_newest_first(client_of, requester, announce):
    now = timezone.now()
    for age in (4, 1, 3, 2):
        announce(f"Number {age}", starts_at=now - age * HOUR)

    page = client_of(requester).get("/").content.decode()

    places = [page.find(f"Number {age}") for age in (1, 2, 3)]
    assert places == sorted(places)
    assert -1 not in places
    assert "Number 4" not in page


def test_its_markdown_is_cleaned_and_its_title_is_text(client_of, requester, announce):
    announce("<b>Title</b>", body="**bold** <script>alert(1)</script> [x](javascript:alert(1))")

    page = client_of(requester).get("/").content.decode()

    assert "&lt;b&gt;Title&lt;/b&gt;" in page
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_it_costs_one_query(client_of, requester, announce):
    for _n in range(5):
        announce()
    client = client_of(requester)
    with CaptureQueriesContext(connection) as seen:
        client.get("/tickets/")

    asked = [query["sql"] for query in seen if "portal_announcement" in query["sql"]]
    assert len(asked) == 1


def test_pages_without_a_banner_do_not_ask(client_of, agent, announce):
    client = client_of(agent)
    with CaptureQueriesContext(connection) as seen:
        client.get("/desk/")
        client.get("/tickets/open/")

    assert not [query for query in seen if "portal_announcement" in query["sql"]]


# Putting one away -------------------------------------------------------------------------------------


def test_dismissed_it_is_gone_for_that_person_only(client_of, requester, other_requester, announce):
    one = announce()
    client = client_of(requester)

    back = client.post(f"/announcements/{one.pk}/dismissal/", {"next": "/tickets/?state=closed"})

    assert back.url == "/tickets/?state=closed"
    assert not sees(client, "Maintenance")
    assert sees(client_of(other_requester), "Maintenance")


def test_with_htmx_the_banner_comes_back_without_it(client_of, requester, announce):
    gone, stays = announce("Goes away"), announce("Stays here")
    client = client_of(requester)

    rest = client.post(f"/announcements/{gone.pk}/dismissal/", headers=HTMX).content.decode()
    assert "Stays here" in rest
    assert "Goes away" not in rest
    nothing = client.post(f"/announcements/{stays.pk}/dismissal/", headers=HTMX)
    assert nothing.content.strip() == b""


def test_dismissing_twice_is_dismissing_once(client_of, requester, announce):
    one = announce()
    client = client_of(requester)

    answers = [client.post(f"/announcements/{one.pk}/dismissal/").status_code for _n in range(2)]

    assert answers == [302, 302]
    assert Dismissal.objects.count() == 1


def test_some_can_not_be_put_away(client_of, requester, announce):
    one = announce(is_dismissible=False)
    client = client_of(requester)

    assert "Dismiss" not in client.get("/").content.decode()
    assert client.post(f"/announcements/{one.pk}/dismissal/").status_code == 403
    assert sees(client, "Maintenance")


def test_what_is_not_meant_for_somebody_does_not_exist_for_them(
    client_of, requester, announce, legal
):
    theirs, over = announce(department=legal), announce(ends_at=timezone.now() - HOUR / 2)

    for pk in (theirs.pk, over.pk, 99_999):
        assert client_of(requester).post(f"/announcements/{pk}/dismissal/").status_code == 404


# Beside the form --------------------------------------------------------------------------------------


def test_choosing_a_service_shows_what_is_known_of_it(client_of, requester, announce, service):
    other = Service.objects.create(name="Mail", slug="mail")
    announce("VPN is slow", service=service)
    announce("Mail is slow", service=other)
    announce("For all")

    told = client_of(requester).get("/tickets/new/announcements/", {"service": service.pk})

    assert "VPN is slow" in told.content.decode()
    assert "Mail is slow" not in told.content.decode()
    assert "For all" not in told.content.decode()


def test_it_is_told_there_also_when_it_was_put_away_above(client_of, requester, announce, service):
    one = announce(service=service)
    client = client_of(requester)
    client.post(f"/announcements/{one.pk}/dismissal/")

    assert sees(client, "Maintenance", at=f"/tickets/new/announcements/?service={service.pk}")


def test_it_is_told_there_only_to_whom_it_is_meant_for(
    client_of, requester, lawyer, announce, service, legal
):
    service.used_by.add(legal)
    announce(service=service)
    at = f"/tickets/new/announcements/?service={service.pk}"

    assert sees(client_of(lawyer), "Maintenance", at=at)
    assert not sees(client_of(requester), "Maintenance", at=at)


@pytest.mark.parametrize("given", ["", "x", "-1", "1 OR 1=1", "9" * 30, "²"])
def test_anything_but_a_service_tells_nothing(client_of, requester, announce, service, given):
    announce(service=service)

    answer = client_of(requester).get("/tickets/new/announcements/", {"service": given})

    assert (answer.status_code, answer.content.strip()) == (200, b"")


def test_the_form_asks_by_itself_when_a_service_is_chosen_already(client_of, requester, service):
    page = client_of(requester).get("/tickets/new/").content.decode()

    assert 'hx-trigger="change from:body target:#id_service"' in page


# The rows ----------------------------------------------------------------------------------------------


def test_the_database_takes_no_end_before_the_start_and_no_two_audiences(announce, service, legal):
    for wrong in (
        {"ends_at": timezone.now() - 2 * HOUR},
        {"service": service, "department": legal},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            announce(**wrong)
