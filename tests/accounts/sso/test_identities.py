"""Administrators see whose account is opened from elsewhere, and take one off: asked first, noted, and told by mail."""

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.errors import NotAllowed, Refused
from accounts.models import AuditEntry
from accounts.sso import actions
from accounts.sso.models import Provider
from incidents.notify.jobs import send_due
from incidents.notify.models import Delivery
from tests.conftest import PASSWORD

URL = "/admin/identities/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return Provider.objects.create(
        kind="oidc", name="Example ID", slug="example-id", is_on=True, issuer="https://idp.example",
        client_id="x", secret="y", links_by_address=False,
    )  # fmt: skip


@pytest.fixture
def linked(provider, requester):
    return SocialAccount.objects.create(
        user=requester, provider=provider.issuer, uid="s-1", extra_data={"email": "r@idp.example"}
    )


def page_of(account):
    return f"{URL}{account.pk}/unlinking/"


def without_password(person):
    person.set_unusable_password()
    person.save()


def test_all_are_listed_and_found(client_of, admin, linked, agent):
    other = SocialAccount.objects.create(user=agent, provider="https://gone.example", uid="s-2")
    client = client_of(admin)

    whole = client.get(URL).text
    for words in ("Example ID", "r@idp.example", "Robin Kestrel", "https://gone.example"):
        assert words in whole
    found = client.get(URL, {"person": "robin"}).text
    assert (page_of(linked) in found, page_of(other) in found) == (True, False)
    found = client.get(URL, {"provider": "https://idp.example"}).text
    assert (page_of(linked) in found, page_of(other) in found) == (True, False)
    assert "Nobody like this" in client.get(URL, {"person": "no\x00body"}).text
    person = client.get(f"/admin/accounts/user/{linked.user_id}/change/").text
    assert f"{URL}?person={linked.user.email}" in person.replace("%40", "@")


def test_also_those_of_somebody_who_has_left_are_found(client_of, admin, linked):
    linked.user.is_active = False
    linked.user.save()

    assert page_of(linked) in client_of(admin).get(URL, {"person": "robin"}).text


def test_it_is_asked_first_and_asking_changes_nothing(client_of, admin, linked):
    page = client_of(admin).get(page_of(linked)).text

    assert "They still have a password here." in page
    assert "signed out everywhere" in page
    assert SocialAccount.objects.exists()


def test_it_opens_nothing_any_more_and_the_person_is_told(client_of, admin, linked, requester):
    browser = Client()
    browser.post("/accounts/login/", {"login": requester.email, "password": PASSWORD})
    browser.get("/accounts/")
    assert UserSession.objects.filter(user=requester).exists()

    answer = client_of(admin).post(page_of(linked), follow=True)
    send_due()

    assert "was signed out everywhere and gets a mail" in answer.text
    assert not SocialAccount.objects.exists()
    assert browser.get("/accounts/").status_code == 302
    noted = AuditEntry.objects.get(kind="sign_in_unlinked")
    assert (noted.actor, noted.about_key, noted.data["provider"]) == (admin, str(requester.pk), "Example ID")  # fmt: skip
    (sent,) = mail.outbox
    assert sent.to == [requester.email]
    assert "Example ID no longer signs you in" in sent.subject
    assert "by the other ways" in sent.body
    assert "A linked sign-in was taken off" in client_of(requester).get("/notifications/sent/").text


def test_two_clicks_take_it_off_once(admin, linked, requester):
    """Each has read it before the other took it off."""
    both = [SocialAccount.objects.get() for _click in range(2)]

    for account in both:
        actions.unlink(account, by=admin)

    assert AuditEntry.objects.filter(kind="sign_in_unlinked").count() == 1
    assert Delivery.objects.count() == 1


def test_what_is_left_is_asked_of_the_person_as_they_are_now(admin, linked, requester):
    account = SocialAccount.objects.select_related("user").get()
    without_password(requester)

    actions.unlink(account, by=admin)

    assert Delivery.objects.get().occasion_data["was_last"]


def test_one_can_not_lock_oneself_out_with_what_was_read_before(admin, provider):
    first, second = (
        SocialAccount.objects.create(user=admin, provider=provider.issuer, uid=uid)
        for uid in ("s-8", "s-9")
    )
    account = SocialAccount.objects.select_related("user").get(pk=first.pk)
    without_password(admin)
    second.delete()

    with pytest.raises(Refused, match="nothing left"):
        actions.unlink(account, by=admin)


def test_what_goes_on_working_is_said_with_where_it_ends(client_of, admin, linked, requester):
    page = client_of(admin).get(page_of(linked)).text
    assert "Their access tokens, and the secret addresses of their calendar and feeds" in page
    assert reverse("admin:person-leaving", args=[requester.pk]) in page
    assert "Revoke tokens" in page

    requester.is_active = False
    requester.save()

    assert "Their access tokens" not in client_of(admin).get(page_of(linked)).text


def test_the_last_way_in_is_said_before_and_in_the_mail(client_of, admin, linked, requester):
    without_password(requester)
    client = client_of(admin)
    assert "This is the only way in that they have." in client.get(page_of(linked)).text

    client.post(page_of(linked))
    send_due()

    assert "/accounts/password/reset/" in mail.outbox[0].body


def test_where_a_provider_is_required_that_is_said(client_of, admin, linked, requester, provider):
    provider.is_required, provider.domains = True, "example.com"
    provider.save()
    assert "a password alone won’t let them in" in client_of(admin).get(page_of(linked)).text

    without_password(requester)

    assert "so a password won’t let them in" in client_of(admin).get(page_of(linked)).text


def test_where_it_would_come_back_that_is_said(client_of, admin, linked, provider):
    assert "it is linked anew" not in client_of(admin).get(page_of(linked)).text
    provider.links_by_address, provider.domains = True, "example.com"
    provider.save()

    assert "it is linked anew" in client_of(admin).get(page_of(linked)).text


def test_who_may_not_manage_people_takes_nothing_off(client_of, auditor, manager, linked, agent):
    assert "Robin Kestrel" in client_of(auditor).get(URL).text
    assert "Unlink …" not in client_of(auditor).get(URL).text
    for person in (auditor, manager):
        assert client_of(person).post(page_of(linked)).status_code == 403
    assert client_of(manager).get(URL).status_code == 403
    with pytest.raises(NotAllowed):
        actions.unlink(linked, by=agent)
    assert SocialAccount.objects.exists()


def test_ones_own_is_taken_off_in_ones_own_account(client_of, admin, provider):
    own = SocialAccount.objects.create(user=admin, provider=provider.issuer, uid="s-9")

    assert client_of(admin).post(page_of(own)).url == "/accounts/sso/"
    without_password(admin)
    with pytest.raises(Refused, match="nothing left"):
        actions.unlink(own, by=admin)


def test_who_can_no_longer_sign_in_is_not_written_to(client_of, admin, linked, requester):
    requester.is_active = False
    requester.save()

    client_of(admin).post(page_of(linked))

    assert not Delivery.objects.exists()


def test_the_list_costs_the_same_however_long(client_of, admin, provider, agent, requester, django_assert_max_num_queries):  # fmt: skip
    for number in range(20):
        SocialAccount.objects.create(user=requester, provider=provider.issuer, uid=f"n-{number}")
    client = client_of(admin)
    client.get(URL)

    with django_assert_max_num_queries(12):
        client.get(URL)
