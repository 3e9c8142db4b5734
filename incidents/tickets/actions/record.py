"""The one place that writes the log. Imported by verbs only; an import rule holds that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from incidents.tickets import chain, hooks
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket

# Fields that `Ticket.apply` derives from any event.
ALWAYS = ["updated_at", "version", "public_version", "log_head"]
DERIVED = [
    "is_open",
    "first_reply_at",
    "reopen_count",
    "message_count",
    "file_count",
    "affected_count",
    "closes_at",
]


def record(
    ticket: Ticket,
    kind: Kind,
    *,
    by: User,
    changes: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    public: bool = True,
    origin: str = Ticket.Origin.PORTAL,
    **data: Any,
) -> Event:
    """Append an event, fold it into the ticket's row, and let the reactions follow. All in the caller's transaction.

    `changes` are the ticket's fields and their new raw values (keys of rows, ISO times); the old ones are noted
    beside them. `at` is when it happened, for imports; otherwise now.
    """
    raw = {name: _raw(value) for name, value in (changes or {}).items()}
    if "status" in raw and "step" not in raw and ticket.step:
        raw["step"] = ""  # whoever names no step means the default one
    if raw:
        data["set"] = raw
        if kind != Kind.FILED:
            data["was"] = {name: _raw(getattr(ticket, name)) for name in raw}
    event = Event(
        ticket=ticket, number=ticket.version + 1, kind=kind, actor=by, origin=origin,
        occurred_at=at or timezone.now(), is_public=public, data=data, digest=chain.digest(data),
    )  # fmt: skip
    event.hash = event.sealed(ticket.log_head, ticket.number)
    ticket.apply(event)
    ticket.save(update_fields=[*raw, *ALWAYS, *DERIVED])
    event.save(force_insert=True)
    hooks.react(event)
    return event


def _raw(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
