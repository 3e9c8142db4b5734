"""The chain that makes the log tamper-evident: each event's hash covers the one before it.

The hash covers the digest of the data rather than the data, so that erasing a person's words later leaves a
chain that still verifies.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

START = ""


def canonical(data: Mapping[str, Any]) -> str:
    """JSON in the one form that is hashed: keys sorted, no spaces, no escapes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def link(
    previous: str,
    *,
    ticket: int,
    number: int,
    kind: str,
    actor: int,
    occurred_at: datetime,
    is_public: bool,
    digest: str,
) -> str:
    """The hash of one event; `ticket` is the public number, `previous` the hash before it (`START` for the first)."""
    at = occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [previous, ticket, number, str(kind), actor, at, int(is_public), digest]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
