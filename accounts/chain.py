"""The chain that makes a log tamper-evident: the hash of each entry covers the hash of the one before it.

A hash covers the digest of what an entry says rather than what it says, so that blanking somebody's words later leaves
a chain that still verifies.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

START = ""
"""What stands before the first entry."""


def canonical(data: Mapping[str, Any]) -> str:
    """JSON in the one form that is hashed: keys sorted, no spaces, no escapes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def link(previous: str, *parts: str | int | datetime | None) -> str:
    """The hash of an entry that consists of these parts and follows `previous`."""
    raw = [_moment(part) if isinstance(part, datetime) else part for part in parts]
    words = json.dumps([previous, *raw], separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
