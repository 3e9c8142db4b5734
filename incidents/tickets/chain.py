"""The chain of a ticket's log: see `accounts.chain`. What an event says can be blanked, its place can't be changed."""

from datetime import datetime

from accounts import chain
from accounts.chain import START, canonical, digest

__all__ = ["START", "canonical", "digest", "link"]


def link(
    previous: str,
    *,
    ticket: int,
    number: int,
    kind: str,
    actor: int,
    occurred_at: datetime,
    is_public: bool,
    digest: str,
) -> str:
    """The hash of one event; `ticket` is the public number, `previous` the hash before it (`START` for the first)."""
    parts = (ticket, number, str(kind), actor, occurred_at, int(is_public), digest)
    return chain.link(previous, *parts)
