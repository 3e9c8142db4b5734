"""Entries in words, for the page. Files for programs get the raw values."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.administration.differences import kind_in_words
from accounts.audit.kinds import FROM_WHERE, Kind
from accounts.models import AuditEntry

WHAT = {
    "own_data": lambda: _("their own data"),
    "person_data": lambda: _("a person’s data"),
    "articles": lambda: _("articles"),
    "configuration": lambda: _("the configuration"),
    "audit_log": lambda: _("the audit log"),
}


@dataclass(frozen=True)
class Told:
    """One line of the page."""

    number: int | None
    at: datetime
    who: str
    did: str
    about: str
    details: str
    link: str
    is_blanked: bool


def tell(entry: AuditEntry) -> Told:
    return Told(
        number=entry.number,
        at=entry.at,
        who=entry.actor.display_name if entry.actor else _("unknown"),
        did=str(Kind(entry.kind).label) if entry.kind in Kind.values else entry.kind,
        about=_about(entry),
        details=_details(entry),
        link=_link(entry),
        is_blanked=entry.is_blanked,
    )


def _about(entry: AuditEntry) -> str:
    if entry.kind in {Kind.EXPORTED, Kind.IMPORTED}:
        what = entry.data.get("what", "")
        return WHAT[what]() if what in WHAT else str(what)
    if entry.kind == Kind.OPENED:
        return entry.label or str(entry.data.get("page", ""))
    itself = entry.about_kind == "accounts.user" and entry.about_key == str(entry.actor_id)
    if entry.kind in FROM_WHERE and itself:
        return ""
    if not entry.about_kind:
        return entry.label
    named = f"“{entry.label}”" if entry.label else entry.about_key
    return f"{kind_in_words(entry.about_kind)} {named}"


def _details(entry: AuditEntry) -> str:
    data = entry.data
    if data.get("address") or data.get("browser"):
        parts = (
            data.get("address"),
            data.get("browser"),
            data.get("factor"),
            data.get("provider"),
            data.get("reason"),
        )
        return " · ".join(str(part) for part in parts if part)
    if entry.kind == Kind.OPENED and entry.label:
        return str(data.get("page", ""))
    if entry.kind == Kind.VERIFIED:
        return (
            _("%(count)s entries, all as they were written") % {"count": data.get("checked", 0)}
            if not data.get("faults")
            else _("%(count)s faults found") % {"count": data["faults"]}
        )
    for name in ("reason", "rule", "provider"):
        if data.get(name):
            return str(data[name])
    return ""


def _link(entry: AuditEntry) -> str:
    if line := entry.data.get("change"):
        return reverse("admin:accounts_adminchange_change", args=[line])
    return ""
