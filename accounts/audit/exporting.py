"""The log as a file, row by row while it is sent: CSV for spreadsheets, JSON lines for programs."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import AppendOnly, AuditEntry

AT_ONCE = 1_000
COLUMNS = (
    "number", "at", "actor", "actor_name", "kind", "about_kind", "about_key", "label", "data", "digest", "hash",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True)
class Form:
    ending: str
    content_type: str
    write: Callable[[AppendOnly], Iterator[str]]


def as_csv(entries: AppendOnly) -> Iterator[str]:
    echo: Any = csv.writer(_Echo())
    yield echo.writerow(COLUMNS)
    for row in _rows(entries):
        raw = row | {"data": json.dumps(row["data"], ensure_ascii=False, sort_keys=True)}
        yield echo.writerow([_harmless(raw[name]) for name in COLUMNS])


def as_json_lines(entries: AppendOnly) -> Iterator[str]:
    for row in _rows(entries):
        yield json.dumps(row, ensure_ascii=False) + "\n"


FORMS = {
    "csv": Form("csv", "text/csv; charset=utf-8", as_csv),
    "jsonl": Form("jsonl", "application/jsonl; charset=utf-8", as_json_lines),
}


def _rows(entries: AppendOnly) -> Iterator[dict[str, Any]]:
    """Oldest first, some thousand at a time."""
    last = 0
    rows = entries.select_related("actor").order_by("pk")
    while found := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        for entry in found:
            yield _raw(entry)
        last = found[-1].pk


def _raw(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor_id,
        "actor_name": entry.actor.display_name if entry.actor else None,
        "kind": entry.kind,
        "about_kind": entry.about_kind,
        "about_key": entry.about_key,
        "label": entry.label,
        "data": entry.data,
        "digest": entry.digest,
        "hash": entry.hash,
    }


def _harmless(value: Any) -> str:
    words = "" if value is None else str(value)
    return f"'{words}" if words.startswith(FORMULA) else words


class _Echo:
    """A file that gives each line back."""

    def write(self, line: str) -> str:
        return line
