"""How often programs may ask: so many requests a minute for each token, and for each network.

Processes take places from the shared count ten at a time, so that most requests write nothing. A process that does not
use all of its ten takes them along, and a program that talks to many processes is held up some places early.
"""

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from django.db import connection

from incidents.api.models import Usage

A_MINUTE = 60
AT_ONCE = 10


@dataclass
class _Places:
    """What this process holds of one subject's minute."""

    minute: int
    free: int = 0
    taken_by_all: int = 0


@dataclass(frozen=True)
class Allowance:
    """What is left of a minute, and the seconds until the next one."""

    name: str
    most: int
    left: int
    seconds: int
    is_refused: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers says them."""
        said = {
            "RateLimit-Policy": f'"{self.name}";q={self.most};w={A_MINUTE}',
            "RateLimit": f'"{self.name}";r={self.left};t={self.seconds}',
        }
        return {**said, "Retry-After": str(self.seconds)} if self.is_refused else said


_held: dict[str, _Places] = {}
_lock = Lock()
MOST_HELD = 10_000


def take(name: str, subject: str, most: int, *, now: float | None = None) -> Allowance:
    """One request more of this subject."""
    now = time.time() if now is None else now
    minute, seconds = int(now // A_MINUTE), A_MINUTE - int(now % A_MINUTE)
    with _lock:
        places = _held.get(subject)
        if places is None or places.minute != minute:
            if len(_held) >= MOST_HELD:
                _held.clear()
            places = _held[subject] = _Places(minute)
        if places.free <= 0 and places.taken_by_all < most:
            before = _add(subject, minute, AT_ONCE) - AT_ONCE
            places.free = max(0, min(AT_ONCE, most - before))
            places.taken_by_all = before + AT_ONCE
        if places.free <= 0:
            return Allowance(name, most, 0, seconds, is_refused=True)
        places.free -= 1
        return Allowance(name, most, places.free + max(0, most - places.taken_by_all), seconds)


def forget() -> None:
    """What this process holds, for tests."""
    with _lock:
        _held.clear()


def network_of(address: str) -> str:
    """Who is counted together: one address, or of IPv6 the /64 that one customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 64 if parsed.version == 6 else 32
    return str(ip_network((parsed, prefix), strict=False))


def sweep(*, now: float | None = None) -> int:
    """Take away what is over; how many rows."""
    minute = int((time.time() if now is None else now) // A_MINUTE)
    return Usage.objects.filter(minute__lt=minute - 1).delete()[0]


def _add(subject: str, minute: int, more: int) -> int:
    """The count of this minute with so many more. One statement, so processes at the same moment miss nothing."""
    table = connection.ops.quote_name(Usage._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (subject, minute, count) VALUES (%s, %s, %s)"  # noqa: S608 (our own table's name)
            f" ON CONFLICT (subject) DO UPDATE SET count = CASE WHEN {table}.minute = excluded.minute"
            f" THEN {table}.count + excluded.count ELSE excluded.count END, minute = excluded.minute"
            " RETURNING count",
            [subject, minute, more],
        )
        return int(cursor.fetchone()[0])
