"""A rule said no. The message of each error is fit to be shown: what happened, what to do next."""

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """Base of all refusals by a rule; `status` is the HTTP status of the answer."""

    status = 409

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refused):
    """You may see this, but not do it."""

    status = 403


class EditConflict(Refused):
    """Somebody changed the same thing meanwhile; `changes` are their events, oldest first."""

    def __init__(self, message: str, changes: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.changes = changes


class KeyReused(Refused):
    """The form's key was already used for something else."""

    status = 422


class InvalidInput(Refused):
    """What was given cannot be used; `field` names where."""

    status = 422

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class BadFile(Refused):
    """A file that is too large, of a kind we do not take, or broken."""

    status = 422

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class TooMuch(Refused):
    """More than a request may hold."""

    status = 413


def require(allowed: bool, message: str) -> None:  # noqa: FBT001 (reads as a sentence at the call)
    """Raise `NotAllowed` with `message` unless `allowed`."""
    if not allowed:
        raise NotAllowed(message)
