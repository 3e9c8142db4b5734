"""What entitles somebody to blank or trim the log. Whoever carries that out says so here; all else is tampering."""

from collections.abc import Callable

from accounts.models import AuditEntry

Ground = Callable[[AuditEntry], str]
"""For an entry that blanks or trims what allowed it, in words for who checks the log; empty: nothing did."""

_grounds: list[Ground] = []


def register(ground: Ground) -> None:
    if ground not in _grounds:
        _grounds.append(ground)


def ground_of(entry: AuditEntry) -> str:
    return next((words for ground in _grounds if (words := ground(entry))), "")
