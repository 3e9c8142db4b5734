"""The API's door: tokens and nothing else, limits, and errors that are always problems."""

import json

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from accounts import actions as people
from accounts.access import Scope
from accounts.models import Department
from incidents.api import limits
from incidents.api.description import described, operations
from incidents.api.models import Usage
from incidents.api.routes import tickets as routes
from tests.incidents.api.conftest import Program

within_a_minute = time_machine.travel("2027-03-01T10:00:30Z", tick=False)


def is_problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert {"type", "title", "detail", "errors"} <= told.keys()
    assert answer["Cache-Control"] == "private, no-store"
    return told


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer fb_" + "0" * 48},
    {"Authorization": "Token fb_" + "0" * 48}, {"X-Api-Key": "x"}, {"X-Remote-User": "admin@example.com"},
])  # fmt: skip
def test_without_a_token_there_is_nothing(db, client, headers):
    answer = client.get("/api/v1/tickets", headers=headers)

    is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_opens_nothing(client_of, agent, ticket):
    browser = client_of(agent)

    is_problem(browser.get(f"/api/v1/tickets/{ticket.ref}"), 401)
    answer = browser.post(
        f"/api/v1/tickets/{ticket.ref}/notes", json.dumps({"body": "x"}), "application/json"
    )
    is_problem(answer, 401)


def test_a_tokens_person_is_who_acts_whatever_session_comes_along(
    client_of, agent, program_of, requester, ticket
):
    browser, program = client_of(agent), program_of(requester)
    answer = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {program.secret}"})

    assert answer.json()["name"] == "Robin Kestrel"


def test_access_ends_with_the_next_request(program_of, requester, admin):
    program = program_of(requester)
    assert program.get("/me").status_code == 200
    people.deactivate(requester, by=admin)
    is_problem(program.get("/me"), 401)


def test_staff_without_a_second_step_are_refused(settings, program_of, agent, requester):
    staff, other = program_of(agent), program_of(requester)
    settings.REQUIRE_STAFF_MFA = True

    is_problem(staff.get("/me"), 403)
    assert other.get("/me").status_code == 200


def test_a_program_acts_with_its_roles(admin, team, ticket):
    service = people.make_service_account("Monitoring", by=admin)
    people.grant(service, role=role("agent"), team=team, by=admin)
    _token, secret = people.make_token(service, by=admin, name="x", scopes=["tickets:read", "tickets:write"], days=7)  # fmt: skip
    program = Program(secret)

    assert program.get("/me").json()["is_service"] is True
    assert program.post(f"/tickets/{ticket.ref}/notes", {"body": "Disk full"}).status_code == 201
    assert ticket.messages.filter(author=service, kind="note").exists()


def test_a_token_does_nothing_that_it_is_not_for(settings, program_of, admin):
    """Of each operation, with a token for everything else; and none that only reads changes anything."""
    settings.API_REQUESTS_PER_NETWORK = 1_000_000
    programs = {}
    for path, method, one in operations(described()):
        lacking = one["x-scope"]
        if lacking not in programs:
            programs[lacking] = program_of(admin, *(scope for scope in Scope if scope != lacking))
        answer = programs[lacking].ask(method.upper(), path.removeprefix("/api/v1"))
        assert lacking in is_problem(answer, 403)["detail"], (method, path)
        assert lacking.endswith(":read" if method == "get" else ":write"), (method, path)
    assert set(programs) == set(Scope)


def role(slug):
    from accounts.models import Role

    return Role.objects.get(slug=slug)


# Limits ---------------------------------------------------------------------------------------------------


@within_a_minute
def test_a_token_that_asks_too_often_waits(settings, program_of, requester, other_requester):
    settings.API_REQUESTS_PER_TOKEN = 12
    program = program_of(requester)
    answers = [program.get("/me") for _again in range(13)]

    assert [one.status_code for one in answers] == [200] * 12 + [429]
    assert answers[0]["RateLimit"].startswith('"token";r=11;t=')
    assert answers[0]["RateLimit-Policy"] == '"token";q=12;w=60'
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    is_problem(answers[-1], 429)
    assert program_of(other_requester).get("/me").status_code == 200


@within_a_minute
def test_a_network_that_asks_too_often_waits(settings, program_of, requester, other_requester):
    """Whoever makes themselves ten tokens has one network all the same."""
    settings.API_REQUESTS_PER_NETWORK = 12
    one, other = program_of(requester), program_of(other_requester)
    codes = [who.get("/me").status_code for _again in range(6) for who in (one, other)]

    assert codes == [200] * 12
    answer = one.get("/me")
    is_problem(answer, 429)
    assert 1 <= int(answer["Retry-After"]) <= 60
    one.client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert one.get("/me").status_code == 200


@within_a_minute
def test_a_network_that_tries_tokens_waits_and_locks_nobody_out(settings, program_of, requester):
    settings.API_BAD_TOKENS_PER_NETWORK = 5
    client, wrong = Client(), {"Authorization": "Bearer fb_" + "0" * 48}
    codes = [client.get("/api/v1/me", headers=wrong).status_code for _again in range(6)]

    assert codes == [401] * 5 + [429]
    assert program_of(requester).get("/me").status_code == 200


@within_a_minute
def test_a_forged_address_makes_no_other_network(settings, db):
    settings.API_BAD_TOKENS_PER_NETWORK = 5
    client = Client()
    codes = {
        client.get("/api/v1/me", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(7)
    }
    assert 429 in codes


def test_processes_share_the_count(db):
    """Each takes ten places at once; together they never take more than there are."""
    given = 0
    for _process in range(4):
        limits.forget()
        given += sum(
            not limits.take("token", "token:1", 25, now=1_000_000).is_refused for _n in range(10)
        )
    assert given == 25
    assert not limits.take("token", "token:1", 25, now=1_000_060).is_refused


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.7", "192.0.2.7/32"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7/32"), ("", "unknown"),
])  # fmt: skip
def test_who_is_counted_together(address, network):
    assert limits.network_of(address) == network


def test_old_counts_are_swept(db):
    limits.take("token", "token:1", 25, now=1_000_000)
    assert limits.sweep(now=1_000_030) == 0
    assert limits.sweep(now=1_000_300) == 1
    assert not Usage.objects.exists()


# Errors -----------------------------------------------------------------------------------------------------


@pytest.fixture
def program(program_of, agent):
    return program_of(agent, raises=False)


def test_no_such_path(program):
    is_problem(program.get("/nothing"), 404)
    is_problem(program.get("/tickets/INC-1/"), 404)


def test_no_such_method(program, ticket):
    answer = program.delete(f"/tickets/{ticket.ref}")

    is_problem(answer, 405)
    assert "GET" in answer["Allow"]


def test_head_is_a_get_without_a_body(program, ticket):
    answer = program.ask("HEAD", f"/tickets/{ticket.ref}")

    assert answer.status_code == 200
    assert answer["ETag"]
    assert answer.content == b""


@pytest.mark.parametrize(("body", "status"), [
    (b"", 422), (b"{", 400), (b"[]", 422), (b'"x"', 422), (b"null", 422), (b'{"body": "a", "body": "b"}', 400), (b'{"body": NaN}', 400),
    (b"[" * 100_000, 400), (b'{"body": "\xff"}', 400), (b'{"body": "\\ud800"}', 400), (b'{"body": 1}', 422), (b'{"body": "x", "extra": 1}', 422),
    (b'{"body": "a\\u0000b"}', 400), (b'{"body": "   "}', 422),
])  # fmt: skip
def test_bodies_that_cannot_be_read(program, ticket, body, status):
    answer = program.client.post(
        f"/api/v1/tickets/{ticket.ref}/notes",
        body,
        "application/json",
        headers={"Authorization": f"Bearer {program.secret}"},
    )
    is_problem(answer, status)
    assert not ticket.messages.filter(kind="note").exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"])  # fmt: skip
def test_only_json_is_taken(program, ticket, kind):
    answer = program.client.generic(
        "POST",
        f"/api/v1/tickets/{ticket.ref}/notes",
        b'{"body": "x"}',
        kind,
        headers={"Authorization": f"Bearer {program.secret}"},
    )
    is_problem(answer, 415)


def test_too_much_is_refused_unread(program, ticket):
    answer = program.post(f"/tickets/{ticket.ref}/notes", {"body": "x" * (4 * 1024 * 1024)})
    is_problem(answer, 413)


def test_a_wrong_host_is_refused(program, settings):
    settings.ALLOWED_HOSTS = ["help.example.com"]
    is_problem(program.get("/me", Host="evil.example"), 400)


def test_what_breaks_says_a_reference_and_nothing_else(program, ticket, monkeypatch, caplog):
    def broken(*_args, **_more):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(routes.showing, "answer", broken)
    answer = program.get(f"/tickets/{ticket.ref}")

    told = is_problem(answer, 500)
    assert told["reference"] in told["detail"]
    assert "secret" not in answer.content.decode()
    assert told["reference"] in caplog.text


def test_a_database_that_is_away_is_said_so(program, ticket, monkeypatch):
    def away(*_args, **_more):
        raise OperationalError("connection refused")

    monkeypatch.setattr(routes.showing, "answer", away)
    answer = program.get(f"/tickets/{ticket.ref}")

    is_problem(answer, 503)
    assert answer["Retry-After"] == "30"


@pytest.mark.parametrize("path", ["/tickets?q=%00", "/tickets/INC-1%00", "/search/tickets?q=", "/people?q=ab", "/people", "/me?x=1"])  # fmt: skip
def test_addresses_that_cannot_be_read(program, path):
    answer = program.get(path)
    is_problem(answer, answer.status_code)
    assert answer.status_code in {400, 404, 422}


# People, settings, search ---------------------------------------------------------------------------------------


def test_people_are_found_by_name_alone(program, requester):
    Department.objects.update(name="Finance")
    told = program.get("/people?q=robin").json()["items"]

    assert told == [{"id": requester.pk, "name": "Robin Kestrel", "department": "Finance"}]


@pytest.fixture
def mailer(db):
    """Somebody who only wrote a mail."""
    return people.note_contact("sam@elsewhere.example", name="Sam Stranger", language="")


def test_who_only_wrote_a_mail_is_found_by_agents_alone(program, program_of, requester, mailer):
    assert program_of(requester).get("/people?q=stranger").json()["items"] == []
    [found] = program.get("/people?q=stranger").json()["items"]
    assert found["id"] == mailer.pk


def test_nor_do_others_learn_them_by_naming_them(program, program_of, requester, ticket, mailer):
    there = f"/tickets/{ticket.ref}/followers/{mailer.pk}"
    theirs = program_of(requester, raises=False)
    answer = theirs.put(there)

    assert answer.status_code == 422
    assert "Stranger" not in answer.text
    assert not ticket.followers.exists()
    filed = theirs.post(
        "/tickets", {"title": "Printer", "category": ticket.category.slug, "requester": mailer.pk}
    )
    assert filed.status_code == 422
    assert "Stranger" not in filed.text
    assert program.put(there).status_code == 200


@within_a_minute
def test_nobody_reads_out_the_house(program_of, agent, requester):
    program = program_of(agent)
    codes = {program.get("/people?q=robin").status_code for _again in range(121)}
    assert codes == {200, 429}


def test_how_the_house_is_set_up(program, program_of, requester, category, service):
    assert program.get("/categories").json()["items"][0]["path"] == "VPN"
    assert program.get("/services").json()["items"][0]["slug"] == "vpn-access"
    assert program.get("/teams").json()["items"] == [
        {"slug": "network", "name": "Network", "is_private": False}
    ]
    assert "incident" in {one["slug"] for one in program.get("/types").json()["items"]}
    assert program.get("/workflows").json()["items"][0]["steps"]
    assert len(program.get("/words").json()["priorities"]) == 5
    theirs = program_of(requester)
    assert [theirs.get(path).status_code for path in ("/teams", "/types", "/workflows")] == [403] * 3  # fmt: skip


def test_search_finds_what_the_desk_finds(program, program_of, requester, ticket, make_article):
    make_article()
    assert program.get("/search/tickets?q=dropping").json()["items"][0]["ref"] == ticket.ref
    assert program.get("/search/articles?q=disconnects").json()["items"][0]["slug"]
    assert program_of(requester).get("/search/tickets?q=dropping").status_code == 403
    is_problem(program.get("/search/tickets?q=x&after=made-up"), 400)
