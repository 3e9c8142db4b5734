"""The demo's knowledge base: the articles beside this file, brought in like anybody's."""

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from incidents.demo.company import FOLDER, Company
from incidents.portal import actions as portal
from knowledge.importing import Manner, bring_in, folder
from knowledge.models import Article, Synonym

FEATURED = [
    "reset-your-password-yourself", "lost-or-stolen-laptop-or-phone", "vpn-disconnects-every-few-minutes",
    "set-up-sign-in-codes-on-a-new-phone", "printer-shows-offline", "report-a-suspicious-message",
]  # fmt: skip
SOLVED = {
    "vpn-disconnects-every-few-minutes": 14, "reset-your-password-yourself": 9, "printer-shows-offline": 7,
    "external-screen-stays-black-when-docked": 6, "calls-break-up-while-on-vpn": 3, "s-or-t-drive-is-missing": 2,
}  # fmt: skip
"""How many people said of an article that it solved what they were about to report."""

SYNONYMS = [
    ["VPN", "tunnel", "remote access"],
    ["Wi-Fi", "WLAN", "wireless"],
    ["password", "passcode", "Kennwort", "Passwort"],
    ["laptop", "notebook"],
    ["screen", "monitor", "display"],
    ["phone", "mobile", "smartphone"],
    ["email", "mail", "Outlook"],
    ["two-factor", "2FA", "MFA", "sign-in code"],
]

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
        at_of=lambda path: now - _age(Path(path)),
    )
    counts: Counter[str] = Counter()
    for outcome in bring_in(folder(FOLDER / "articles"), manner):
        if outcome.reason:
            raise Unwell(f"{outcome.path}: {outcome.reason}")
        counts[outcome.what] += 1
    Article.objects.filter(slug__in=FEATURED).update(is_featured=True)
    editor = company.people["jules.marten"]
    Synonym.objects.bulk_create([Synonym(words=words, changed_by=editor) for words in SYNONYMS])
    return counts.total()


def help_people(company: Company, *, now: datetime) -> None:
    """Let articles have made reports needless within the last four weeks."""
    people = list(company.people.values())
    for slug, often in SOLVED.items():
        article = Article.objects.get(slug=slug)
        for number in range(often):
            at = now - timedelta(days=(number * 5 + often) % 28)
            portal.solved(article, by=people[(number * 3 + often) % len(people)], at=at)


def _age(path: Path) -> timedelta:
    """Some time in the last year, always the same for one article."""
    number = int.from_bytes(hashlib.sha256(path.stem.encode()).digest()[:4])
    minutes = number % ((OLDEST - NEWEST) * 24 * 60)
    return timedelta(days=NEWEST, minutes=minutes)
