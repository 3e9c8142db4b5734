"""Refusals of this app, beside those of `accounts.errors`."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.errors import EditConflict, InvalidInput, Refused
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Way


class IllegalTransition(Refused):
    """The ticket's status does not allow this step."""


class NotFilledIn(InvalidInput):
    """The workflow asks for something first; `needs` says what, `way` for which step."""

    def __init__(self, needs: Sequence[Need], way: Way) -> None:
        what = ", ".join(str(need.label) for need in needs)
        words = _("Before “%(step)s”, fill in: %(what)s.") % {"step": way.label, "what": what}
        super().__init__(words, field=needs[0].value)
        self.needs = list(needs)
        self.way = way


class TasksLeft(Refused):
    """Its type asks for something that is not done yet."""


class Merged(IllegalTransition):
    """The ticket was merged into another one, and goes on there."""


class AlreadyRated(Refused):
    """Somebody said before how they found it; it is asked once for every closing."""


class Overtaken(EditConflict):
    """Somebody else spoke in public while this was being written; `changes` are the events of it."""
