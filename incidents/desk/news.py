"""What changed in a list since it was drawn.

The page carries what it shows, each ticket with its version; the server compares that with the list as it is now.
Nothing trusts a highest number: transactions commit out of order, so a lower number may turn up later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core import signing

SALT = "news"


@dataclass(frozen=True)
class Seen:
    """What a page shows: versions by ticket number, whether more pages follow, and which new ones it has offered."""

    versions: dict[int, int] = field(default_factory=dict)
    has_more: bool = False
    offered: frozenset[int] = frozenset()

    def token(self) -> str:
        pairs = [list(pair) for pair in self.versions.items()]
        return signing.dumps([pairs, self.has_more, sorted(self.offered)], salt=SALT, compress=True)

    @classmethod
    def read(cls, token: str) -> "Seen | None":
        """What the token says, or None where it is not ours."""
        try:
            pairs, has_more, offered = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(dict(pairs), has_more, frozenset(offered))


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
        last = max((order.index(n) for n in order if n in seen.versions), default=len(order))
        new = [number for number in new if order.index(number) < last]
    return News(
        new=new,
        changed=[n for n, v in versions.items() if n in seen.versions and seen.versions[n] != v],
        gone=[number for number in seen.versions if number not in versions],
    )
