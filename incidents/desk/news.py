"""What changed in a list since it was drawn.

The page carries what it shows, each ticket with its version; the server compares that with the list as it is now.
Nothing trusts a highest number: transactions commit out of order, so a lower number may turn up later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.core import signing

SALT = "news"
NEVER = datetime.min.replace(tzinfo=UTC)
SLACK = timedelta(seconds=5)
"""A ticket filed this long before the list was drawn may have been committed after it."""


@dataclass(frozen=True)
class Seen:
    """What a page shows: versions by ticket number, when it was drawn, whether more pages follow.

    `offered` are new ones that it has announced; `pinned` stand on top because they sort behind the page.
    """

    versions: Mapping[int, int] = field(default_factory=dict)
    at: datetime = NEVER
    has_more: bool = False
    offered: frozenset[int] = frozenset()
    pinned: tuple[int, ...] = ()

    @property
    def since(self) -> datetime:
        """From when on a ticket counts as filed after the list was drawn."""
        return self.at - SLACK if self.at > NEVER else NEVER

    def token(self) -> str:
        pairs = [list(pair) for pair in self.versions.items()]
        told = [pairs, self.at.isoformat(), self.has_more, sorted(self.offered), self.pinned]
        return signing.dumps(told, salt=SALT, compress=True)

    @classmethod
    def read(cls, token: str) -> "Seen":
        """What the token says; where it is not ours, that nothing was seen."""
        try:
            pairs, at, has_more, offered, pinned = signing.loads(token, salt=SALT)
        except (signing.BadSignature, ValueError):
            return cls()
        moment = datetime.fromisoformat(at)
        return cls(dict(pairs), moment, has_more, frozenset(offered), tuple(pinned))

    def after(
        self, changed: Mapping[int, int], removed: list[int], offered: frozenset[int]
    ) -> "Seen":
        """The page once it has been told of these."""
        versions = {n: v for n, v in {**self.versions, **changed}.items() if n not in removed}
        return replace(self, versions=versions, offered=offered)


@dataclass(frozen=True)
class News:
    """Against what was seen: tickets that came, that changed where they stand, and that went."""

    new: list[int]
    changed: list[int]
    gone: list[int]


def compare(seen: Seen, versions: Mapping[int, int]) -> News:
    """Against the list as it is now: versions by number, in the order of the list.

    A row that only moved up from the next page, because one above it went, is not new.
    """
    new = [number for number in versions if number not in seen.versions]
    if seen.has_more:
        order = list(versions)
        shown = [order.index(number) for number in order if number in seen.versions]
        last = max(shown, default=len(order))
        new = [number for number in new if order.index(number) < last]
    return News(
        new=new,
        changed=[n for n, v in versions.items() if n in seen.versions and seen.versions[n] != v],
        gone=[number for number in seen.versions if number not in versions],
    )
