"""L6: names of filters and orders come from a list of ours. Whatever else an address asks for is refused with 400 and
reaches no query."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from accounts.models import User
from incidents.tickets.models import Ticket

LISTS = ["/desk/queues/network/", "/desk/mine/", "/desk/unassigned/", "/desk/all/"]
LOOKUPS = ("", "__exact", "__startswith", "__regex", "__in", "__isnull", "__gt", "__year", "__contains")  # fmt: skip
SECRETS = ("pbkdf2", "password", "log_head")
"""In no query about tickets: neither as a name nor as a value."""


def paths():
    """Fields of tickets and of people, over one relation or two, with every kind of lookup."""
    own = [field.name for field in Ticket._meta.get_fields()]
    people = [field.name for field in User._meta.get_fields()]
    relations = (
        "assignee",
        "requester",
        "assigned_to",
        "reporter",
        "followers",
        "team__grants__user",
    )
    named = [f"{relation}__{field}" for relation in relations for field in people]
    named += [field for field in own if field not in ALLOWED]
    return [name + lookup for name in named for lookup in LOOKUPS if name + lookup not in ALLOWED]


ALLOWED = {
    "q", "status", "step", "priority", "type", "team", "assignee", "category", "service", "requester", "department", "tag",
    "requester_name", "created", "created_from", "created_to", "updated", "updated_from", "updated_to", "due", "unread",
    "sort", "after", "since", "changed",
}  # fmt: skip
FIXED = [
    {"assigned_to__password__startswith": "pbkdf2"},
    {"requester__password__regex": "^p"},
    {"sort": "requester__password"},
    {"sort": "-assignee__password"},
    {"sort": "?"},
    {"sort": "priority; DROP TABLE tickets_ticket"},
    {"order_by": "log_head"},
    {"o": "1"},
    {"_connector": "OR"},
    {"_negated": "1"},
    {"pk__in": "1"},
    {"status__in": "new"},
    {"team__slug": "network"},
    {"category": "vpn' OR '1'='1"},
    {"requester": "1 OR 1=1"},
    {"q__raw": "1"},
    {"__class__": "x"},
    {"{{ 7*7 }}": "1"},
]


@pytest.fixture
def desk(client_of, agent):
    return client_of(agent)


@pytest.mark.parametrize("asked", FIXED, ids=lambda asked: next(iter(asked.items()))[0])
def test_known_payloads_are_refused(desk, ticket, asked):
    refused(desk, "/desk/all/", asked, ticket)


def test_made_up_paths_are_refused(desk, ticket):
    chance = random.Random(20261128)
    for name in chance.sample(paths(), 60):
        refused(
            desk, chance.choice(LISTS), {name: chance.choice(["1", "a", "pbkdf2", "True"])}, ticket
        )
    for name in chance.sample(paths(), 40):
        refused(desk, chance.choice(LISTS), {"sort": chance.choice(["", "-"]) + name}, ticket)


def refused(desk, path, asked, ticket):
    with CaptureQueriesContext(connection) as queries:
        response = desk.get(f"{path}?{urlencode(asked)}")

    assert response.status_code == 400, asked
    assert ticket.ref not in response.content.decode()
    about_tickets = [q["sql"] for q in queries.captured_queries if "tickets_ticket" in q["sql"]]
    assert not any(secret in sql for sql in about_tickets for secret in SECRETS)
