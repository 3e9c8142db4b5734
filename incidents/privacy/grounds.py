"""What allowed an entry of the audit log to blank or trim others: an erasure, or a rule that was on at that time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts.audit.kinds import Kind
from accounts.models import AdminChange, AuditEntry, AuditMark
from incidents.privacy import retention
from incidents.privacy.models import Erasure, RetentionRule

What = RetentionRule.What
KIND = RetentionRule._meta.label_lower
AROUND = timedelta(minutes=1)
"""Between the clocks of two processes."""


def ground_of(entry: AuditEntry) -> str:
    """Whatever the entry says of itself, there must be an erasure or a rule that fits its person and time."""
    if entry.kind == Kind.TEXTS_REMOVED and entry.about_kind:
        return _erasure(entry)
    if entry.actor is None or not entry.actor.is_system:
        return ""
    if entry.kind == Kind.TEXTS_REMOVED:
        fits = (one for one in months_of(What.SIGN_INS, entry.at) if _are_old(entry, one))
        months = next(fits, 0)
        return f"retention of sign-ins, {months} months" if months else ""
    if entry.kind == Kind.LOG_TRIMMED:
        fits = (one for one in months_of(What.AUDIT, entry.at) if not _is_young(entry, one))
        months = next(fits, 0)
        return f"retention of the audit log, {months} months" if months else ""
    return ""


def _erasure(entry: AuditEntry) -> str:
    if entry.about_kind != "accounts.user" or not entry.about_key.isdecimal():
        return ""
    begun = Q(begun_at__lte=entry.at + AROUND)
    undone = Q(done_at=None) | Q(done_at__gte=entry.at - AROUND)
    found = Erasure.objects.filter(begun, undone, person=int(entry.about_key))
    for erasure in found:
        by_desk = entry.actor is not None and entry.actor.is_system
        if by_desk or entry.actor_id == erasure.by_id:
            return f"erasure {erasure.pk} of account {erasure.person_id}"
    return ""


def months_of(what: str, at: datetime) -> Iterator[int]:
    """How long rules that were on at that moment kept this, as the change log tells."""
    lines = AdminChange.objects.filter(kind=KIND).order_by("pk")
    states: dict[str, dict[str, Any]] = {}
    for line in lines:
        state = states.setdefault(line.object_id, {**line.before})
        if line.at > at + AROUND:
            continue
        state.update(line.after)
        state["is_gone"] = line.action == AdminChange.Action.REMOVED
    # One may have been made past the log, by whoever installed it.
    for rule in RetentionRule.objects.filter(what=what):
        now = {"what": rule.what, "is_on": rule.is_on, "months": rule.months}
        states.setdefault(str(rule.pk), now)
        for name in ("what", "months"):
            states[str(rule.pk)].setdefault(name, now[name])
    for state in states.values():
        if state.get("what") == what and state.get("is_on") and not state.get("is_gone"):
            yield int(state["months"])


def _are_old(entry: AuditEntry, months: int) -> bool:
    """Is everything that was blanked from before the day that the rule says?"""
    keys = [int(key) for key in entry.data.get("entries", {}) if key.isdecimal()]
    after = retention.cutoff(RetentionRule(months=months), entry.at)
    return not AuditEntry.objects.filter(number__in=keys, at__gte=after).exists()


def _is_young(entry: AuditEntry, months: int) -> bool:
    """Does a mark show that some of what was trimmed was noted after the day that the rule says?"""
    number = entry.data.get("number")
    after = retention.cutoff(RetentionRule(months=months), entry.at)
    marks = AuditMark.objects.filter(chain=AuditMark.Chain.AUDIT, at__gt=after)
    return not isinstance(number, int) or marks.filter(upto__lt=number).exists()
