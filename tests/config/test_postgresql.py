"""A connection to PostgreSQL that is kept is asked seldom whether it still works, and never taken for one that does."""

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL alone"),
]


@pytest.fixture
def asked(monkeypatch):
    """How often the server was asked."""
    connection.ensure_connection()
    connection.answered_at = 0.0
    times = []
    usual = base.DatabaseWrapper.is_usable

    def is_usable(self):
        times.append(1)
        return usual(self)

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", is_usable)
    return times


def test_one_that_answered_a_moment_ago_is_not_asked_again(asked):
    assert [connection.is_usable() for _ in range(3)] == [True] * 3

    assert len(asked) == 1


def test_after_half_a_minute_it_is_asked(asked):
    connection.is_usable()
    connection.answered_at -= 31

    assert connection.is_usable()
    assert len(asked) == 2


def test_after_an_error_it_is_asked(asked):
    connection.is_usable()
    connection.errors_occurred = True

    assert connection.is_usable()
    assert len(asked) == 2
    connection.errors_occurred = False


def test_one_that_the_server_ended_works_no_more(asked):
    assert connection.is_usable()
    parameters = connection.get_connection_params()
    named = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if name in parameters}  # fmt: skip
    with psycopg.connect(**named) as other:
        pid = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    assert not connection.is_usable()
    connection.close()
