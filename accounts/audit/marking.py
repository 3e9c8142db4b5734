"""Marks: how far a chain had come, once a day. In the database, and in a file that can be kept where nobody here writes.

A chain by itself tells when something in it was changed; that its newest part was cut off, or made anew by somebody
who knows how, it can't tell. A mark that lies elsewhere can.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from accounts.audit.sealing import seal
from accounts.models import AuditEntry, AuditHead, AuditMark


@dataclass(frozen=True)
class Mark:
    """One line of the file."""

    at: str
    chain: str
    start: int
    upto: int
    count: int
    digest: str

    def __str__(self) -> str:
        return "\t".join(
            (self.at, self.chain, str(self.start), str(self.upto), str(self.count), self.digest)
        )


def mark_audit(at: datetime) -> AuditMark | None:
    """Note the head of the audit log; nothing where nothing came since."""
    seal()
    head = AuditHead.objects.filter(pk=1).first()
    if head is None or head.number == 0:
        return None
    newest = AuditMark.objects.filter(chain=AuditMark.Chain.AUDIT).order_by("-pk").first()
    if newest and newest.upto == head.number:
        return None
    start = newest.upto if newest else 0
    count = AuditEntry.objects.filter(number__gt=start, number__lte=head.number).count()
    return keep(AuditMark(chain=AuditMark.Chain.AUDIT, at=at, start=start, upto=head.number, count=count, digest=head.hash))  # fmt: skip


def keep(mark: AuditMark) -> AuditMark:
    """Write a mark into the database, and append it to the file where the settings name one."""
    mark.save(force_insert=True)
    if settings.AUDIT_MARKS_FILE:
        line = _line(mark)
        with Path(settings.AUDIT_MARKS_FILE).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    return mark


def marks(chain: str, *, file: Path | None = None) -> Iterator[Mark]:
    """All marks of a chain: those of the database, then those of the file."""
    for row in AuditMark.objects.filter(chain=chain).order_by("pk").iterator():
        yield _line(row)
    if file is not None:
        for line in file.read_text(encoding="utf-8").splitlines():
            at, of, start, upto, count, digest = line.split("\t")
            if of == chain:
                yield Mark(at, of, int(start), int(upto), int(count), digest)


def _line(mark: AuditMark) -> Mark:
    at = mark.at.astimezone(UTC).isoformat()
    return Mark(at, mark.chain, mark.start, mark.upto, mark.count, mark.digest)
