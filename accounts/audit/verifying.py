"""Walks the audit log and says where it is not what was written.

Row by row in the order of the chain, some thousand at a time: memory grows only with what was blanked or covers the
change log (a number and a digest each), not with the log.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts import chain
from accounts.audit.blanking import WHERE
from accounts.audit.grounds import ground_of
from accounts.audit.kinds import FROM_WHERE, Kind
from accounts.audit.marking import Mark, marks
from accounts.audit.noting import coverage_of
from accounts.audit.sealing import seal
from accounts.models import AdminChange, AuditEntry, AuditHead, AuditMark, User

AT_ONCE = 2_000
SETTLED = timedelta(minutes=1)
"""After so long a row that was written has its entry, and an entry its seal."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Fault:
    """Where the log stops being what was written."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True)
class Cut:
    """An entry that blanked or trimmed others, with what allowed that: for whoever reads the result."""

    number: int
    at: datetime
    who: str
    did: str
    ground: str

    def __str__(self) -> str:
        return f"entry {self.number}: {self.did}, by {self.who} at {self.at.isoformat(timespec='seconds')}: {self.ground}"


@dataclass
class Verdict:
    """What a walk found."""

    checked: int = 0
    blanked: int = 0
    """Entries and changes whose content was erased on purpose."""
    first: int = 0
    last: int = 0
    faults: list[Fault] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(
    *, since: datetime | None = None, newest: int | None = None, marks_file: Path | None = None,
    progress: Progress | None = None,
) -> Verdict:  # fmt: skip
    """Check the whole audit log, what was noted `since`, or the `newest` entries. A part trusts what stands before it."""
    seal()
    walk = _Walk(started=timezone.now())
    before = _number_before(since, newest)
    walk.begin(before)
    for rows in _slices(before):
        walk.check(rows)
        if progress:
            progress(walk.verdict.checked)
    walk.end(is_whole=before == 0, marks_file=marks_file)
    return walk.verdict


def _number_before(since: datetime | None, newest: int | None) -> int:
    if newest is not None:
        head = AuditHead.objects.filter(pk=1).first()
        return max((head.number if head else 0) - newest, 0)
    if since is not None:
        earlier = AuditEntry.objects.filter(at__lt=since, number__isnull=False).order_by("-number")
        return earlier.values_list("number", flat=True).first() or 0
    return 0


def _slices(after: int) -> Iterator[list[AuditEntry]]:
    rows = AuditEntry.objects.filter(number__isnull=False).order_by("number")
    rows = rows.select_related("actor")
    while found := list(rows.filter(number__gt=after)[:AT_ONCE]):
        yield found
        after = found[-1].place


class _Walk:
    def __init__(self, *, started: datetime) -> None:
        self.started = started
        self.verdict = Verdict()
        self.previous = chain.START
        self.last = 0
        self.changed: dict[int, str] = {}
        """Entries whose content is not what was sealed, and what it is now: until a later entry accounts for it."""
        self.changed_lines: dict[int, str] = {}
        """The same for lines of the change log."""
        self.covered: set[int] = set()
        self.trimmed, self.trimmed_hash = 0, ""
        """Up to where a trimming that was allowed took the beginning away."""

    def begin(self, before: int) -> None:
        """Stand before the first entry that is there, or that is asked for."""
        first = AuditEntry.objects.filter(number__gt=before).order_by("number").first()
        if first is None or first.place == 1:
            return
        self.last = first.place - 1
        if before:
            self.last = before
            entry = AuditEntry.objects.filter(number=before).first()
            self.previous = entry.hash if entry else self._trimmed_at(before)
        else:
            self.previous = self._trimmed_at(first.place - 1)
            if not self.previous:
                self._fault(1, f"everything before entry {first.place} is missing")
        self.verdict.first = first.place

    def check(self, rows: list[AuditEntry]) -> None:
        keys = [row.data["change"] for row in rows if "change" in row.data]
        lines = AdminChange.objects.in_bulk(keys)
        for row in rows:
            self._check_link(row)
            if row.is_blanked:
                self.changed[row.place] = chain.digest(row.content)
            if "change" in row.data:
                self._check_line(row, lines.get(row.data["change"]))
            if row.kind == Kind.TEXTS_REMOVED:
                self._account_for(row)
            elif row.kind == Kind.LOG_TRIMMED:
                gone = row.data.get("entries_gone")
                self._say_cut(row, f"trimmed {gone} entries up to number {row.data.get('number')}")
        self.verdict.checked += len(rows)
        self.verdict.last = self.last
        self.verdict.first = self.verdict.first or rows[0].place

    def end(self, *, is_whole: bool, marks_file: Path | None) -> None:
        for number in sorted(self.changed):
            self._fault(number, "what it says was changed")
        for line in sorted(self.changed_lines):
            self._say(f"change log line {line}", "it was changed")
        self._check_head()
        self._check_unsealed()
        self._check_marks(marks_file, is_whole=is_whole)
        if is_whole:
            self._check_uncovered()

    # Steps ------------------------------------------------------------------------------------------------

    def _check_link(self, row: AuditEntry) -> None:
        if row.place != self.last + 1:
            self._fault(self.last + 1, "it is missing")
        elif row.hash != row.sealed(self.previous):
            self._fault(row.place, "its time, person, kind or place was changed")
        self.previous, self.last = row.hash, row.place

    def _check_line(self, row: AuditEntry, line: AdminChange | None) -> None:
        key = row.data["change"]
        self.covered.add(key)
        if line is None:
            self._say(f"change log line {key}", f"it is missing; entry {row.place} tells of it")
        elif coverage_of(line) != row.data["digest"]:
            self.changed_lines[key] = coverage_of(line)

    def _account_for(self, row: AuditEntry) -> None:
        """An erasure says which entries it blanked and what it left of them: only exactly that is fine, where it is what
        blanking leaves and something allowed it."""
        entries, changes = row.data.get("entries", {}), row.data.get("changes", {})
        told = f"blanked {len(entries)} entries and {len(changes)} lines of the change log"
        if not self._say_cut(row, told):
            return
        leaves = _Leaves(row)
        for key in self._as_left(entries, self.changed):
            if leaves.entry(key):
                del self.changed[key]
                self.verdict.blanked += 1
        for key in self._as_left(changes, self.changed_lines):
            if leaves.line(key):
                del self.changed_lines[key]
                self.verdict.blanked += 1

    @staticmethod
    def _as_left(told: dict[str, str], changed: dict[int, str]) -> list[int]:
        keys = [int(key) for key in told if key.isdecimal()]
        return [key for key in keys if key in changed and changed[key] == told[str(key)]]

    def _say_cut(self, row: AuditEntry, did: str) -> bool:
        """Was it allowed? Named in any case."""
        ground = ground_of(row)
        who = f"{row.actor.display_name} (account {row.actor_id})" if row.actor else "nobody"
        self.verdict.cuts.append(Cut(row.place, row.at, who, did, ground or "nothing allowed it"))
        if not ground:
            self._fault(row.place, f"it says that it {did}, and nothing allowed that")
        return bool(ground)

    def _check_head(self) -> None:
        head = AuditHead.objects.filter(pk=1).first()
        if head and head.number > self.last:
            later = AuditEntry.objects.filter(number__gt=self.last).count()
            if head.number != self.last + later:
                self._fault(self.last + 1, f"the log ends before it, its head is {head.number}")
        elif head and (head.number, head.hash) != (self.last, self.previous) and self.last:
            self._fault(self.last, "it is not what the head of the log says")

    def _check_unsealed(self) -> None:
        late = AuditEntry.objects.filter(number=None, at__lt=self.started - SETTLED)
        for entry in late.order_by("pk")[:10]:
            self._say(f"row {entry.pk}", "it was never sealed")

    def _check_marks(self, file: Path | None, *, is_whole: bool) -> None:
        first = self.verdict.first or 1
        for mark in marks(AuditMark.Chain.AUDIT, file=file):
            if mark.upto < first:
                self._check_mark_before(mark, is_whole=is_whole)
                continue
            entry = AuditEntry.objects.filter(number=mark.upto).first()
            if entry is None:
                self._fault(mark.upto, f"it is missing; the mark of {mark.at} tells of it")
            elif entry.hash != mark.digest:
                self._fault(mark.upto, f"it is not the one that the mark of {mark.at} tells of")

    def _check_mark_before(self, mark: Mark, *, is_whole: bool) -> None:
        """A mark of what is no longer there, or of what a check of a part leaves out."""
        if is_whole and mark.upto > self.trimmed:
            self._fault(mark.upto, f"it is missing; the mark of {mark.at} tells of it")
        elif mark.upto == self.trimmed and mark.digest != self.trimmed_hash:
            self._fault(mark.upto, f"it was not the one that the mark of {mark.at} tells of")

    def _check_uncovered(self) -> None:
        """Lines of the change log that no entry tells of: they were put in from outside. Older ones than the log are fine."""
        if not self.covered:
            return
        lines = AdminChange.objects.filter(pk__gte=min(self.covered), at__lt=self.started - SETTLED)
        told = AuditEntry.objects.filter(kind=Kind.TEXTS_REMOVED, data__has_key="changes")
        blanked = {
            int(key)
            for entry in told
            if ground_of(entry)
            for key in entry.data["changes"]
            if key.isdecimal()
        }
        for key in lines.order_by("pk").values_list("pk", flat=True).iterator():
            if key not in self.covered and key not in blanked:
                self._say(f"change log line {key}", "no entry tells of it")

    def _trimmed_at(self, number: int) -> str:
        """The hash that stood at this number, as the entry says that was allowed to trim the log up to it."""
        for told in AuditEntry.objects.filter(kind=Kind.LOG_TRIMMED, data__number=number):
            if ground_of(told):
                self.trimmed, self.trimmed_hash = number, str(told.data["hash"])
                return self.trimmed_hash
        return ""

    def _fault(self, number: int, reason: str) -> None:
        self._say(f"entry {number}", reason)

    def _say(self, place: str, reason: str) -> None:
        self.verdict.faults.append(Fault(place, reason))


class _Leaves:
    """Is it what blanking leaves? The neutral name stands there now, or from where somebody came no longer does."""

    def __init__(self, told: AuditEntry) -> None:
        keys = [int(key) for key in told.data.get("entries", {}) if key.isdecimal()]
        lines = [int(key) for key in told.data.get("changes", {}) if key.isdecimal()]
        found = AuditEntry.objects.filter(number__in=keys)
        self.entries = {entry.place: entry for entry in found}
        self.lines = AdminChange.objects.in_bulk(lines)
        is_of_somebody = told.about_kind == "accounts.user" and told.about_key.isdecimal()
        person = User.objects.filter(pk=told.about_key).first() if is_of_somebody else None
        self.neutral = person.display_name if person else ""

    def entry(self, number: int) -> bool:
        entry = self.entries[number]
        is_nowhere = entry.kind in FROM_WHERE and not set(WHERE) & set(entry.data)
        return is_nowhere or self._names_nobody([entry.label, entry.data])

    def line(self, key: int) -> bool:
        line = self.lines[key]
        return self._names_nobody([line.label, line.before, line.after])

    def _names_nobody(self, content: list[Any]) -> bool:
        return bool(self.neutral) and self.neutral in json.dumps(content, ensure_ascii=False)
