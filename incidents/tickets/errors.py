"""Refusals of this app, beside those of `accounts.errors`."""

from accounts.errors import EditConflict, Refused


class IllegalTransition(Refused):
    """The ticket's status does not allow this step."""


class Merged(IllegalTransition):
    """The ticket was merged into another one, and goes on there."""


class AlreadyRated(Refused):
    """Somebody said before how they found it; it is asked once for every closing."""


class Overtaken(EditConflict):
    """Somebody else spoke in public while this was being written; `changes` are the events of it."""
