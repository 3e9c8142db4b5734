"""Signing in by an OpenLDAP directory that the test starts."""

import os
from io import StringIO

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEntry, Grant, Role, User
from accounts.sso import directory
from accounts.sso.models import GroupRule, Provider
from accounts.sso.troubles import Away
from tests import directory as house
from tests import services
from tests.accounts.sso.conftest import set_to, who
from tests.conftest import PASSWORD, make_person

pytestmark = pytest.mark.skipif(
    services.slapd_program() is None and not os.environ.get("REQUIRE_ALL"),
    reason="slapd is not installed",
)


@pytest.fixture(scope="module")
def server():
    made = house.certificates(*house.LOOPBACK)
    with services.slapd(house.ENTRIES, **made) as (plain, secure):
        yield plain, secure, made["authority"]


@pytest.fixture
def ldap(db, server, settings):
    _plain, secure, authority = server
    settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{port}" for port in server[:2]] + ["127.0.0.1:1"]
    return Provider.objects.create(
        kind="ldap", name="House", slug="house", is_on=True, issuer="ldap:house", address=f"ldaps://127.0.0.1:{secure}",
        certificates=authority, base=house.BASE, client_id=house.PORTAL, secret=house.SECRET, login_attribute="uid",
        makes_accounts=True, trusts_addresses=True,
    )  # fmt: skip


def sign_in(browser, name="robin", password=house.PASSWORD, **more):
    return browser.post("/accounts/sso/house/", {"name": name, "password": password} | more)


def test_name_and_password_sign_in_and_make_an_account(browser, ldap):
    answer = sign_in(browser, next="/accounts/")

    assert (answer.status_code, answer.url) == (302, "/accounts/")
    made = User.objects.get(pk=who(browser))
    assert (made.email, made.display_name) == ("robin@example.com", "Robin Kestrel")
    assert not made.has_usable_password()
    identity = SocialAccount.objects.get()
    assert identity.provider == "ldap:house"
    assert len(identity.uid) == 36, "entryUUID, which nobody else ever gets"
    assert identity.extra_data["groups"] == [f"cn=network,{house.BASE}"]
    assert house.PASSWORD not in str(identity.extra_data)


@pytest.mark.parametrize("name", ["cn", "DISPLAYNAME"])
def test_a_second_sign_in_finds_the_same_account(browser, ldap, name):
    sign_in(browser)
    set_to(ldap, name_claim=name)
    again = Client()
    sign_in(again, "ROBIN")

    assert who(again) == who(browser)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("robin", "wrong"), ("robin", ""), ("robin", "\x00"), ("robin", house.PASSWORD + "\x00"), ("", house.PASSWORD),
        ("nobody", house.PASSWORD), ("*", house.PASSWORD), ("*)(uid=*", house.PASSWORD), ("robin)(uid=*", house.PASSWORD),
        ("rob*", house.PASSWORD), ("robin\\2a", house.PASSWORD), ("robin)(|(uid=*)", house.PASSWORD), (" ", house.PASSWORD),
        (f"uid=robin,{house.BASE}", house.PASSWORD), ("\x00robin", house.PASSWORD), ("robin\u200b", house.PASSWORD),
        ("r\u03bfbin", house.PASSWORD), ("robin", "wren's own password"),
    ],
)  # fmt: skip
def test_nothing_else_signs_in(browser, ldap, name, password):
    answer = sign_in(browser, name, password)

    assert answer.status_code == 422
    assert who(browser) is None
    assert not SocialAccount.objects.exists()


def test_groups_there_give_roles_with_the_first_sign_in(browser, ldap, team):
    agent = Role.objects.get(slug="agent")
    for group in (f"cn=network,{house.BASE}", f"cn=others,{house.BASE}"):
        role = agent if "network" in group else Role.objects.get(slug="administrator")
        GroupRule.objects.create(provider=ldap, group=group, role=role, team=team if role == agent else None)  # fmt: skip

    sign_in(browser)

    grant = Grant.objects.get(user=who(browser))
    assert (grant.role, grant.team) == (agent, team)


def test_an_empty_password_never_reaches_the_server(ldap):
    """A server answers yes to a name without a password: it means nobody."""
    assert directory.sign_in(ldap, "robin", "") is None


def test_wrong_name_and_wrong_password_read_the_same(browser, ldap):
    wrong, unknown = sign_in(browser, "robin", "wrong"), sign_in(browser, "nobody", "wrong")

    assert "That name and password don’t match" in wrong.text
    assert "That name and password don’t match" in unknown.text
    assert "wrong" not in wrong.text.partition("<form")[2].partition("</form>")[0].replace(
        "wrong ", ""
    )


def test_after_many_wrong_passwords_one_must_wait(browser, ldap):
    for _try in range(6):
        answer = sign_in(browser, "robin", "wrong")

    assert answer.status_code == 429


def test_starttls_is_begun_before_anything_is_said(browser, ldap, server):
    set_to(ldap, address=f"ldap://127.0.0.1:{server[0]}")

    sign_in(browser)

    assert who(browser)


@pytest.mark.parametrize(("scheme", "known"), [("ldaps", "another one's"), ("ldap", "another one's"), ("ldaps", "the system's")])  # fmt: skip
def test_a_certificate_that_is_not_the_houses_ends_it(browser, ldap, server, scheme, known):
    port = server[1] if scheme == "ldaps" else server[0]
    authority = house.certificates(*house.LOOPBACK)["authority"] if known == "another one's" else ""
    set_to(ldap, address=f"{scheme}://127.0.0.1:{port}", certificates=authority)

    assert sign_in(browser).status_code == 401
    assert who(browser) is None
    ldap.refresh_from_db()
    assert "certificate" in ldap.last_trouble


def test_a_certificate_of_another_name_ends_it(browser, ldap, settings):
    made = house.certificates(*house.ELSEWHERE)
    with services.slapd(house.ENTRIES, **made) as ports:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{port}" for port in ports]
        for address in (f"ldap://127.0.0.1:{ports[0]}", f"ldaps://127.0.0.1:{ports[1]}"):
            set_to(ldap, address=address, certificates=made["authority"])
            with pytest.raises(Away, match="certificate"):
                directory.sign_in(ldap, "robin", house.PASSWORD)


def test_a_directory_that_is_away_leaves_signing_in_alone(browser, ldap):
    robin = make_person("Robin Kestrel", email="robin@example.com")
    set_to(ldap, address="ldaps://127.0.0.1:1")

    assert sign_in(browser).status_code == 401
    browser.post("/accounts/login/", {"login": robin.email, "password": PASSWORD})
    assert who(browser) == robin.pk


@pytest.mark.parametrize("address", ["", "http://127.0.0.1", "ldap://", "ldaps://u:p@127.0.0.1", "ldaps://127.0.0.1:x", "ldapi:///x", "ldaps://10.0.0.1"])  # fmt: skip
def test_an_address_that_is_none_is_said(ldap, address):
    set_to(ldap, address=address)

    with pytest.raises(Away):
        directory.try_out(ldap)


def test_a_wrong_secret_and_a_wrong_base_are_told_apart(ldap):
    assert directory.try_out(ldap) == "2"
    set_to(ldap, secret="wrong")
    with pytest.raises(Away, match="does not let us search"):
        directory.try_out(ldap)
    set_to(ldap, secret=house.SECRET, base="ou=nowhere,dc=example,dc=com")
    with pytest.raises(Away, match="does not search"):
        directory.try_out(ldap)


def test_groups_that_name_their_members_count_too(ldap):
    set_to(ldap, groups_claim="member")

    claims = directory.sign_in(ldap, "robin", house.PASSWORD)

    assert claims.groups == (f"cn=network,{house.BASE}",)


def test_somebody_links_their_name_there_after_showing_who_they_are(ldap, client_of):
    set_to(ldap, makes_accounts=False)
    wren = make_person("Wren Marsh", email="wren@corp.example")
    browser = client_of(wren)
    assert browser.post("/accounts/sso/house/link/").url.startswith("/accounts/reauthenticate/")
    assert sign_in(browser, link="1").status_code == 409, "not without having shown it"
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.post("/accounts/sso/house/link/")
    assert 'name="link" value="1"' in page.text
    answer = sign_in(browser, "wren", "wren's own password", link="1")

    assert answer.url == "/accounts/sso/"
    assert SocialAccount.objects.get().user == wren
    again = Client()
    sign_in(again, "wren", "wren's own password")
    assert who(again) == wren.pk


# By night ------------------------------------------------------------------------------------------


def sync():
    out = StringIO()
    call_command("sync_directory", stdout=out)
    return out.getvalue()


def test_who_is_gone_there_loses_access_and_groups_are_followed(browser, ldap, team):
    sign_in(browser)
    robin = User.objects.get(pk=who(browser))
    wren = make_person("Wren Marsh")
    SocialAccount.objects.create(
        user=wren, provider="ldap:house", uid="00000000-gone", extra_data={}
    )
    agent = Role.objects.get(slug="agent")
    GroupRule.objects.create(provider=ldap, group=f"cn=network,{house.BASE}", role=agent, team=team)

    assert "2 looked at, 0 deactivated, roles of 1 changed" in sync()
    assert Grant.objects.filter(user=robin, role=agent, team=team).exists()
    wren.refresh_from_db()
    assert wren.is_active, "only where the provider ends access"

    set_to(ldap, deactivates=True)
    assert "1 deactivated" in sync()
    wren.refresh_from_db()
    assert not wren.is_active
    assert AuditEntry.objects.filter(about_key=str(wren.pk), kind="changed").exists()


def test_where_nearly_everybody_is_gone_nobody_is(ldap):
    set_to(ldap, deactivates=True)
    people = [make_person(f"Person {n}") for n in range(8)]
    for person in people:
        SocialAccount.objects.create(
            user=person, provider="ldap:house", uid=f"gone-{person.pk}", extra_data={}
        )

    with pytest.raises(CommandError):
        sync()

    assert User.objects.filter(pk__in=[person.pk for person in people], is_active=True).count() == 8
    ldap.refresh_from_db()
    assert "gone there at once" in ldap.last_trouble


def test_a_directory_that_is_away_ends_nobodys_access(browser, ldap):
    sign_in(browser)
    set_to(ldap, deactivates=True, address="ldaps://127.0.0.1:1")

    with pytest.raises(CommandError):
        sync()

    assert User.objects.get(pk=who(browser)).is_active
