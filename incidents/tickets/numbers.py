"""Ticket numbers: `INC-1042`, from a database sequence, never reused."""

import re

from django.db import connection

PREFIX = "INC-"
SHOWN = r"INC-[1-9][0-9]{0,14}"


def take() -> int:
    """The next number. On PostgreSQL a sequence; on SQLite one row, safe because its transactions write one at a time."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval('ticket_number')")
        else:
            cursor.execute("UPDATE ticket_number SET last = last + 1 RETURNING last")
        return int(cursor.fetchone()[0])


def show(number: int) -> str:
    return f"{PREFIX}{number}"


def read(shown: str) -> int | None:
    """The number in “INC-1042”; nothing where it is none."""
    shown = shown.strip().upper()
    return int(shown.removeprefix(PREFIX)) if re.fullmatch(SHOWN, shown) else None


class TicketNumberConverter:
    """URL part for a ticket: `INC-1042`."""

    regex = SHOWN

    def to_python(self, value: str) -> int:
        return int(value.removeprefix(PREFIX))

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else show(value)
