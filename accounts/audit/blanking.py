"""Blanks people in the two logs of accounts. Each portion leaves an entry that says what was blanked and what is left of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from accounts import chain
from accounts.audit.kinds import FROM_WHERE, Kind
from accounts.audit.noting import coverage_of, note
from accounts.audit.sealing import locked_head, past_the_guard, seal
from accounts.models import AdminChange, AuditEntry, User

AT_ONCE = 500
PERSONAL = frozenset({"display_name", "email", "phone", "location"})
"""Fields of a person whose values are blanked in lines about them."""
WHERE = ("address", "browser")


@dataclass(frozen=True)
class Traces:
    """What to look for, and the name that stands there afterwards."""

    person: int
    words: tuple[str, ...]
    neutral: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Whole words only: who is called Li is not found in “list”."""
        longest = sorted((re.escape(word) for word in self.words if word), key=len, reverse=True)
        return re.compile(r"(?<!\w)(?:" + "|".join(longest or ["(?!)"]) + r")(?!\w)", re.IGNORECASE)

    def out_of(self, value: Any, *, key: str = "", is_theirs: bool = False) -> Any:
        """The value without them. In lines about themselves, what they were called and where they are goes whole."""
        if isinstance(value, dict):
            if value.get("id") == self.person and "name" in value:
                return value | {"name": self.neutral}
            return {
                name: self.out_of(one, key=name, is_theirs=is_theirs) for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.out_of(one, key=key, is_theirs=is_theirs) for one in value]
        if not isinstance(value, str):
            return value
        if is_theirs and key in PERSONAL:
            return self.neutral if value else value
        return self.pattern.sub(self.neutral, value)


def traces_of(person: User) -> list[str]:
    """Names and addresses that the person has or had, as far as the change log knows."""
    found = {person.display_name, person.email}
    lines = AdminChange.objects.filter(kind="accounts.user", object_id=str(person.pk))
    for before, after in lines.values_list("before", "after"):
        for values in (before, after):
            found |= {values.get(name) or "" for name in ("display_name", "email")}
    return sorted(word for word in found if word)


@transaction.atomic
def blank_changes(traces: Traces, after: int, *, by: User, about: User) -> tuple[int, int]:
    """Some lines of the change log with keys after `after`: the last key (0: no more), and how many were blanked."""
    later = AdminChange.objects.filter(pk__gt=after).order_by("pk")
    # Locked before they are read: two erasures write rows back whole, and one must not bring back what the other took out.
    rows = list(later.select_for_update()[:AT_ONCE])
    changed: dict[str, str] = {}
    for row in rows:
        is_theirs = row.kind == "accounts.user" and row.object_id == str(traces.person)
        was = (row.label, row.before, row.after)
        row.label = traces.out_of(row.label)[:200]
        row.before = traces.out_of(row.before, is_theirs=is_theirs)
        row.after = traces.out_of(row.after, is_theirs=is_theirs)
        if (row.label, row.before, row.after) != was:
            row.save(update_fields=["label", "before", "after"])
            changed[str(row.pk)] = coverage_of(row)
    if changed:
        note(Kind.TEXTS_REMOVED, by=by, about=about, changes=changed)
    return (rows[-1].pk if rows else 0), len(changed)


@transaction.atomic
def blank_entries(traces: Traces, after: int, *, by: User, about: User) -> tuple[int, int]:
    """The same for the audit log: their name, and from where they signed in."""
    seal()
    theirs = Q(actor=traces.person) | Q(about_kind="accounts.user", about_key=str(traces.person))
    named = Q(kind__in=[Kind.EXPORTED, Kind.RIGHTS_CHANGED])
    for word in traces.words:
        named |= Q(label__icontains=word)
    found = AuditEntry.objects.filter(theirs | named, pk__gt=after, number__isnull=False)
    rows = list(found.select_for_update().order_by("pk")[:AT_ONCE])
    _keep(
        ((row, traces.out_of(row.label)[:200], _out_of_data(traces, row)) for row in rows),
        by=by,
        about=about,
    )
    return (rows[-1].pk if rows else 0), len(rows)


@transaction.atomic
def blank_where(before: datetime, *, by: User) -> int:
    """Forget from where people signed in before that moment; how many entries lost that. Some at a time."""
    seal()
    told = Q(data__has_key="address") | Q(data__has_key="browser")
    old = AuditEntry.objects.filter(told, kind__in=FROM_WHERE, at__lt=before, number__isnull=False)
    rows = list(old.select_for_update().order_by("pk")[:AT_ONCE])
    _keep(((row, row.label, _without_where(row.data)) for row in rows), by=by, about=None)
    return len(rows)


@transaction.atomic
def trim(before: datetime, *, by: User) -> int:
    """Remove the oldest entries, noted before that moment; how many. The chain goes on from an entry that tells its head."""
    seal()
    locked_head()
    oldest = AuditEntry.objects.filter(number__isnull=False).order_by("number")
    going: list[AuditEntry] = []
    for entry in oldest[: 10 * AT_ONCE]:
        if entry.at >= before:
            break
        going.append(entry)
    if not going:
        return 0
    last = going[-1]
    note(Kind.LOG_TRIMMED, by=by, number=last.number, hash=last.hash, entries_gone=len(going))
    past_the_guard(AuditEntry).filter(number__lte=last.number).delete()
    return len(going)


def _keep(
    blanked: Iterable[tuple[AuditEntry, str, dict[str, Any]]], *, by: User, about: User | None
) -> None:
    left: dict[str, str] = {}
    for row, label, data in blanked:
        if (label, data) == (row.label, row.data):
            continue
        row.label, row.data = label, data
        left[str(row.number)] = chain.digest(row.content)
        models.QuerySet.update(AuditEntry.objects.filter(pk=row.pk), label=label, data=data)
    if left:
        note(Kind.TEXTS_REMOVED, by=by, about=about, entries=left)


def _out_of_data(traces: Traces, row: AuditEntry) -> dict[str, Any]:
    data: dict[str, Any] = traces.out_of(row.data)
    theirs = str(traces.person) in (row.about_key, str(row.actor_id))
    return _without_where(data) if theirs and row.kind in FROM_WHERE else data


def _without_where(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in WHERE}
