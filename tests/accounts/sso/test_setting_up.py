"""Setting a provider up in administration: step by step, with its secret out of sight, and only by who may."""

import json

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client

from accounts.administration.configuration import Outcome, apply, collect, read
from accounts.models import AdminChange, AuditEntry, Role
from accounts.sso.models import GroupRule, Provider
from tests import identity, saml
from tests.accounts.sso.conftest import set_to, who
from tests.conftest import PASSWORD, make_person

PAGE = "/admin/sso/provider/"


def proved(client):
    """Who proved a moment ago who they are."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def client(admin, client_of):
    return proved(client_of(admin))


def form_of(row, **changed):
    fields = {
        "name", "is_on", "issuer", "client_id", "scopes", "address", "certificates", "base", "login_attribute",
        "subject_claim", "email_claim", "name_claim", "groups_claim", "trusts_addresses", "links_by_address",
        "makes_accounts", "domains", "is_required", "language", "trusts_second_factor", "second_factor_values", "deactivates",
    }  # fmt: skip
    said = {name: getattr(row, name) for name in fields}
    said = {
        name: "on" if value is True else value for name, value in said.items() if value is not False
    }
    rules = {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0}
    return {**said, "department": row.department_id or "", "secret": "", **rules, **changed}


def save(client, row, **changed):
    return client.post(f"{PAGE}{row.pk}/change/", form_of(row, **changed))


def test_a_provider_is_made_off_and_then_filled_in(client, idp):
    made = client.post(f"{PAGE}add/", {"kind": "oidc", "name": "Example ID"})
    row = Provider.objects.get()
    assert (row.slug, row.is_on) == ("example-id", False)
    assert made.url == f"{PAGE}{row.pk}/change/", "its addresses and keys come next"

    page = client.get(made.url).text
    assert "new:" not in page
    save(client, row, issuer="", client_id="firebreak")
    assert "Issuer" in save(client, row, issuer="", client_id="firebreak", is_on="on").text
    client.post(f"{PAGE}add/", {"kind": "oidc", "name": "Another ID"})
    save(client, Provider.objects.get(slug="another-id"), issuer="")
    Provider.objects.get(slug="another-id").delete()
    row.refresh_from_db()
    assert "http://testserver/accounts/sso/example-id/callback/" in page
    assert "Certificates" not in page, "each kind shows its own fields"
    answer = save(
        client,
        row,
        issuer=idp.issuer,
        client_id=identity.CLIENT,
        secret=identity.SECRET,
        is_on="on",
    )

    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.issuer, row.secret, row.is_on) == (idp.issuer, identity.SECRET, True)


def test_what_is_not_complete_can_not_be_switched_on(client):
    client.post(f"{PAGE}add/", {"kind": "oidc", "name": "Example ID"})

    answer = save(client, Provider.objects.get(), is_on="on")

    assert answer.status_code == 422
    assert "Before this can be on, it needs" in answer.text


def test_the_secret_is_sealed_and_shown_nowhere(client, provider):
    save(client, provider, name="Another name")
    provider.refresh_from_db()
    assert provider.secret == identity.SECRET, "left empty, it stays"
    save(client, provider, secret="the second secret")

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM sso_provider")
        assert "secret" not in cursor.fetchone()[0]
    seen = [
        client.get(f"{PAGE}{provider.pk}/{page}/").text for page in ("change", "history", "preview")
    ]
    seen += [
        client.get("/admin/configuration/file/").text,
        client.get("/admin/accounts/adminchange/").text,
    ]
    seen += [json.dumps([one.before, one.after]) for one in AdminChange.objects.all()]
    seen += [json.dumps(one.data) for one in AuditEntry.objects.all()]
    for text in seen:
        assert identity.SECRET not in text
        assert "the second secret" not in text
    changed = AdminChange.objects.filter(kind="sso.provider").latest("pk")
    assert changed.before["secret"] != changed.after["secret"], "but that it changed is noted"


@pytest.mark.parametrize("name", ["address", "certificates"])
def test_a_kept_secret_goes_to_no_other_server(client, admin, db, name):
    row = Provider.objects.create(
        kind="ldap", name="Directory", slug="directory", issuer="ldap:directory", address="ldaps://dc1.example",
        certificates="-----BEGIN\nA\n", client_id="cn=reader", secret="hush-hush", base="dc=example", login_attribute="uid",
    )  # fmt: skip
    same = row.certificates.replace("\n", "\r\n")
    assert save(client, row, name="Same", certificates=same).status_code == 302
    answer = save(client, row, **{name: "ldaps://mine.example"})

    assert answer.status_code == 422
    assert "It would go to another server" in answer.text
    row.refresh_from_db()
    assert (row.name, row.secret) == ("Same", "hush-hush")
    changed = {name: "ldaps://mine.example"}
    assert save(client, row, secret="anew", **changed).status_code == 302
    row.refresh_from_db()
    assert row.secret == "anew"

    said = collect(admin)
    said["sign_in_providers"][0][name] = "ldaps://another.example"
    assert apply(read(json.dumps(said).encode()), by=admin).is_applied
    row.refresh_from_db()
    assert (getattr(row, name), row.secret) == ("ldaps://another.example", "")


def test_metadata_fills_in_a_saml_provider(client):
    client.post(f"{PAGE}add/", {"kind": "saml", "name": "Corp"})
    bare = "".join(line for line in saml.CERTIFICATE.splitlines() if "CERTIFICATE" not in line)
    text = f"""<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{saml.ISSUER}">
    <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
    <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
    </md:IDPSSODescriptor></md:EntityDescriptor>"""
    row = Provider.objects.get()

    answer = save(client, row, metadata=text)

    assert answer.status_code == 302, answer.text
    row.refresh_from_db()
    assert (row.issuer, row.address) == (saml.ISSUER, "https://idp.example/sso")
    assert bare in row.certificates


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "<a/>",
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        "<a>" * 20_000,
        "x" * 300_000,
    ],
)
def test_metadata_that_is_none_is_said(client, text):
    client.post(f"{PAGE}add/", {"kind": "saml", "name": "Corp"})

    answer = save(client, Provider.objects.get(), metadata=text)

    assert answer.status_code == 422
    assert "/etc/passwd" not in answer.text.replace("file:///etc/passwd", "")


def test_what_identities_hang_on_stays_once_somebody_signed_in(client, provider, requester):
    SocialAccount.objects.create(user=requester, provider=provider.issuer, uid="1", extra_data={})

    answer = save(client, provider, issuer="https://other.example", secret="another")

    assert answer.status_code == 422
    assert "set up a second provider" in answer.text
    assert client.get(f"{PAGE}{provider.pk}/delete/").status_code == 403


# Who may -------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(db, client_of):
    """Somebody who sets up channels, and does not manage roles."""
    made = Role.objects.create(name="Keeper", slug="keeper", permissions=["channels.manage"])
    return proved(client_of(make_person("Kit Keeper", made.slug)))


def test_who_sets_up_channels_gives_no_roles(keeper, provider):
    rule = {
        "rules-TOTAL_FORMS": 1,
        "rules-0-group": "all",
        "rules-0-role": Role.objects.get(slug="administrator").pk,
    }

    save(keeper, provider, **rule)

    assert not GroupRule.objects.exists()


ON = "A provider that is on says who people are"


def test_who_only_sets_up_channels_prepares_a_provider_and_does_not_switch_it_on(keeper, provider):
    set_to(provider, is_on=False)
    assert save(keeper, provider, client_id="prepared").status_code == 302
    provider.refresh_from_db()
    assert provider.client_id == "prepared"

    answer = save(keeper, provider, is_on="on")

    assert answer.status_code == 403
    assert ON in answer.text
    provider.refresh_from_db()
    assert not provider.is_on


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "mine"},
        {"secret": "mine"},
        {"trusts_addresses": "on"},
        {"links_by_address": "on"},
        {"groups_claim": "mine"},
        {"is_on": ""},
    ],
)
def test_a_provider_that_is_on_is_changed_only_by_who_manages_roles(
    keeper, client, provider, changed
):
    """Also before any of them came by it: its groups may give them their roles, and its word opens accounts."""
    assert "only by people who also manage roles" in keeper.get(f"{PAGE}{provider.pk}/change/").text
    before = Provider.objects.values().get()

    answer = save(keeper, provider, **changed)

    assert answer.status_code == 403
    assert ON in answer.text
    assert Provider.objects.values().get() == before
    assert keeper.get(f"{PAGE}{provider.pk}/delete/").status_code == 403

    assert save(client, provider, **changed).status_code == 302
    assert Provider.objects.values().get() != before


def test_a_change_needs_a_proof_that_it_is_you(client_of, admin, provider):
    stolen = client_of(admin)

    answer = save(stolen, provider, client_id="mine")

    assert answer.status_code == 409
    assert "/accounts/reauthenticate/?next=" in answer.text
    provider.refresh_from_db()
    assert provider.client_id == identity.CLIENT


def test_so_does_a_rule_by_who_only_manages_roles(client_of, provider):
    made = Role.objects.create(name="Roles", slug="roles-only", permissions=["roles.manage"])
    rule = {
        "rules-TOTAL_FORMS": 1,
        "rules-0-group": "all",
        "rules-0-role": Role.objects.get(slug="agent").pk,
    }

    answer = save(client_of(make_person("Ro Roles", made.slug)), provider, **rule)

    assert answer.status_code == 409
    assert not GroupRule.objects.exists()


def test_a_provider_that_opens_the_keys_of_the_house_is_changed_only_by_who_has_them(
    keeper, provider, admin
):
    set_to(provider, is_on=False)
    assert save(keeper, provider, client_id="before").status_code == 302
    SocialAccount.objects.create(user=admin, provider=provider.issuer, uid="a", extra_data={})
    provider.refresh_from_db()

    assert save(keeper, provider, client_id="after").status_code == 403
    provider.refresh_from_db()
    assert provider.client_id == "before"


def test_who_manages_roles_says_what_groups_give(provider, client_of, team):
    made = Role.objects.create(name="Roles", slug="roles-only", permissions=["roles.manage"])
    agent = Role.objects.get(slug="agent")
    rule = {
        "rules-TOTAL_FORMS": 1,
        "rules-0-group": "network",
        "rules-0-role": agent.pk,
        "rules-0-team": team.pk,
        "rules-0-is_on": "on",
    }

    manager = proved(client_of(make_person("Ro Roles", made.slug)))
    save(manager, provider, **rule, client_id="changed")

    assert GroupRule.objects.get().group == "network"
    provider.refresh_from_db()
    assert provider.client_id == identity.CLIENT


# Trying out ----------------------------------------------------------------------------------------


def tried(client, row):
    return client.post(f"{PAGE}{row.pk}/trial/").context["steps"]


def test_a_test_of_what_is_right_says_so_and_signs_nobody_in(client, provider, idp):
    steps = tried(client, provider)

    assert all(step.fits for step in steps)
    assert "/token" not in idp.asked


@pytest.mark.parametrize(
    ("published", "keys", "words"),
    [
        ({"issuer": "https://other.example"}, None, "calls itself “https://other.example”"),
        ({"token_endpoint": None}, None, "token_endpoint"),
        ({"code_challenge_methods_supported": ["plain"]}, None, "PKCE"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, None, "signs in no way"),
        ({}, [], "no keys"),
        ({}, [{"kty": "oct"}], "None of its keys"),
    ],
)
def test_a_test_names_what_is_wrong(client, provider, idp, published, keys, words):
    idp.published = published
    idp.keys = idp.keys if keys is None else keys

    last = tried(client, provider)[-1]

    assert not last.fits
    assert words in last.said
    provider.refresh_from_db()
    assert words in provider.last_trouble


def test_a_test_of_saml_names_certificates_that_can_not_be_read(client, db):
    corp = Provider.objects.create(
        kind="saml", name="Corp", slug="corp", issuer=saml.ISSUER, address="https://idp.example/sso", certificates=saml.CERTIFICATE
    )  # fmt: skip
    assert all(step.fits for step in tried(client, corp))

    set_to(corp, certificates="nonsense")
    assert "can’t be read" in tried(client, corp)[-1].said
    set_to(corp, address="http://idp.example/sso")
    assert "not an https address" in tried(client, corp)[-1].said


# Required for domains ----------------------------------------------------------------------------


def test_where_it_is_required_a_password_does_not_sign_in(provider):
    robin = make_person("Robin Kestrel", email="robin@corp.example")
    set_to(provider, domains="corp.example", is_required=True)
    browser = Client()

    answer = browser.post("/accounts/login/", {"login": robin.email, "password": PASSWORD})

    assert answer.status_code == 403
    assert "Sign in with Example ID" in answer.text
    assert who(browser) is None


@pytest.mark.parametrize("email", ["robin@other.example", "robin@sub.corp.example"])
def test_others_sign_in_as_before(provider, email):
    robin = make_person("Robin Kestrel", email=email)
    set_to(provider, domains="corp.example", is_required=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": robin.email, "password": PASSWORD})

    assert who(browser) == robin.pk


def test_who_manages_roles_always_comes_in(provider):
    boss = make_person("Ada Min", "administrator", email="ada@corp.example")
    set_to(provider, domains="corp.example", is_required=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": boss.email, "password": PASSWORD})

    assert who(browser) == boss.pk


def test_a_wrong_password_does_not_tell_what_is_required(provider):
    robin = make_person("Robin Kestrel", email="robin@corp.example")
    set_to(provider, domains="corp.example", is_required=True)

    answer = Client().post("/accounts/login/", {"login": robin.email, "password": "wrong"})

    assert answer.status_code == 200


# The file ------------------------------------------------------------------------------------------


def test_a_file_holds_providers_and_rules_without_secrets_and_switches_nothing_on(
    provider, admin, team
):
    GroupRule.objects.create(
        provider=provider, group="network", role=Role.objects.get(slug="agent"), team=team
    )
    said = collect(admin)
    assert identity.SECRET not in json.dumps(said)
    Provider.objects.all().delete()

    apply(read(json.dumps(said).encode()), by=admin)

    made = Provider.objects.get()
    assert (made.issuer, made.secret, made.is_on) == (provider.issuer, "", False)
    assert GroupRule.objects.get().group == "network"


def test_a_file_changes_a_provider_that_is_on_only_for_who_manages_roles(provider):
    made = Role.objects.create(name="Keeper", slug="keeper", permissions=["channels.manage"])
    kit = make_person("Kit Keeper", made.slug)
    said = collect(kit)
    [row] = said["sign_in_providers"]
    row["trusts_addresses"] = True
    wanted = read(json.dumps(said).encode())

    [line] = [line for line in apply(wanted, by=kit).lines if ON in line.why]
    assert line.outcome == Outcome.REFUSED
    provider.refresh_from_db()
    assert not provider.trusts_addresses

    set_to(provider, is_on=False)
    apply(wanted, by=kit)
    provider.refresh_from_db()
    assert (provider.trusts_addresses, provider.is_on) == (True, False)
