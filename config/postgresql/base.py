"""PostgreSQL as Django has it, but for how it finds out whether a connection still works.

Django asks `SELECT 1` before the first query of every request: a fifth of what those cost that we ask on every page. A
connection that answered a moment ago, and on which nothing came in since, is not asked again: a server that goes down
or ends it says so, or closes it, and either can be seen without asking.
"""

import selectors
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base

ASKED_AGAIN = 30
"""Seconds after which a connection is asked in any case: a firewall forgets one without a word."""


class DatabaseWrapper(base.DatabaseWrapper):
    answered_at = 0.0

    def is_usable(self) -> bool:
        now = time.monotonic()
        is_fresh = now - self.answered_at < ASKED_AGAIN and not self.errors_occurred
        if is_fresh and self.connection is not None and _is_quiet(self.connection):
            return True
        is_usable = bool(super().is_usable())
        self.answered_at = now if is_usable else 0.0
        return is_usable


def _is_quiet(connection: psycopg.Connection[Any]) -> bool:
    """Open, and nothing waits to be read."""
    if connection.closed:
        return False
    with selectors.DefaultSelector() as waiting:
        waiting.register(connection.fileno(), selectors.EVENT_READ)
        return not waiting.select(0)
