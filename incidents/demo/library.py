"""The demo's knowledge base: the articles beside this file, brought in like anybody's."""

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from incidents.demo.company import FOLDER, Company
from knowledge.importing import Manner, bring_in
from knowledge.models import Article

FEATURED = [
    "reset-your-password-yourself", "lost-or-stolen-laptop-or-phone", "vpn-disconnects-every-few-minutes",
    "set-up-sign-in-codes-on-a-new-phone", "printer-shows-offline", "report-a-suspicious-message",
]  # fmt: skip
OLDEST, NEWEST = 420, 12
"""Days ago."""


class Unwell(Exception):
    """A file of the demo itself is broken."""


def stock(company: Company, *, now: datetime) -> int:
    """Bring the articles in; how many there are."""
    manner = Manner(
        by=company.people["jules.marten"],
        name="demo",
        publish=True,
        author_of=company.people.get,
        at_of=lambda path: now - _age(path),
    )
    counts: Counter[str] = Counter()
    for outcome in bring_in(FOLDER / "articles", manner):
        if outcome.reason:
            raise Unwell(f"{outcome.path}: {outcome.reason}")
        counts[outcome.what] += 1
    Article.objects.filter(slug__in=FEATURED).update(is_featured=True)
    return counts.total()


def _age(path: Path) -> timedelta:
    """Some time in the last year, always the same for one article."""
    number = int.from_bytes(hashlib.sha256(path.stem.encode()).digest()[:4])
    minutes = number % ((OLDEST - NEWEST) * 24 * 60)
    return timedelta(days=NEWEST, minutes=minutes)
