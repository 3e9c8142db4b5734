"""Signing in, and what people change about how they sign in."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (  # fmt: skip
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django_q.models import OrmQ

from accounts import jobs
from incidents.notify.jobs import send_due
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def sign_in_and_prove_it(client, person):
    """Pages that change how one signs in ask for the password once more."""
    sign_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


# Passwords ----------------------------------------------------------------------------------------


def test_somebody_signs_in_with_address_and_password(client, requester):
    answer = sign_in(client, requester.email.upper(), next="/accounts/")

    assert answer.status_code == 302
    assert answer.url == "/accounts/"
    assert client.get("/accounts/").context["user"] == requester


def test_signing_in_goes_only_to_pages_of_ours(client, requester):
    assert sign_in(client, requester.email, next="https://evil.example/").url == "/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, requester):
    wrong = sign_in(client, requester.email, "not the password")
    unknown = sign_in(client, "nobody@example.com", "not the password")

    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "That email and password don’t match." in answer.text
        assert "<title>Error: Sign in" in re.sub(r"\s+", " ", answer.text).replace("> ", ">")
    assert without_tokens(wrong, requester.email) == without_tokens(unknown, "nobody@example.com")


def without_tokens(answer, email):
    text = answer.text.replace(email, "EMAIL")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"X-CSRFToken[^}]+", "", text)


def test_the_session_changes_its_key_at_sign_in(client, requester):
    client.get(LOGIN)
    client.session.save()
    before = client.session.session_key

    sign_in(client, requester.email)

    assert client.session.session_key != before


def test_somebody_who_was_switched_off_does_not_get_in(client, requester):
    requester.is_active = False
    requester.save()

    sign_in(client, requester.email)

    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("demo", [True, False])
def test_demo_accounts_are_named_only_in_the_demo(client, db, settings, demo):
    settings.DEMO = demo

    assert ("firebreak-demo" in client.get(LOGIN).text) is demo


def test_after_many_wrong_passwords_one_must_wait(client, requester):
    for _try in range(6):
        answer = sign_in(client, requester.email, "not the password")

    assert answer.status_code == 429 or "Too many tries" in answer.text


# A forgotten password -----------------------------------------------------------------------------


def test_asking_for_a_reset_does_not_tell_who_has_an_account(client, requester):
    known = client.post("/accounts/password/reset/", {"email": requester.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert mail.outbox == []  # the queue sends it, so that neither answer takes longer
    assert OrmQ.objects.count() == 1


def test_somebody_who_was_switched_off_gets_no_letter(requester):
    requester.is_active = False
    requester.save()

    jobs.send_reset_letter(requester.pk)
    send_due()

    assert mail.outbox == []


def test_the_link_in_the_letter_sets_a_new_password_once(client, requester):
    jobs.send_reset_letter(requester.pk)
    send_due()
    assert mail.outbox[0].to == [requester.email]
    link = re.search(r"https?://\S+", mail.outbox[0].body).group()
    form = client.get(urlsplit(link).path, follow=True).request["PATH_INFO"]
    new = "an even longer password"

    done = client.post(form, {"password1": new, "password2": new})

    assert done.status_code == 302
    assert sign_in(Client(), requester.email, new).status_code == 302
    assert "This link no longer works" in Client().get(urlsplit(link).path, follow=True).text


def test_changing_the_password_ends_the_other_sessions(client, requester):
    other = Client()
    sign_in(other, requester.email)
    sign_in(client, requester.email)
    new = "an even longer password"

    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert other.get("/accounts/").status_code == 302


# The second step ----------------------------------------------------------------------------------


def test_staff_set_up_a_second_step_before_anything_else(client_of, agent, settings):
    settings.REQUIRE_STAFF_MFA = True
    client = client_of(agent)

    answer = client.get("/desk/")

    assert answer.url == "/accounts/2fa/?required=1"
    assert "Set up a second step to go on" in client.get(answer.url).text


def test_employees_need_no_second_step(client_of, requester, settings):
    settings.REQUIRE_STAFF_MFA = True

    assert client_of(requester).get("/accounts/").status_code == 200


def test_a_person_sets_up_an_app_and_is_asked_for_its_code(client, agent):
    sign_in_and_prove_it(client, agent)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

    assert Authenticator.objects.filter(user=agent, type="totp").exists()
    answer = sign_in(Client(), agent.email)
    assert answer.url == "/accounts/2fa/authenticate/"


def test_with_the_code_staff_get_through(client, agent, settings):
    settings.REQUIRE_STAFF_MFA = True
    secret = generate_totp_secret()
    TOTP.activate(agent, secret)
    sign_in(client, agent.email)

    assert "_auth_user_id" not in client.session
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert "2fa" not in client.get("/desk/").get("Location", "")


def test_a_wrong_code_does_not_sign_in(client, agent):
    TOTP.activate(agent, generate_totp_secret())
    sign_in(client, agent.email)

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert "_auth_user_id" not in client.session


def test_turning_the_second_step_off_asks_again_who_one_is(client_of, agent):
    TOTP.activate(agent, generate_totp_secret())

    answer = client_of(agent).get("/accounts/2fa/totp/deactivate/")

    assert answer.status_code == 302
    assert "reauthenticate" in answer.url


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/",
        "/accounts/logout/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
    ],
)
def test_every_page_of_the_account_is_ours(client, requester, page):
    sign_in_and_prove_it(client, requester)

    text = client.get(page).text

    assert "fb-brand" in text
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert not re.search(r"\s(style|on\w+)=", text)


def test_pages_for_recovery_codes_and_a_lost_app_are_ours(client, requester, settings):
    TOTP.activate(requester, secret := generate_totp_secret())
    sign_in(client, requester.email)
    assert "Use a passkey or key" in client.get("/accounts/2fa/authenticate/").text
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/recovery-codes/generate/")

    assert "codes are left" in client.get("/accounts/2fa/recovery-codes/").text
    assert "Turn off the app?" in client.get("/accounts/2fa/totp/deactivate/").text


# What is closed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    ["signup/", "email/", "confirm-email/", "login/code/confirm/", "password/set/"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up_or_changes_the_address_that_is_their_login(client, db, page, method):
    assert getattr(client, method)(f"/accounts/{page}").status_code == 404


def test_closed_pages_stay_closed_to_those_who_signed_in(client_of, requester):
    client = client_of(requester)

    for page in ("signup/", "email/", "confirm-email/abc/", "password/set/", "social/connections/"):
        assert client.get(f"/accounts/{page}").status_code == 404, page


# Sessions and the theme ---------------------------------------------------------------------------


def test_a_person_sees_their_browsers_and_signs_one_out(client, requester):
    other = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/130.0")
    sign_in(other, requester.email)
    sign_in(client, requester.email)
    assert "Firefox on Windows" in client.get("/accounts/sessions/").text
    session = UserSession.objects.get(session_key=other.session.session_key)

    client.post(f"/accounts/sessions/{session.pk}/end/")

    assert other.get("/accounts/").status_code == 302
    assert client.get("/accounts/").status_code == 200


def test_nobody_signs_out_somebody_else(client_of, client, requester, other_requester):
    sign_in(client, other_requester.email)
    session = UserSession.objects.get(user=other_requester)

    answer = client_of(requester).post(f"/accounts/sessions/{session.pk}/end/")

    assert answer.status_code == 404
    assert client.get("/accounts/").status_code == 200


def test_the_theme_is_chosen_and_drawn_by_the_server(client_of, requester):
    client = client_of(requester)

    client.post("/accounts/theme/", {"theme": "dark"})

    assert 'data-bs-theme="dark"' in client.get("/accounts/").text


def test_an_unknown_theme_is_refused(client_of, requester):
    answer = client_of(requester).post("/accounts/theme/", {"theme": "neon"})

    requester.refresh_from_db()
    assert answer.status_code == 422
    assert requester.theme == "auto"


def test_the_theme_is_not_changed_by_a_link(client_of, requester):
    assert client_of(requester).get("/accounts/theme/?theme=dark").status_code == 405
