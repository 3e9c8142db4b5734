"""Signing in by an OpenID provider: known by issuer and subject alone, and every token that proves less is refused."""

import contextlib
import json
import time
from datetime import timedelta

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.test import Client
from django.utils import timezone

from accounts.actions import note_contact
from accounts.models import AuditEntry, User
from accounts.sso import breaker, fetching
from accounts.sso.troubles import Away
from tests import identity, sinks
from tests.accounts.sso.conftest import go, leave, set_to, who
from tests.accounts.test_sign_in import code_of
from tests.conftest import PASSWORD, make_person


@pytest.fixture
def robin(db):
    return make_person("Robin Kestrel", email="robin@example.com")


def link(person, provider, subject="r-1"):
    return SocialAccount.objects.create(
        user=person, provider=provider.issuer, uid=subject, extra_data={}
    )


def test_whoever_is_linked_signs_in_and_the_session_gets_a_new_key(browser, provider, idp, robin):
    link(robin, provider)
    browser.get("/accounts/login/")
    browser.post(f"/accounts/sso/{provider.slug}/")
    before = browser.session.session_key

    answer = go(browser, provider, idp, next="/accounts/")

    assert (answer.status_code, answer.url) == (302, "/accounts/")
    assert who(browser) == robin.pk
    assert browser.session.session_key != before
    assert browser.session.get_expiry_age() <= 12 * 60 * 60
    noted = AuditEntry.objects.get(kind="signed_in")
    assert (noted.actor, noted.data["provider"]) == (robin, "Example ID")


def test_the_way_there_carries_pkce_state_and_nonce_and_nothing_from_the_address_bar(
    browser, provider
):
    there = leave(browser, provider, scope="admin", auth_params="prompt=none")

    assert there.asked["code_challenge_method"] == "S256"
    assert there.asked["response_type"] == "code"
    assert set(there.asked["scope"].split()) == {"openid", "profile", "email"}
    assert len(there.asked["nonce"]) >= 32
    assert len(there.asked["state"]) >= 16
    assert "prompt" not in there.asked
    assert there.asked["redirect_uri"] == "http://testserver/accounts/sso/example-id/callback/"


def test_a_link_to_the_start_starts_nothing(browser, provider, idp):
    answer = browser.get(f"/accounts/sso/{provider.slug}/")

    assert answer.url == "/accounts/login/"
    assert idp.asked == []


def test_nothing_is_kept_of_tokens_and_secrets(browser, provider, idp, robin):
    link(robin, provider)
    go(browser, provider, idp)

    assert not SocialToken.objects.exists()
    assert not SocialApp.objects.exists()
    assert not EmailAddress.objects.exists()
    kept = json.dumps(SocialAccount.objects.get().extra_data) + json.dumps(dict(browser.session))
    assert "an access token" not in kept
    assert identity.SECRET not in kept


# Tokens that prove nothing -------------------------------------------------------------------------


def claims_with(**changed):
    return lambda claims: {
        name: value for name, value in (claims | changed).items() if value is not None
    }


def signed(with_key=identity.KEY, algorithm="RS256", **header):
    return lambda claims: jwt.encode(claims, with_key, algorithm, headers={"kid": "one"} | header)


def by_hand(claims, algorithm, secret):
    """PyJWT refuses to take a public key for a shared secret; whoever attacks does not."""
    import hashlib
    import hmac

    part = lambda value: jwt.utils.base64url_encode(json.dumps(value).encode())  # noqa: E731
    text = part({"alg": algorithm, "kid": "one"}) + b"." + part(claims)
    return (
        text + b"." + jwt.utils.base64url_encode(hmac.new(secret, text, hashlib.sha256).digest())
    ).decode()


def cut(claims):
    token = signed()(claims)
    head, body, _signature = token.split(".")
    return f"{head}.{body}."


def changed_after(claims):
    head, _body, signature = signed()(claims).split(".")
    other = jwt.utils.base64url_encode(
        json.dumps(claims | {"sub": "somebody-else"}).encode()
    ).decode()
    return f"{head}.{other}.{signature}"


now = time.time()
BAD_CLAIMS = {
    "another issuer": {"iss": "https://evil.example"},
    "the issuer with a slash": {"iss": "http://127.0.0.1/"},
    "no issuer": {"iss": None},
    "for somebody else": {"aud": "another-client"},
    "for nobody": {"aud": None},
    "for several, given to nobody in particular": {"aud": [identity.CLIENT, "another-client"]},
    "given to somebody else": {"azp": "another-client"},
    "a list of other readers": {"aud": ["another-client"], "azp": identity.CLIENT},
    "over": {"exp": now - 3600},
    "without an end": {"exp": None},
    "an end that is no time": {"exp": "tomorrow"},
    "not yet": {"nbf": now + 3600},
    "made in the future": {"iat": now + 3600},
    "without a beginning": {"iat": None},
    "another nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "an empty nonce": {"nonce": ""},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 1},
    "a subject that is too long": {"sub": "r" * 192},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
BAD_TOKENS = {
    "signed by somebody else": signed(identity.OTHER_KEY),
    "signed by a key that is not published": signed(identity.OTHER_KEY, kid="two"),
    "not signed": lambda claims: jwt.encode(claims, None, "none"),
    "called signed by nothing": lambda claims: cut(claims),
    "changed after signing": changed_after,
    "HS256 with the public key": lambda claims: by_hand(claims, "HS256", identity.PUBLIC_PEM),
    "HS256 with the client's secret": lambda claims: by_hand(claims, "HS256", identity.SECRET.encode()),
    "None in capitals": lambda claims: by_hand(claims, "NONE", b""),
    "demands what we don't know": signed(crit=["exp"], exp=1),
    "no token": lambda claims: None,
    "nonsense": lambda claims: "a.b.c",
    "a list": lambda claims: ["a"],
    "too long": lambda claims: signed()(claims | {"filler": "x" * 70_000}),
}  # fmt: skip


@pytest.mark.parametrize("case", [*BAD_CLAIMS, *BAD_TOKENS])
def test_a_token_that_proves_nothing_signs_nobody_in(browser, provider, idp, robin, case):
    link(robin, provider)
    link(robin, provider, "somebody-else")
    set_to(provider, makes_accounts=True, links_by_address=True)
    if case in BAD_CLAIMS:
        idp.wrong = claims_with(**BAD_CLAIMS[case])
    else:
        idp.sign = BAD_TOKENS[case]
    people = User.objects.count()

    answer = go(browser, provider, idp)

    assert answer.status_code == 401
    assert who(browser) is None
    assert User.objects.count() == people
    assert AuditEntry.objects.get(kind="sign_in_failed").data["reason"]
    provider.refresh_from_db()
    assert provider.last_trouble


def test_a_changed_key_is_asked_for_once(browser, provider, idp, robin):
    link(robin, provider)
    go(browser, provider, idp)
    fresh, public = identity.key("two")
    idp.keys, idp.sign = [public], signed(fresh, kid="two")

    go(Client(), provider, idp)
    idp.sign = signed(identity.OTHER_KEY, kid="three")
    go(Client(), provider, idp)
    go(Client(), provider, idp)

    assert AuditEntry.objects.filter(kind="signed_in").count() == 2
    assert idp.asked.count("/jwks") == 2, "made-up key names must not make us ask each time"


# The session, and where it leads --------------------------------------------------------------------


def test_an_answer_belongs_to_the_browser_that_began(provider, idp, robin):
    link(robin, provider)
    there = leave(Client(), provider)
    back = idp.authorize(there.asked).removeprefix("http://testserver")
    victim = Client()

    answer = victim.get(back)

    assert answer.status_code == 401
    assert who(victim) is None
    assert not AuditEntry.objects.filter(kind="sign_in_failed").exists(), (
        "strangers can't fill the log"
    )


def test_an_answer_works_once(browser, provider, idp, robin):
    link(robin, provider)
    there = leave(browser, provider)
    back = idp.authorize(there.asked).removeprefix("http://testserver")
    browser.get(back)
    browser.post("/accounts/logout/")

    assert browser.get(back).status_code == 401
    assert who(browser) is None


def test_a_code_works_once_also_with_a_fresh_state(browser, provider, idp, robin):
    link(robin, provider)
    first = leave(browser, provider)
    code = idp.authorize(first.asked).split("code=")[1].split("&")[0]
    idp.codes.clear()  # used by somebody else meanwhile
    there = leave(browser, provider)

    answer = browser.get(
        "/accounts/sso/example-id/callback/", {"code": code, "state": there.asked["state"]}
    )

    assert answer.status_code == 401
    assert who(browser) is None


def test_an_answer_of_another_issuer_is_refused(browser, provider, idp, robin):
    link(robin, provider)
    there = leave(browser, provider)
    back = (
        idp.authorize(there.asked)
        .removeprefix("http://testserver")
        .replace("iss=http", "iss=https")
    )

    assert browser.get(back).status_code == 401
    assert who(browser) is None


def test_giving_up_there_leads_back_without_an_alarm(browser, provider):
    there = leave(browser, provider)

    answer = browser.get(
        "/accounts/sso/example-id/callback/",
        {"error": "access_denied", "state": there.asked["state"]},
    )

    assert answer.url == "/accounts/login/"


OUTSIDE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "http:///evil.example", "javascript:alert(1)", "///evil.example", "https://testserver@evil.example/",
    "https://testserver.evil.example/", "\t//evil.example", "ftp://testserver/", "data:text/html,x", "//testserver:80@evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_it_leads_only_to_pages_of_ours(browser, provider, idp, robin, target):
    link(robin, provider)

    assert go(browser, provider, idp, next=target).url == "/"


# Who it is --------------------------------------------------------------------------------------------


def test_an_unknown_identity_opens_nothing_by_its_address(browser, provider, idp, robin):
    """Zammad CVE-2026-84458."""
    answer = go(browser, provider, idp)

    assert answer.status_code == 403
    assert who(browser) is None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"email_verified": False}, {"email_verified": None}, {"email_verified": "yes"}, {"email_verified": 1},
        {"email": "ROBIN@example.com", "email_verified": False}, {"email": "robin@examp\u0142e.com"},
        {"email": "ro\u0062in@e\u212aample.com"}, {"email": "robin@example.com\u200b"}, {"email": "rob\u0131n@example.com"},
        {"email": "robin@example.com,robin@evil.example"}, {"email": ["robin@evil.example", "robin@example.com"]},
        {"email": None},
    ],
)  # fmt: skip
def test_only_the_very_address_verified_there_opens_an_account(browser, provider, idp, robin, said):
    set_to(provider, links_by_address=True)
    idp.wrong = claims_with(**said)

    assert go(browser, provider, idp).status_code == 403
    assert who(browser) is None
    assert not SocialAccount.objects.exists()


def test_a_kelvin_sign_is_nobodys_k(browser, provider, idp):
    make_person("Kim Lark", email="kim@example.com")
    set_to(provider, links_by_address=True, makes_accounts=True)
    idp.person |= {"email": "\u212aim@example.com"}

    assert go(browser, provider, idp).status_code == 403


def test_where_it_is_allowed_a_verified_address_opens_the_account_once_and_for_good(
    browser, provider, idp, robin
):
    set_to(provider, links_by_address=True)
    go(browser, provider, idp)

    assert who(browser) == robin.pk
    assert (SocialAccount.objects.get().provider, SocialAccount.objects.get().uid) == (
        idp.issuer,
        "r-1",
    )
    assert AuditEntry.objects.get(kind="sign_in_linked").about_key == str(robin.pk)


def test_a_changed_address_there_takes_nothing_over(browser, provider, idp, robin):
    set_to(provider, links_by_address=True)
    link(robin, provider)
    boss = make_person("Bo Boss", email="boss@example.com")
    idp.person |= {"email": "boss@example.com"}

    go(browser, provider, idp)

    assert who(browser) == robin.pk
    robin.refresh_from_db()
    assert robin.email == "robin@example.com"
    assert not SocialAccount.objects.filter(user=boss).exists()


def test_the_same_subject_of_another_issuer_is_somebody_else(browser, provider, idp, robin):
    SocialAccount.objects.create(user=robin, provider="https://other.example", uid="r-1")

    assert go(browser, provider, idp).status_code == 403


def test_the_subject_counts_sign_by_sign(browser, provider, idp, robin):
    link(robin, provider, "R-1")

    assert go(browser, provider, idp).status_code == 403


def test_an_account_that_a_mail_made_is_not_given_away(browser, provider, idp):
    contact = note_contact("robin@example.com", name="Robin Kestrel")
    set_to(provider, links_by_address=True, makes_accounts=True)

    assert go(browser, provider, idp).status_code == 403
    assert not SocialAccount.objects.exists()

    User.objects.filter(pk=contact.pk).update(is_contact=False)  # as an administrator does
    go(Client(), provider, idp)
    assert SocialAccount.objects.get().user == contact


def test_who_manages_roles_is_opened_by_no_address(browser, provider, idp):
    make_person("Ada Min", "administrator", email="robin@example.com")
    set_to(provider, links_by_address=True)

    assert go(browser, provider, idp).status_code == 403


def test_addresses_of_other_domains_are_turned_away(browser, provider, idp, robin):
    set_to(provider, links_by_address=True, makes_accounts=True, domains="corp.example")

    assert go(browser, provider, idp).status_code == 403


def test_somebody_who_was_switched_off_does_not_get_in(browser, provider, idp, robin):
    link(robin, provider)
    robin.is_active = False
    robin.save()

    assert go(browser, provider, idp).status_code == 403
    assert who(browser) is None


# New accounts ----------------------------------------------------------------------------------------


def test_somebody_new_gets_an_account(browser, provider, idp, department):
    set_to(provider, makes_accounts=True, department=department, language="de")

    go(browser, provider, idp)

    made = User.objects.get(email="robin@example.com")
    assert who(browser) == made.pk
    assert (made.display_name, made.department, made.language) == (
        "Robin Kestrel",
        department,
        "de",
    )
    assert not made.has_usable_password()
    assert not made.is_on_staff


def test_no_account_is_made_for_an_address_that_is_not_verified(browser, provider, idp):
    set_to(provider, makes_accounts=True)
    idp.person |= {"email_verified": False}

    assert go(browser, provider, idp).status_code == 403
    assert not User.objects.filter(email="robin@example.com").exists()


def test_no_second_account_is_made_for_an_address_that_somebody_has(browser, provider, idp, robin):
    set_to(provider, makes_accounts=True)

    assert go(browser, provider, idp).status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_name_that_hides_something_is_not_taken(browser, provider, idp):
    set_to(provider, makes_accounts=True)
    idp.person |= {"name": "Robin\u202egnp.exe"}

    go(browser, provider, idp)

    assert User.objects.get(email="robin@example.com").display_name == "robin"


def test_nobody_passes_for_a_colleague(browser, provider, idp):
    make_person("Robin Kestrel", email="the-other@example.com")
    set_to(provider, makes_accounts=True)

    go(browser, provider, idp)

    made = User.objects.get(email="robin@example.com")
    assert made.display_name == "Robin Kestrel (robin@example.com)"


@pytest.mark.parametrize("email", ["desk@firebreak.invalid", "x@erased.invalid"])
def test_addresses_that_are_nobodys_make_no_account(browser, provider, idp, email):
    set_to(provider, makes_accounts=True, links_by_address=True)
    idp.person |= {"email": email}
    people = User.objects.count()

    assert go(browser, provider, idp).status_code in {403, 422}
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()


def test_what_the_token_lacks_is_asked_for_and_must_be_about_the_same_person(
    browser, provider, idp
):
    set_to(provider, makes_accounts=True)
    idp.person = {"sub": "r-1"}
    idp.userinfo = {"sub": "somebody-else", "email": "robin@example.com", "email_verified": True}
    assert go(browser, provider, idp).status_code == 401

    idp.userinfo |= {"sub": "r-1"}
    go(browser, provider, idp)
    assert User.objects.get(pk=who(browser)).email == "robin@example.com"


def test_verified_is_about_the_address_beside_it(browser, provider, idp, robin):
    set_to(provider, links_by_address=True)
    idp.person = {"sub": "r-1", "email": "robin@example.com"}
    idp.userinfo = {"email": "mallory@example.com", "email_verified": True}

    assert go(browser, provider, idp).status_code == 403


def test_verified_says_nothing_of_an_address_in_another_claim(browser, provider, idp, robin):
    """Anybody may set a login there to somebody's address, beside a verified one of their own."""
    set_to(provider, links_by_address=True, email_claim="preferred_username")
    idp.person = {
        "sub": "r-1",
        "email": "mallory@example.com",
        "email_verified": True,
        "preferred_username": robin.email,
    }
    assert go(browser, provider, idp).status_code == 403
    assert who(browser) is None

    set_to(provider, trusts_addresses=True)
    go(browser, provider, idp)
    assert who(browser) == robin.pk


# Linking by hand -----------------------------------------------------------------------------------


def test_a_person_links_an_identity_after_showing_who_they_are(provider, idp, robin, client_of):
    browser = client_of(robin)
    answer = browser.post(f"/accounts/sso/{provider.slug}/link/")
    assert answer.url.startswith("/accounts/reauthenticate/")

    answer = browser.post(answer.url, {"password": PASSWORD})
    there = (
        answer
        if answer.status_code == 200
        else browser.post(f"/accounts/sso/{provider.slug}/link/")
    )
    assert there.status_code == 200
    address = there.context["address"]
    asked = dict(pair.split("=", 1) for pair in address.split("?")[1].split("&"))
    from urllib.parse import unquote_plus

    back = idp.authorize({name: unquote_plus(value) for name, value in asked.items()})
    answer = browser.get(back.removeprefix("http://testserver"))

    assert answer.url == "/accounts/sso/"
    assert SocialAccount.objects.get().user == robin
    assert "Example ID" in browser.get("/accounts/sso/").text


def test_an_identity_of_somebody_else_is_not_linked(provider, idp, robin, client_of):
    link(robin, provider)
    mallory = make_person("Mallory Marsh")
    browser = client_of(mallory)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.post(f"/accounts/sso/{provider.slug}/link/")
    from urllib.parse import parse_qs, urlsplit

    asked = {
        name: values[0]
        for name, values in parse_qs(urlsplit(page.context["address"]).query).items()
    }

    answer = browser.get(idp.authorize(asked).removeprefix("http://testserver"))

    assert answer.status_code == 409
    assert SocialAccount.objects.get().user == robin
    assert who(browser) == mallory.pk


def test_without_a_password_it_is_the_sign_in_that_must_be_fresh(
    provider, idp, client_of, time_machine
):
    """allauth takes nobody's proof where there is nothing to prove it with."""
    robin = make_person("Robin Kestrel", email="robin@example.com")
    User.objects.filter(pk=robin.pk).update(password="!")
    link(robin, provider, "first")
    idp.person |= {"sub": "first"}
    browser = Client()
    go(browser, provider, idp)

    assert browser.post(f"/accounts/sso/{provider.slug}/link/").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=10))
    assert browser.post(f"/accounts/sso/{provider.slug}/link/").status_code == 409


def test_unlinking_needs_a_way_to_sign_in_that_is_left(provider, robin, client_of):
    account = link(robin, provider)
    browser = client_of(robin)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    browser.post(f"/accounts/sso/identities/{account.pk}/end/")
    assert not SocialAccount.objects.exists()

    account = link(robin, provider)
    User.objects.filter(pk=robin.pk).update(password="!")
    assert browser.post(f"/accounts/sso/identities/{account.pk}/end/").status_code in {302, 409}
    assert SocialAccount.objects.exists()


def test_nobody_unlinks_for_somebody_else(provider, robin, client_of):
    account = link(robin, provider)
    browser = client_of(make_person("Mallory Marsh"))
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert browser.post(f"/accounts/sso/identities/{account.pk}/end/").status_code == 404


# Two steps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusts", "values", "said", "open_"),
    [
        (False, "", {"amr": ["pwd", "mfa"]}, False),
        (True, "", {"amr": ["pwd", "mfa"]}, True),
        (True, "", {"amr": ["pwd"]}, False),
        (True, "", {}, False),
        (True, "urn:gold", {"acr": "urn:gold"}, True),
        (True, "urn:gold", {"amr": ["mfa"]}, False),
    ],
)
def test_a_second_step_there_counts_only_where_it_was_said_to(
    browser, provider, idp, team, settings, trusts, values, said, open_
):
    settings.REQUIRE_STAFF_MFA = True
    agent = make_person("Ana Agent", ("agent", team))
    link(agent, provider)
    set_to(provider, trusts_second_factor=trusts, second_factor_values=values)
    idp.wrong = claims_with(**said)

    go(browser, provider, idp)

    answer = browser.get("/desk/", follow=False)
    assert ("required=1" not in answer.get("Location", "")) is open_


def test_who_has_a_second_step_here_is_asked_for_it(browser, provider, idp, robin):
    link(robin, provider)
    secret = generate_totp_secret()
    TOTP.activate(robin, secret)

    answer = go(browser, provider, idp, next="/accounts/")
    assert answer.url == "/accounts/2fa/authenticate/"
    assert who(browser) is None
    assert browser.get(answer.url).status_code == 200

    answer = browser.post(answer.url, {"code": code_of(secret)})
    assert answer.url == "/accounts/"
    assert who(browser) == robin.pk
    assert browser.session.get_expiry_age() <= 12 * 60 * 60


# A provider in trouble (F27) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", (500, {})),
        ("/.well-known/openid-configuration", (200, b"<html>")),
        ("/.well-known/openid-configuration", (200, b"[]")),
        ("/.well-known/openid-configuration", (200, b"[" * 100_000)),
        ("/.well-known/openid-configuration", (200, b" " * 10_000_000)),
        ("/.well-known/openid-configuration", (302, {})),
    ],
)
def test_a_provider_that_answers_nonsense_leaves_signing_in_alone(
    browser, provider, idp, robin, path, answer
):
    idp.answers[path] = answer

    page = browser.post(f"/accounts/sso/{provider.slug}/")

    assert page.status_code == 401
    assert "could not sign you in" in page.text
    assert browser.get("/accounts/login/").status_code == 200
    browser.post("/accounts/login/", {"login": robin.email, "password": PASSWORD})
    assert who(browser) == robin.pk
    provider.refresh_from_db()
    assert provider.last_trouble


@pytest.mark.parametrize("answer", [(200, b"<html>"), (500, {}), (200, b"null"), (200, {"access_token": 1}), (200, b"[" * 100_000)])  # fmt: skip
@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
def test_nonsense_on_the_way_back_is_a_page_not_a_crash(
    browser, provider, idp, robin, path, answer
):
    link(robin, provider)
    idp.person = {"sub": "r-1"}
    idp.answers[path] = answer

    assert go(browser, provider, idp).status_code == 401
    assert who(browser) is None


def test_a_provider_that_is_away_is_not_waited_for_again_and_again(
    browser, provider, idp, settings
):
    settings.OUTBOUND_ALLOWED = ["127.0.0.1:9"]
    set_to(provider, issuer="http://127.0.0.1:9")

    for _try in range(3):
        assert browser.post(f"/accounts/sso/{provider.slug}/").status_code == 401
    provider.refresh_from_db()
    assert "can't be reached" in provider.last_trouble


def test_only_some_wait_for_a_slow_provider_at_the_same_time(provider):
    """So that it never takes all workers with it."""
    with contextlib.ExitStack() as waiting:
        for _one in range(breaker.AT_ONCE):
            waiting.enter_context(breaker.watch(provider))
        with pytest.raises(Away, match="too many"), breaker.watch(provider):
            raise AssertionError
    with breaker.watch(provider):
        pass


def test_a_certificate_that_ran_out_is_said_and_the_page_stays_up(
    browser, provider, settings, tmp_path, monkeypatch
):
    context = sinks.certificate(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with sinks.sink(context) as secure:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{secure.port}"]
        set_to(provider, issuer=f"https://127.0.0.1:{secure.port}")
        assert browser.post(f"/accounts/sso/{provider.slug}/").status_code == 401
    provider.refresh_from_db()
    assert "certificate" in provider.last_trouble
    assert browser.get("/accounts/login/").status_code == 200


def test_after_many_tries_one_must_wait(browser, provider, idp):
    answers = {browser.post(f"/accounts/sso/{provider.slug}/").status_code for _try in range(62)}

    assert answers == {200, 429}


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"token_endpoint": None}, {"jwks_uri": "https://a:b@evil.example/"},
    ],
)  # fmt: skip
def test_what_it_publishes_must_be_its_own_and_safe(browser, provider, idp, published):
    idp.published = published

    assert browser.post(f"/accounts/sso/{provider.slug}/").status_code == 401


def test_only_https_is_asked_except_on_this_machine():
    for address in (
        "http://idp.example/",
        "ftp://idp.example",
        "https://user@idp.example/",
        "//idp.example",
        "",
        "http://[::1",
    ):
        with pytest.raises(fetching.Away):
            fetching.require_safe(address)
    fetching.require_safe("https://idp.example/x")


def test_while_it_is_off_there_is_no_button_and_no_way(browser, provider, idp):
    assert "Sign in with Example ID" in browser.get("/accounts/login/").text
    set_to(provider, is_on=False)

    assert "Example ID" not in browser.get("/accounts/login/").text
    assert browser.post(f"/accounts/sso/{provider.slug}/").status_code == 404
    assert browser.get(f"/accounts/sso/{provider.slug}/callback/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "3rdparty/",
        "3rdparty/signup/",
        "3rdparty/login/error/",
        "social/signup/",
        "social/connections/",
    ],
)
def test_allauths_own_pages_for_it_are_closed(browser, db, path):
    assert browser.get(f"/accounts/{path}").status_code == 404
