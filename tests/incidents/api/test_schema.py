"""What the API says of itself: nothing new reaches anybody unreviewed, and every answer is as described."""

import json
import os
from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from incidents.api.description import described, operations

SNAPSHOT = Path(__file__).with_name("answers.txt")
EXAMPLES = int(os.environ.get("API_EXAMPLES", "1"))
"""Of each operation and way; a wider run sets it to hundreds."""
WANTED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
)  # fmt: skip


def answered():
    """Every field of every answer and body, one a line."""
    schemas = described()["components"]["schemas"]
    return sorted(f"{name}.{field}" for name, one in schemas.items() for field in one.get("properties", {}))  # fmt: skip


def test_a_new_field_needs_a_reviewed_change(db):
    """Who adds a field thinks about who may read it, and then writes it into answers.txt."""
    assert answered() == SNAPSHOT.read_text().split()


def test_every_operation_says_what_it_asks_and_may_answer(db):
    for path, method, one in operations(described()):
        where = f"{method} {path}"
        assert one["x-scope"], where
        assert one["security"] == [{"Bearer": []}], where
        assert one["summary"], where
        assert {"401", "403", "429", "500"} <= one["responses"].keys(), where
        if method == "post" and "201" in one["responses"]:
            assert "Idempotency-Key" in {header["name"] for header in one["parameters"]}, where


def test_only_signed_in_people_and_tokens_get_it(client, client_of, requester, program_of):
    assert client.get("/api/v1/openapi.json").status_code == 302
    page = client_of(requester).get("/api/v1/openapi.json").json()
    assert page["openapi"].startswith("3.1")
    assert program_of(requester).get("/openapi.json").json() == page


def test_the_page_for_people_shows_every_route(client_of, requester):
    page = client_of(requester).get("/api/v1/").content.decode()

    for path, _method, _one in operations(described()):
        assert path in page
    assert "curl -X POST" in page
    assert "<script src" not in page.replace('<script src="/static/', "")


# Made-up requests ---------------------------------------------------------------------------------------


@pytest.fixture
def speaks(settings, program_of, admin):
    """What is sent along with every request: a token that may do everything, as often as it likes."""
    settings.API_REQUESTS_PER_TOKEN = settings.API_REQUESTS_PER_NETWORK = 1_000_000
    return {"Authorization": f"Bearer {program_of(admin).secret}"}


@pytest.fixture
def one_connection():
    """As Django's own client does it: the end of a request closes nothing, or the test's transaction would be gone."""
    moments = (request_started, request_finished)
    for moment in moments:
        moment.disconnect(close_old_connections)
    yield
    for moment in moments:
        moment.connect(close_old_connections)


@pytest.fixture
def real(make_ticket, make_article, service, requester):
    """What stands in paths, so that more than 404 comes back."""
    first, second = make_ticket(), make_ticket("Another")
    return {
        "ref": first.ref, "other": second.ref, "slug": make_article().slug, "person": requester.pk, "kind": "related",
    }  # fmt: skip


def test_made_up_requests_break_nothing_and_are_answered_as_described(speaks, real, one_connection):
    """No 5xx, and no answer of a status, type or shape that the description doesn't have."""
    load_all_checks()
    checks = [*CHECKS.get_by_names(list(WANTED))]
    loaded = schemathesis.openapi.from_dict(json.loads(json.dumps(described())))
    loaded.app = get_wsgi_application()
    tried = []

    def ask(case):
        tried.append(case.path)
        case.call_and_validate(headers=speaks, checks=checks)

    for result in loaded.get_all_operations():
        operation = result.ok()
        named = {name: value for name, value in real.items() if f"{{{name}}}" in operation.path}
        for mode in GenerationMode:
            for path in ({}, {"path_parameters": named}) if named else ({},):
                made_up(ask, operation.as_strategy(mode, **path))
    assert len(set(tried)) == len(described()["paths"])


def made_up(ask, cases):
    few = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    few(given(case=cases)(lambda case: ask(case)))()
