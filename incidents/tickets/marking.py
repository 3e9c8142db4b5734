"""Marks of the tickets' logs: once a day a digest of everything that was written since the last one.

Each ticket's chain tells when something in it was changed. That its end was cut off, or that it was made anew by
somebody who knows how, shows by the marks: see `accounts.audit.marking`. An erasure changes no hash, so they hold.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from accounts.audit.marking import keep, marks
from accounts.models import AuditMark
from incidents.tickets.models import Event

SETTLED = timedelta(hours=1)
"""Younger events are left for tomorrow: a transaction that is still running may hold a lower key than the newest."""
AT_ONCE = 5_000


def mark_tickets(at: datetime) -> AuditMark | None:
    """Note what was written since the last mark; nothing where that is nothing."""
    newest = AuditMark.objects.filter(chain=AuditMark.Chain.TICKETS).order_by("-pk").first()
    start = newest.upto if newest else 0
    upto = start
    counted, hashed = 0, hashlib.sha256()
    for key, recorded_at, mark in _written(start):
        if recorded_at > at - SETTLED:
            break
        hashed.update(mark.encode())
        upto, counted = key, counted + 1
    if not counted:
        return None
    return keep(AuditMark(chain=AuditMark.Chain.TICKETS, at=at, start=start, upto=upto, count=counted, digest=hashed.hexdigest()))  # fmt: skip


def unlike_the_marks(*, file: Path | None = None) -> Iterator[str]:
    """What is not as a mark says, in words."""
    for mark in marks(AuditMark.Chain.TICKETS, file=file):
        counted, hashed = 0, hashlib.sha256()
        for key, _at, value in _written(mark.start):
            if key > mark.upto:
                break
            hashed.update(value.encode())
            counted += 1
        place = f"events {mark.start + 1} to {mark.upto}"
        if counted < mark.count:
            yield f"{place}: {mark.count - counted} are missing since the mark of {mark.at}"
        elif hashed.hexdigest() != mark.digest:
            yield f"{place}: they are not those that the mark of {mark.at} tells of"


def _written(after: int) -> Iterator[tuple[int, datetime, str]]:
    rows = Event.objects.order_by("pk").values_list("pk", "recorded_at", "hash")
    while found := list(rows.filter(pk__gt=after)[:AT_ONCE]):
        yield from found
        after = found[-1][0]
