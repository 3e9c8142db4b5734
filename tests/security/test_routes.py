"""Every route is in the access matrix, says whom it is for, and answers every role as the matrix says."""

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection

from incidents.mail.models import RawMail
from tests.security.inventory import ROLES, matrix, routes

MATRIX, PROFILES = matrix()
OURS = ("accounts.", "config.", "incidents.", "knowledge.")


def expected(line, role):
    """One status, or several that are all right."""
    profile = PROFILES[line["expect"]]
    wanted = profile.get(role, profile.get("*"))
    return wanted if isinstance(wanted, list) else [wanted]


def test_every_route_has_a_line_and_every_line_a_route():
    names = {route.name for route in routes()}
    lined = {name.split(" ")[0] for name in MATRIX}

    assert names - lined == set(), "routes without a line in access_matrix.toml"
    assert lined - names == set(), "lines without a route"


def test_every_view_of_ours_says_whom_it_is_for():
    silent = {
        route.name
        for route in routes()
        if route.view.__module__.startswith(OURS)
        and route.audience is None
        and not route.name.startswith("admin:")
    }
    assert silent == set()


def is_for_programs(line):
    return line["path"].startswith("/api/v1/") and not line.get("by_session")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_matrix_says(world, role, client, client_of):
    person = None if role == "anonymous" else world.people[role]
    session = client_of(person) if person else client
    wrong = {}
    for name, line in MATRIX.items():
        if "path" not in line or (line.get("needs_token") and not person):
            continue
        browser = world.program(role) if person and is_for_programs(line) else session
        method = line.get("method", "GET")
        answer = browser.generic(method, world.path(line["path"]), **world.body(line))
        if answer.status_code not in expected(line, role):
            wrong[name] = f"{answer.status_code}, not {expected(line, role)}"
        if person and SESSION_KEY not in session.session:
            session = client_of(person)
    assert wrong == {}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "anonymous"])
def test_several_mails_are_discarded_only_by_who_works_their_mailbox(world, role, client_of):
    """The answer is the same where nothing was discarded, so the status alone proves nothing."""
    line = MATRIX["desk:mails-discard"]

    client_of(world.people[role]).generic("POST", world.path(line["path"]), **world.body(line))

    mail = RawMail.objects.get(pk=world.things["other_held_mail"])
    assert (mail.state == RawMail.State.IGNORED) == (role in {"agent", "lead", "manager", "admin"})


KEPT_OF = {"accounts_accesstoken": "id, ended_at, scopes", "portal_feedaddress": "user_id, digest"}


def fingerprint():
    """Every row of every table but those that a visit may touch: sessions, cache, the log of who looked, and how often.

    Of a token and of a feed's address only when it was last used.
    """
    tables = [
        t
        for t in connection.introspection.table_names()
        if t
        not in {"django_session", "cache", "accounts_auditentry", "accounts_audithead", "api_usage"}
        and "fts" not in t
    ]
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            columns = KEPT_OF.get(table, "*")
            cursor.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 (names from the catalogue)
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.mark.parametrize("role", ["requester", "agent", "editor", "admin"])
def test_reading_changes_nothing_and_is_kept_by_no_cache(world, role, client_of):
    """HEAD and OPTIONS by the two roles between them to whom nothing is closed."""
    person, program = client_of(world.people[role]), world.program(role)
    methods = ("GET", "HEAD", "OPTIONS") if role in {"agent", "admin"} else ("GET",)
    before = fingerprint()
    for line in MATRIX.values():
        if "path" not in line:
            continue
        browser = program if is_for_programs(line) else person
        answers = {method: browser.generic(method, world.path(line["path"])) for method in methods}
        if line.get("method", "GET") == "GET" and not line.get("cacheable"):
            assert "no-store" in answers["GET"].get("Cache-Control", ""), line["path"]
    after = fingerprint()

    assert [table for table in before if before[table] != after[table]] == []


OPENED_BY_TOKEN = {"mail:hand-over"}
"""Reviewed: no cookie opens these, only a token in the Authorization header, which no other site can send."""

SIGNED = {"notify:stop"}
"""Reviewed: the address itself is the proof (RFC 8058), and all it can do is make us send less mail."""

PUT_ASIDE = {"sso:acs"}
"""Reviewed: a provider's signed answer comes from its site; it is kept apart until our own page reads it with the session."""


def test_only_what_a_token_opens_asks_for_no_proof_where_it_comes_from():
    exempt = {
        route.name
        for route in routes()
        if getattr(route.view, "csrf_exempt", False)
        and not route.pattern.startswith("api/v1/")  # behind the gate, where no session counts: see below
    }  # fmt: skip
    assert exempt == OPENED_BY_TOKEN | SIGNED | PUT_ASIDE


def test_every_change_proves_where_it_comes_from(world, client_of):
    """No POST without the token of this session, whatever the route; nor with another's."""
    open_doors = {}
    for role in ("requester", "agent", "admin"):
        browser = client_of(world.people[role], enforce_csrf_checks=True)
        for name, line in MATRIX.items():
            if "path" not in line or name in OPENED_BY_TOKEN:
                continue
            path = world.path(line["path"])
            proofs = ({}, {"HTTP_X_CSRFTOKEN": "a" * 64}) if role == "admin" else ({},)
            answers = {browser.post(path, **proof).status_code for proof in proofs}
            refused = {401, 403} if is_for_programs(line) else {403, 405, 302, 404}
            if not answers <= refused:
                open_doors[name] = answers
    assert open_doors == {}


def test_settings_that_must_hold():
    assert "*" not in settings.ALLOWED_HOSTS
    assert not any("UpdateCacheMiddleware" in name for name in settings.MIDDLEWARE)
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.X_FRAME_OPTIONS == "DENY"
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert "unsafe" not in str(policy)
