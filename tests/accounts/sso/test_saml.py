"""Signing in by SAML: only a signed assertion that answers this session's own request, once."""

import re
import subprocess
import sys
import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from onelogin.saml2.constants import OneLogin_Saml2_Constants as C

from accounts.models import AuditEntry, Grant, Role, User
from accounts.sso.models import GroupRule, Provider
from tests import saml
from tests.accounts.sso.conftest import set_to, who
from tests.conftest import make_person

ACS = "http://testserver/accounts/sso/corp/acs/"
OURS = "http://testserver/accounts/sso/corp/metadata/"


@pytest.fixture
def corp(db):
    return Provider.objects.create(
        kind="saml", name="Corp", slug="corp", is_on=True, issuer=saml.ISSUER,
        address="https://idp.example/sso", certificates=saml.CERTIFICATE,
    )  # fmt: skip


@pytest.fixture
def robin(db, corp):
    person = make_person("Robin Kestrel", email="robin@example.com")
    SocialAccount.objects.create(user=person, provider=saml.ISSUER, uid="r-1", extra_data={})
    return person


def leave(browser):
    page = browser.post("/accounts/sso/corp/", {"next": "/accounts/"})
    return saml.request_of(page.context["address"])


def post(browser, xml, **more):
    answer = Client(enforce_csrf_checks=True).post(
        "/accounts/sso/corp/acs/", {"SAMLResponse": saml.packed(xml)} | more
    )
    if answer.status_code != 302:
        return answer
    browser.cookies["saml-answer"] = answer.cookies["saml-answer"].value
    return browser.get(answer.url)


def right(asked, **changed):
    return saml.response(
        saml.signed(saml.assertion(asked, ACS, audience=OURS, **changed)), asked, ACS
    )


def test_a_signed_assertion_signs_in(browser, corp, robin):
    asked, acs = leave(browser)
    assert acs == ACS

    answer = post(browser, right(asked), RelayState="https://evil.example/")

    assert (answer.status_code, answer.url) == (302, "/accounts/")
    assert who(browser) == robin.pk


def test_what_is_put_aside_is_out_of_reach_of_scripts(corp):
    answer = Client().post("/accounts/sso/corp/acs/", {"SAMLResponse": saml.packed("<a/>")})

    cookie = answer.cookies["saml-answer"]
    assert cookie["httponly"]
    assert cookie["path"] == "/accounts/sso/corp/finish/"


def bad_response(asked, **more):
    return saml.response(saml.signed(saml.assertion(asked, ACS, audience=OURS)), asked, ACS, **more)


def bad_assertion(asked, audience=OURS, **changed):
    return saml.response(
        saml.signed(saml.assertion(asked, ACS, audience=audience, **changed)), asked, ACS
    )


def wrapped(asked, place):
    """A forged assertion beside the signed one (XML signature wrapping)."""
    good = saml.signed(saml.assertion(asked, ACS, audience=OURS, id="_good", name_id="nobody"))
    good = good.partition("?>\n")[2] if good.startswith("<?xml") else good
    forged = saml.assertion(asked, ACS, audience=OURS, id="_forged")
    if place == "before":
        return saml.response(good, asked, ACS, before=forged)
    if place == "after":
        return saml.response(good, asked, ACS, after=forged)
    if place == "same id":
        return saml.response(good, asked, ACS, before=forged.replace("_forged", "_good"))
    signature = re.search(r"<ds:Signature.*</ds:Signature>", good, re.DOTALL).group()
    if place == "inside its signature":
        bare = good.replace(signature, "")
        inside = signature.replace(
            "</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>"
        )
        return saml.response(
            forged.replace("</saml:Issuer>", f"</saml:Issuer>{inside}", 1), asked, ACS
        )
    extension = f"<samlp:Extensions>{good}</samlp:Extensions>"
    return saml.response(forged, asked, ACS).replace("<samlp:Status>", f"{extension}<samlp:Status>")


BAD = {
    "not signed": lambda asked: saml.response(saml.assertion(asked, ACS, audience=OURS), asked, ACS),
    "signed by somebody else": lambda asked: saml.response(
        saml.signed(saml.assertion(asked, ACS, audience=OURS), saml.OTHER_KEY, saml.OTHER_CERTIFICATE), asked, ACS
    ),
    "signed by SHA-1": lambda asked: saml.response(
        saml.signed(saml.assertion(asked, ACS, audience=OURS), sign_algorithm=C.RSA_SHA1, digest_algorithm=C.SHA1), asked, ACS
    ),
    "changed after signing": lambda asked: right(asked, name_id="r-9").replace("r-9", "r-1"),
    "its address changed after signing": lambda asked: right(asked).replace("robin@", "mallory@"),
    "a forged one before": lambda asked: wrapped(asked, "before"),
    "a forged one after": lambda asked: wrapped(asked, "after"),
    "a forged one of the same ID": lambda asked: wrapped(asked, "same id"),
    "the signed one inside the signature": lambda asked: wrapped(asked, "inside its signature"),
    "the signed one in an extension": lambda asked: wrapped(asked, "extension"),
    "only the answer signed": lambda asked: saml.signed(
        saml.response(saml.assertion(asked, ACS, audience=OURS), asked, ACS)
    ),
    "over": lambda asked: bad_assertion(asked, ends=-60),
    "not yet": lambda asked: bad_assertion(asked, begins=60),
    "for somebody else": lambda asked: bad_assertion(asked, audience="https://other.example"),
    "for nobody in particular": lambda asked: bad_assertion(asked, audience=""),
    "to another address": lambda asked: bad_assertion(asked, to="https://other.example/acs/"),
    "another destination": lambda asked: bad_response(asked, destination="https://other.example/acs/"),
    "a destination that begins like ours": lambda asked: bad_response(asked, destination=ACS + "../../evil/"),
    "of another issuer": lambda asked: bad_assertion(asked, issuer="https://other.example"),
    "an answer of another issuer": lambda asked: bad_response(asked, issuer="https://other.example"),
    "in answer to another request": lambda asked: bad_assertion(asked, answers="_of-somebody-else"),
    "an assertion that answers nothing": lambda asked: bad_assertion(asked, answers=""),
    "refused there": lambda asked: bad_response(asked, status=C.STATUS_RESPONDER),
    "an empty subject": lambda asked: bad_assertion(asked, name_id=""),
    "a transient subject": lambda asked: bad_assertion(asked, format=C.NAMEID_TRANSIENT),
    "a comment in the subject": lambda asked: right(asked, name_id="r-1.evil").replace("r-1.evil", "r-1<!-- -->.evil"),
    "two subjects": lambda asked: right(asked).replace("</saml:Subject>", "</saml:Subject><saml:Subject/>"),
    "no assertion": lambda asked: saml.response("", asked, ACS),
    "no XML": lambda asked: "nonsense",
    "another document": lambda asked: "<html/>",
    "an external entity": lambda asked: '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + right(asked).replace("r-1", "&e;"),
    "a bomb": lambda asked: '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
    "a bomb in UTF-16": lambda asked: '<!DOCTYPE a [<!ENTITY a "aa">]><a>&a;</a>'.encode("utf-16"),
    "nested without end": lambda asked: "<a>" * 30_000,
    "very long": lambda asked: "<a>" + "x" * 400_000 + "</a>",
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_proves_nothing_signs_nobody_in(browser, corp, robin, case):
    set_to(corp, makes_accounts=True, links_by_address=True, trusts_addresses=True)
    asked, _acs = leave(browser)
    people, began = User.objects.count(), time.process_time()

    answer = post(browser, BAD[case](asked))

    assert answer.status_code == 401
    assert time.process_time() - began < 1  # a bomb costs more
    assert who(browser) is None
    assert User.objects.count() == people


def test_an_answer_works_once(browser, corp, robin):
    asked, _acs = leave(browser)
    answer = right(asked)
    post(browser, answer)
    browser.post("/accounts/logout/")

    assert post(browser, answer).status_code == 401
    assert who(browser) is None


def test_an_assertion_works_once_also_under_a_fresh_request(browser, corp, robin):
    asked, _acs = leave(browser)
    inner = saml.signed(saml.assertion(asked, ACS, audience=OURS))
    post(browser, saml.response(inner, asked, ACS))
    browser.post("/accounts/logout/")
    again, _acs = leave(browser)

    assert post(browser, saml.response(inner, again, ACS)).status_code == 401


def test_an_answer_belongs_to_the_browser_that_began(browser, corp, robin):
    asked, _acs = leave(Client())

    assert post(browser, right(asked)).status_code == 401
    assert who(browser) is None
    assert not AuditEntry.objects.filter(kind="sign_in_failed").exists()


def test_sign_in_that_begins_there_is_not_taken(browser, corp, robin):
    inner = saml.signed(saml.assertion("", ACS, audience=OURS, answers=""))

    assert post(browser, saml.response(inner, "", ACS)).status_code == 401


def test_while_its_certificate_changes_both_count(browser, corp, robin):
    set_to(corp, certificates=f"{saml.OTHER_CERTIFICATE}\n{saml.CERTIFICATE}")
    asked, _acs = leave(browser)

    post(browser, right(asked))

    assert who(browser) == robin.pk


@pytest.mark.parametrize(("trusted", "got_in"), [(True, True), (False, False)])
def test_an_address_counts_only_where_all_of_them_are_proven(browser, corp, trusted, got_in):
    set_to(corp, makes_accounts=True, trusts_addresses=trusted)
    asked, _acs = leave(browser)

    post(browser, right(asked))

    assert bool(who(browser)) is got_in


def test_groups_of_an_assertion_give_and_take_roles(browser, corp, robin, team):
    agent, editor = (Role.objects.get(slug=slug) for slug in ("agent", "knowledge-editor"))
    GroupRule.objects.create(provider=corp, group="network", role=agent, team=team)
    GroupRule.objects.create(provider=corp, group="editors", role=editor)
    held = Grant.objects.filter(user=robin)

    post(browser, right(leave(browser)[0], groups=["network", "editors"]))
    assert {(one.role, one.team) for one in held} == {(agent, team), (editor, None)}

    browser.post("/accounts/logout/")
    post(browser, right(leave(browser)[0], groups=["editors"]))
    assert [(one.role, one.team) for one in held.all()] == [(editor, None)]


def test_our_metadata_says_who_we_are(browser, corp):
    said = browser.get("/accounts/sso/corp/metadata/").text

    assert f'entityID="{OURS}"' in said
    assert f'Location="{ACS}"' in said
    assert 'WantAssertionsSigned="true"' in said


def test_a_provider_that_is_not_set_up_rightly_is_a_page_not_a_crash(browser, corp):
    set_to(corp, certificates="", address="")

    assert browser.post("/accounts/sso/corp/").status_code == 401


@pytest.mark.parametrize(
    "address",
    ["javascript://%0aalert(1)", "http://idp.example/sso", "data:text/html,x", "//idp.example"],
)
def test_nobody_is_sent_to_an_address_that_is_not_safe(browser, corp, address):
    set_to(corp, address=address)

    assert browser.post("/accounts/sso/corp/").status_code == 401


def test_what_only_some_need_is_not_loaded_when_the_portal_starts():
    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "get_resolver().reverse_dict;"
        "print([one for one in ('onelogin', 'xmlsec', 'ldap3') if one in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**__import__("os").environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
    ).stdout  # fmt: skip

    assert said.strip() == "[]"
