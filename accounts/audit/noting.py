"""How entries come into the audit log. In the caller's transaction: what is taken back was never noted."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts import chain
from accounts.audit.kinds import Kind
from accounts.audit.sealing import seal
from accounts.models import AdminChange, AuditEntry, User

RIGHTS = frozenset({"accounts.grant", "accounts.role"})
LONGEST_LABEL = 200


def note(
    kind: Kind, *, by: User | None, about: models.Model | None = None, label: str = "", **data: Any
) -> AuditEntry:
    """Write down that `by` did it, to or with `about`. `data` holds raw values, as JSON takes them."""
    return _write(
        kind,
        by=by,
        about_kind=about._meta.label_lower if about else "",
        about_key=str(about.pk) if about else "",
        label=label or (str(about) if about else ""),
        data=data,
    )


def note_change(change: AdminChange) -> AuditEntry:
    """A change in administration: the entry holds a digest of what the change log says of it."""
    kind = Kind.RIGHTS_CHANGED if change.kind in RIGHTS else Kind(change.action)
    return _write(
        kind,
        by=change.actor,
        about_kind=change.kind,
        about_key=change.object_id,
        label=change.label,
        data={"change": change.pk, "did": str(change.action), "digest": coverage_of(change)},
    )


def note_export(what: str, *, by: User, **data: Any) -> AuditEntry:
    """Somebody took data out of here: `what` it was, such as “own_data”, “articles”, “configuration” or “audit_log”."""
    return note(Kind.EXPORTED, by=by, what=what, **data)


def coverage_of(change: AdminChange) -> str:
    """The digest of everything that a line of the change log says."""
    return chain.digest(
        {
            "at": change.at.isoformat(),
            "actor": change.actor_id,
            "action": str(change.action),
            "kind": change.kind,
            "object": change.object_id,
            "label": change.label,
            "before": change.before,
            "after": change.after,
        }
    )


def _write(
    kind: Kind,
    *,
    by: User | None,
    about_kind: str,
    about_key: str,
    label: str,
    data: dict[str, Any],
) -> AuditEntry:
    entry = AuditEntry(
        at=timezone.now(), actor=by, kind=kind, about_kind=about_kind, about_key=about_key,
        label=label[:LONGEST_LABEL], data=data,
    )  # fmt: skip
    entry.digest = chain.digest(entry.content)
    entry.save(force_insert=True)
    transaction.on_commit(seal, robust=True)
    return entry
