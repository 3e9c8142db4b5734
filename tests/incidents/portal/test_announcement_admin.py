"""Announcements in administration: who writes them, in whose time, and what the log says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import AdminChange, Department, Grant, Role
from incidents.portal.models import Announcement, Dismissal
from tests.conftest import make_person

LIST = "/admin/portal/announcement/"
HOUR = timedelta(hours=1)


@pytest.fixture
def publisher(db):
    """Somebody with this one permission."""
    role = Role.objects.create(
        name="Publisher", slug="publisher", permissions=["announcements.manage"]
    )
    person = make_person("Ines Sorrel")
    Grant.objects.create(user=person, role=role)
    return person


@pytest.fixture
def form():
    def fill_in(**changed):
        return {
            "title": "Maintenance tonight", "body": "VPN is **off** from 22:00.", "tone": "warning", "service": "",
            "department": "", "starts_at_0": "2026-06-01", "starts_at_1": "08:00:00", "ends_at_0": "",
            "ends_at_1": "", "is_dismissible": "on", **changed,
        }  # fmt: skip

    return fill_in


def make(title="Maintenance", **given):
    return Announcement.objects.create(title=title, **{"starts_at": timezone.now() - HOUR, **given})


def test_one_is_published_and_noted_in_the_log(publisher, client_of, form):
    client_of(publisher).post(f"{LIST}add/", form())

    one = Announcement.objects.get()
    assert (one.title, one.tone, one.is_dismissible) == ("Maintenance tonight", "warning", True)
    line = AdminChange.objects.get()
    assert (line.actor, line.action, line.kind) == (publisher, "added", "portal.announcement")


def test_times_are_in_the_writers_zone_and_the_form_says_which(publisher, client_of, form):
    publisher.time_zone = "America/Lima"
    publisher.save()
    client = client_of(publisher)

    page = client.get(f"{LIST}add/").content.decode()
    assert "In your time zone, America/Lima." in page
    client.post(f"{LIST}add/", form())

    at = Announcement.objects.get().starts_at
    assert at == datetime(2026, 6, 1, 8, tzinfo=ZoneInfo("America/Lima"))


def test_a_new_one_starts_now_if_nothing_is_changed(publisher, client_of):
    page = client_of(publisher).get(f"{LIST}add/")

    initial = page.context["adminform"].form["starts_at"].value()
    assert abs(timezone.now() - initial) < HOUR


def test_a_change_and_a_removal_are_noted(publisher, client_of, form, requester):
    one, client = make(), client_of(publisher)
    Dismissal.objects.create(announcement=one, user=requester)

    client.post(f"{LIST}{one.pk}/change/", form(title="Maintenance tomorrow"))
    asked = client.get(f"{LIST}{one.pk}/delete/").content.decode()
    client.post(f"{LIST}{one.pk}/delete/", {"post": "yes"})

    changed, removed = AdminChange.objects.order_by("pk")
    assert changed.before["title"] == "Maintenance"
    assert changed.after["title"] == "Maintenance tomorrow"
    assert (removed.action, removed.label) == ("removed", "Maintenance tomorrow")
    assert "dismissal" not in asked.lower()
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "required"),
        ({"starts_at_0": ""}, "required"),
        ({"ends_at_0": "2026-05-31", "ends_at_1": "08:00:00"}, "It must end after it starts."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(publisher, client_of, form, wrong, words):
    answer = client_of(publisher).post(f"{LIST}add/", form(**wrong))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Announcement.objects.exists()


def test_it_is_for_a_service_or_a_department_not_for_both(publisher, client_of, form, service):
    legal = Department.objects.create(name="Legal")

    answer = client_of(publisher).post(f"{LIST}add/", form(service=service.pk, department=legal.pk))

    assert answer.status_code == 422
    assert "Choose a service or a department, not both." in answer.content.decode()


def test_the_list_says_what_runs_for_whom_and_filters_by_it(publisher, client_of, service):
    now = timezone.now()
    make("Planned one", starts_at=now + HOUR)
    make("Running one", service=service)
    make("Old one", starts_at=now - 2 * HOUR, ends_at=now - HOUR)
    client = client_of(publisher)

    page = client.get(LIST).content.decode()
    assert "Users of VPN access" in page
    for state, title in (
        ("planned", "Planned one"),
        ("running", "Running one"),
        ("over", "Old one"),
    ):
        found = client.get(LIST, {"state": state}).context["cl"].queryset
        assert [one.title for one in found] == [title]


def test_the_auditor_reads_and_changes_nothing(auditor, client_of, form):
    one, client = make(), client_of(auditor)

    assert client.get(LIST).status_code == client.get(f"{LIST}{one.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{one.pk}/change/", form()).status_code == 403
    assert client.post(f"{LIST}add/", form()).status_code == 403
    assert client.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_publishes_sets_up_a_second_factor_first_where_that_is_asked(
    publisher, client_of, settings
):
    settings.REQUIRE_STAFF_MFA = True
    client = client_of(publisher)

    assert client.get(LIST).url == "/accounts/2fa/?required=1"
    assert client.get("/accounts/2fa/").status_code == 200


def test_who_uses_a_service_and_which_team_asks_are_set_in_administration(
    admin, client_of, service, team, department
):
    client = client_of(admin)

    client.post(
        f"/admin/tickets/service/{service.pk}/change/",
        {"name": service.name, "owner_team": team.pk, "used_by": [department.pk]},
    )
    grants = {"grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0}
    client.post(
        f"/admin/accounts/team/{team.pk}/change/",
        {"name": team.name, "assigns": "by_hand", **grants},
    )

    assert list(service.used_by.all()) == [department]
    team.refresh_from_db()
    assert team.asks_rating is False
    lines = {line.kind: line for line in AdminChange.objects.all()}
    assert lines["tickets.service"].after["used_by"][0]["name"] == "Finance"
    assert lines["accounts.team"].after == {"asks_rating": False}
