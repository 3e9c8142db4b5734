"""What people say of themselves, and what they see of how they are signed in."""

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from accounts import typed
from accounts.actions import change_profile
from accounts.bidi import isolated
from accounts.errors import InvalidInput
from accounts.models import AdminChange
from tests.conftest import PASSWORD

HOME, PROFILE = "/accounts/", "/accounts/profile/"
SAID = {"display_name": "Robin Kestrel", "phone": "", "time_zone": "", "language": ""}


def say(person, **changed):
    return change_profile(by=person, **{**SAID, **changed})


def test_name_phone_zone_and_language_are_kept(client_of, requester):
    answer = client_of(requester).post(
        PROFILE,
        {
            "display_name": "  Robin   Wren ",
            "phone": "+49 30 5555-12",
            "time_zone": "Asia/Tokyo",
            "language": "de",
        },
    )

    requester.refresh_from_db()
    assert answer.url == HOME
    assert (requester.display_name, requester.phone) == ("Robin Wren", "+49 30 5555-12")
    assert (requester.time_zone, requester.language) == ("Asia/Tokyo", "de")


def test_the_next_page_speaks_the_new_language_and_so_does_the_notice(client_of, requester):
    page = client_of(requester).post(PROFILE, {**SAID, "language": "de"}, follow=True)

    assert '<html lang="de"' in page.text
    with translation.override("de"):
        assert gettext("Saved.") in page.text


def test_the_browsers_language_comes_back_with_an_empty_choice(client_of, requester):
    requester.language = "en"
    requester.save()
    browser = client_of(requester, headers={"Accept-Language": "de"})
    assert '<html lang="en"' in browser.get(HOME).text

    assert '<html lang="de"' in browser.post(PROFILE, SAID, follow=True).text


def test_times_are_told_in_the_zone_one_chose(client_of, requester):
    say(requester, time_zone="Asia/Tokyo")
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        page = client_of(requester).get(HOME).text

    assert "21:00" in page
    assert '<option value="Asia/Tokyo" selected>' in page


def test_a_change_of_name_is_noted_and_nothing_else_is(requester):
    say(requester, phone="1234", time_zone="Asia/Tokyo")
    assert not AdminChange.objects.exists()

    say(requester, display_name="Robin Wren")
    noted = AdminChange.objects.get()
    assert (noted.actor, noted.kind) == (requester, "accounts.user")
    assert noted.before == {"display_name": "Robin Kestrel"}
    assert noted.after == {"display_name": "Robin Wren"}


@pytest.mark.parametrize(
    "name", ["أمينة يوسف", "Zoë D’Áraujo-Łąk", "李小龍", "Robin 🦊", "A" * 120, "می‌خواهم"]
)
def test_names_of_every_script_are_taken(requester, name):
    assert say(requester, display_name=name).display_name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "🦊",
        "A" * 121,
        "Robin\u202egnp.exe",
        "Robin\u0000",
        "Robin\u200b",
        "Rob\u001bin",
        "…",
    ],
)
def test_names_that_hide_or_say_nothing_are_refused(requester, name):
    with pytest.raises(InvalidInput) as refused:
        say(requester, display_name=name)

    assert refused.value.field == "display_name"
    requester.refresh_from_db()
    assert requester.display_name == "Robin Kestrel"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call me"), ("phone", "1" * 41), ("phone", "12\u202e34"), ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"), ("language", "tlh"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_named_and_kept_in_the_form(client_of, requester, field, value):
    answer = client_of(requester).post(PROFILE, {**SAID, "display_name": "New Name", field: value})

    requester.refresh_from_db()
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert 'value="New Name"' in answer.text
    assert requester.display_name == "Robin Kestrel"


def test_the_address_is_shown_and_can_not_be_changed(client_of, requester):
    browser, before = client_of(requester), requester.email
    browser.post(PROFILE, {**SAID, "email": "other@example.com", "is_active": "", "department": ""})

    requester.refresh_from_db()
    assert requester.email == before
    assert requester.department is not None
    assert before in browser.get(HOME).text


def test_every_zone_is_offered_by_region_and_an_odd_one_is_kept(client_of, requester):
    requester.time_zone = "US/Pacific"
    requester.save()

    page = client_of(requester).get(HOME).text

    assert '<optgroup label="Europe">' in page
    assert (
        '<option value="America/Argentina/Buenos_Aires" >Argentina, Buenos Aires</option>' in page
    )
    assert '<option value="US/Pacific" selected>' in page


def test_what_was_typed_before_the_session_ended_is_kept(client_of, requester):
    browser = Client()
    sent = {**SAID, "display_name": "Robin Wren", "kept_for": typed.mark(requester.pk, "profile")}
    browser.post(PROFILE, sent, headers={"Referer": f"http://testserver{HOME}"})
    browser.post("/accounts/login/", {"login": requester.email, "password": PASSWORD})

    assert 'value="Robin Wren"' in browser.get(HOME).text
    requester.refresh_from_db()
    assert requester.display_name == "Robin Kestrel"


def test_it_says_in_how_many_browsers_one_is_signed_in_and_ends_the_others(client, requester):
    other = Client()
    for browser in (client, other):
        browser.post("/accounts/login/", {"login": requester.email, "password": PASSWORD})
    page = client.get(HOME).text
    assert "In 2 browsers" in page
    assert "Sign out everywhere else" in page

    client.post("/accounts/sessions/")

    assert other.get(HOME).status_code == 302
    assert "Only in this browser" in client.get(HOME).text
    assert UserSession.objects.filter(user=requester).count() == 1


def test_it_leads_to_what_one_hears_and_to_ones_data(client_of, requester):
    page = client_of(requester).get(HOME).text

    assert 'href="/notifications/choices/"' in page
    assert 'href="/accounts/data/"' in page


def test_the_page_costs_few_queries(client_of, requester, django_assert_max_num_queries):
    browser = client_of(requester)
    with django_assert_max_num_queries(9):
        browser.get(HOME)


def test_a_name_in_a_sentence_keeps_its_own_direction():
    assert isolated("Robin") == "Robin"
    assert isolated("أمينة") == "\u2068أمينة\u2069"
    assert isolated("Robin\u202egnp") == "Robingnp"


def test_nobody_takes_a_colleagues_or_a_teams_name(requester, other_requester, team, client_of):
    for name in (other_requester.display_name.upper(), team.name):
        answer = client_of(requester).post(PROFILE, {**SAID, "display_name": name})
        assert answer.status_code == 422
        assert "Somebody else here has this name" in answer.content.decode()
