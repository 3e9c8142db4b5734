"""The life of a ticket: its statuses and the one table of transitions between them.

A later release makes this table editable; everything that changes a status already asks only here.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING_REQUESTER = "waiting_requester", _("Waiting for requester")
    WAITING_OTHER = "waiting_other", _("Waiting for other")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


OPEN_STATUSES = frozenset({Status.NEW, Status.OPEN, Status.WAITING_REQUESTER, Status.WAITING_OTHER})
"""In these somebody still has to do something; they make up the queues."""

WAITING = frozenset({Status.WAITING_REQUESTER, Status.WAITING_OTHER})


class Resolution(TextChoices):
    FIXED = "fixed", _("Fixed")
    WORKAROUND = "workaround", _("Workaround given")
    ANSWERED = "answered", _("Question answered")
    NO_FAULT_FOUND = "no_fault_found", _("No fault found")
    DUPLICATE = "duplicate", _("Duplicate")
    WITHDRAWN = "withdrawn", _("No longer needed")
    NO_ANSWER = "no_answer", _("No answer")


@dataclass(frozen=True)
class Transition:
    """One allowed change of status, and who may make it."""

    name: str | Promise
    by_staff: bool = True
    by_requester: bool = False
    needs_text: bool = False


_START = Transition(_("Start work"))
_ASK = Transition(_("Wait for requester"), needs_text=True)
_HOLD = Transition(_("Hold"), needs_text=True)
_RESUME = Transition(_("Resume"))
_RESOLVE = Transition(_("Resolve"), needs_text=True)
_ANSWERED = Transition(_("Resume"), by_requester=True)
_CONFIRM = Transition(_("Close"), by_requester=True)
_REOPEN = Transition(_("Reopen"), by_requester=True, needs_text=True)
_WITHDRAW = Transition(_("No longer needed"), by_staff=False, by_requester=True)

TRANSITIONS: dict[tuple[str, str], Transition] = {
    (Status.NEW, Status.OPEN): _START,
    (Status.NEW, Status.WAITING_REQUESTER): _ASK,
    (Status.NEW, Status.WAITING_OTHER): _HOLD,
    (Status.NEW, Status.RESOLVED): _RESOLVE,
    (Status.OPEN, Status.WAITING_REQUESTER): _ASK,
    (Status.OPEN, Status.WAITING_OTHER): _HOLD,
    (Status.OPEN, Status.RESOLVED): _RESOLVE,
    (Status.WAITING_REQUESTER, Status.OPEN): _ANSWERED,
    (Status.WAITING_REQUESTER, Status.WAITING_OTHER): _HOLD,
    (Status.WAITING_REQUESTER, Status.RESOLVED): _RESOLVE,
    (Status.WAITING_OTHER, Status.OPEN): _RESUME,
    (Status.WAITING_OTHER, Status.WAITING_REQUESTER): _ASK,
    (Status.WAITING_OTHER, Status.RESOLVED): _RESOLVE,
    (Status.RESOLVED, Status.OPEN): _REOPEN,
    (Status.RESOLVED, Status.CLOSED): _CONFIRM,
    (Status.NEW, Status.CLOSED): _WITHDRAW,
    (Status.OPEN, Status.CLOSED): _WITHDRAW,
    (Status.WAITING_REQUESTER, Status.CLOSED): _WITHDRAW,
    (Status.WAITING_OTHER, Status.CLOSED): _WITHDRAW,
}


def next_statuses(status: str) -> list[str]:
    """Where a ticket of this status can go, in the order of the table."""
    return [there for (here, there) in TRANSITIONS if here == status]
