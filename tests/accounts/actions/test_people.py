"""Somebody joins, changes the address, leaves, comes back."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts import actions
from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import AdminChange, Grant, Role, User
from incidents.notify.jobs import send_due
from tests.conftest import PASSWORD, make_person


@pytest.fixture
def clerk(db):
    role = Role.objects.create(name="Clerk", slug="clerk", permissions=["people.manage"])
    person = make_person("Hana Plover")
    Grant.objects.create(user=person, role=role)
    return person


def sign_in(person: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert client.session.get("_auth_user_id") == str(person.pk)
    return client


def test_who_is_deactivated_is_out_at_once_on_every_device(admin, requester):
    first, second = sign_in(requester), sign_in(requester)
    before = Session.objects.count()

    actions.deactivate(requester, by=admin)

    assert Session.objects.count() == before - 2
    assert not UserSession.objects.filter(user=requester).exists()
    for client in (first, second):
        assert client.get("/accounts/").status_code == 302
    line = AdminChange.objects.get()
    assert (line.before, line.after) == ({"is_active": True}, {"is_active": False})


def test_deactivating_twice_records_once(admin, requester):
    actions.deactivate(requester, by=admin)
    actions.deactivate(requester, by=admin)

    assert AdminChange.objects.count() == 1


def test_nobody_deactivates_themselves(admin):
    make_person("Second Admin", "administrator")

    with pytest.raises(Refused, match="yourself"):
        actions.deactivate(admin, by=admin)


def test_the_desk_itself_can_neither_be_let_in_nor_changed(admin):
    desk = User.objects.system()

    assert not actions.reactivate(desk, by=admin).is_active
    with pytest.raises(Refused):
        actions.send_sign_in_link(desk, by=admin)


def test_who_comes_back_signs_in_again(admin, requester):
    actions.deactivate(requester, by=admin)
    actions.reactivate(requester, by=admin)

    sign_in(requester)


def test_bringing_back_somebody_with_roles_needs_the_right_to_give_them(admin, clerk, agent):
    actions.deactivate(agent, by=clerk)

    with pytest.raises(NotAllowed):
        actions.reactivate(agent, by=clerk)
    actions.reactivate(agent, by=admin)


@pytest.mark.parametrize("who", ["auditor", "manager", "agent", "requester"])
def test_only_who_manages_people_changes_them(who, request, other_requester):
    person = request.getfixturevalue(who)

    for verb in (actions.deactivate, actions.reactivate, actions.send_sign_in_link):
        with pytest.raises(NotAllowed):
            verb(other_requester, by=person)
    with pytest.raises(NotAllowed):
        actions.change_email(other_requester, to="new@example.com", by=person)
    assert mail.outbox == []


def test_a_changed_address_opens_the_door_and_the_old_one_does_not(clerk, requester):
    old = requester.email
    EmailAddress.objects.create(user=requester, email=old, verified=True, primary=True)

    actions.change_email(requester, to="  New@Example.com ", by=clerk)

    requester.refresh_from_db()
    assert requester.email == "new@example.com"
    sign_in(requester)
    stranger = Client()
    stranger.post("/accounts/login/", {"login": old, "password": PASSWORD})
    assert "_auth_user_id" not in stranger.session


def test_an_address_belongs_to_one_person(clerk, requester, other_requester):
    with pytest.raises(InvalidInput, match="Somebody has"):
        actions.change_email(requester, to=other_requester.email.upper(), by=clerk)


@pytest.mark.parametrize("active", [True, False])
def test_a_clerk_cant_take_over_who_may_do_more_by_their_address(clerk, admin, agent, active):
    User.objects.filter(pk=agent.pk).update(is_active=active)

    for person in (admin, agent):
        with pytest.raises(NotAllowed, match="holds rights"):
            actions.change_email(person, to="mine@example.com", by=clerk)
    actions.change_email(agent, to="fine@example.com", by=admin)


def test_the_link_lets_a_new_person_choose_a_password(admin):
    person = User.objects.create_user(
        "new@example.com", None, display_name="Buy now http://evil.example"
    )

    actions.send_sign_in_link(person, by=admin)
    send_due()

    letter = mail.outbox[0]
    assert letter.to == ["new@example.com"]
    assert "evil" not in letter.subject + letter.body
    url = re.search(r"http\S+", letter.body)[0]
    assert url.startswith(settings.SITE_URL)
    client = Client()
    form = client.get(url.removeprefix(settings.SITE_URL), follow=True)
    chosen = {"password1": "violet otter lantern", "password2": "violet otter lantern"}
    client.post(form.redirect_chain[-1][0], chosen)
    person.refresh_from_db()
    assert person.check_password("violet otter lantern")
    assert Client().get(url.removeprefix(settings.SITE_URL)).context["token_fail"]


def test_sending_a_link_is_noted_without_the_link(admin, requester):
    actions.send_sign_in_link(requester, by=admin)

    line = AdminChange.objects.get()
    assert (line.before, line.after) == ({}, {"sign_in_link": "sent"})


@pytest.mark.parametrize("given", ["former", "a@b", "x@erased.invalid", f"{'x' * 260}@example.com"])
def test_an_address_has_to_be_one(given, admin, requester):
    with pytest.raises(InvalidInput):
        actions.change_email(requester, to=given, by=admin)
