"""The demo's knowledge base: the articles beside this file, brought in like anybody's."""

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from incidents.demo.company import FOLDER, Company
from incidents.desk import gaps
from incidents.desk.clusters import key_of
from incidents.portal import actions as portal
from knowledge.importing import Manner, bring_in, folder
from knowledge.models import Article, Search, Synonym

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

MISSED: list[dict[str, int]] = [
    {
        "badge does not open door": 5,
        "door badge not opening": 3,
        "badge door does not open hall b": 2,
    },
    {"monitor arm broken": 3, "broken monitor arm desk": 2},
    {"sign a pdf": 4, "how to sign pdf": 3, "pdf signing": 1},
    {"kiosk laptop for trade fair": 2, "trade fair laptop": 2},
    {"lunch menu": 3},
]
"""What people looked for that nobody has written yet: wordings of one thing, and how many put it so."""

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


def look_in_vain(company: Company, *, now: datetime) -> None:
    """Let people search for what no article answers, each in their own words, within the last weeks; then see the gaps."""
    people = list(company.people.values())
    for place, wordings in enumerate(MISSED):
        for number, (words, often) in enumerate(wordings.items()):
            for again in range(often):
                who = people[(place * 11 + number * 5 + again) % len(people)]
                at = now - timedelta(days=(place * 3 + number * 7 + again * 5) % 40, hours=again)
                key = " ".join(key_of(words))
                Search.objects.create(words=words, key=key, user=who, language="en", found=0, at=at)
    gaps.look(now)


def _age(path: Path) -> timedelta:
    """Some time in the last year, always the same for one article."""
    number = int.from_bytes(hashlib.sha256(path.stem.encode()).digest()[:4])
    minutes = number % ((OLDEST - NEWEST) * 24 * 60)
    return timedelta(days=NEWEST, minutes=minutes)
