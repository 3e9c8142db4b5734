"""The checklist: things to do before a ticket is done. Only people who see the ticket as staff ever read it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import ChecklistItem, Ticket

LONGEST = 200
MOST = 60
"""On one ticket; who needs more needs a project."""


@transaction.atomic
def add_steps(
    ticket: Ticket,
    texts: Iterable[str],
    *,
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> list[ChecklistItem]:
    """Put steps at the end of the checklist, each text one; empty ones are left out.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: there is no text, one is too long, or the list would get too long.
        IllegalTransition: the ticket is closed.
    """
    ticket = _open_to(ticket, by)
    lines = [
        line for line in (" ".join(text.replace("\x00", "").split()) for text in texts) if line
    ]
    if not lines:
        raise InvalidInput(_("Write down what there is to do."), field="steps")
    if any(len(line) > LONGEST for line in lines):
        raise InvalidInput(
            _("Keep a step under %(most)d characters.") % {"most": LONGEST + 1}, field="steps"
        )
    there = list(ticket.checklist.all())
    if len(there) + len(lines) > MOST:
        raise InvalidInput(
            _("A checklist takes up to %(most)d steps.") % {"most": MOST}, field="steps"
        )
    first = there[-1].position + 1 if there else 1
    added = [
        ChecklistItem.objects.create(ticket=ticket, text=line, position=position, added_by=by)
        for position, line in enumerate(lines, first)
    ]
    _record(ticket, "added", by=by, at=at, origin=origin, items=[step.pk for step in added])
    return added


@transaction.atomic
def tick_step(
    ticket: Ticket, step: int, *, done: bool, by: User, at: datetime | None = None
) -> ChecklistItem:
    """Tick a step off, or open it again. One that is so already changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        Refused: somebody removed the step.
        IllegalTransition: the ticket is closed.
    """
    ticket = _workable(ticket, by)
    found = _find(ticket, step)
    if not found.is_review:  # which is done when all is over
        steps.require_open(ticket)
    if (found.done_at is not None) == done:
        return found
    found.done_by, found.done_at = (by, at or timezone.now()) if done else (None, None)
    found.skipped_because = ""
    found.save(update_fields=["done_by", "done_at", "skipped_because"])
    _record(ticket, "done" if done else "open", by=by, at=at, item=found.pk)
    return found


@transaction.atomic
def skip_step(
    ticket: Ticket, step: int, reason: str, *, by: User, at: datetime | None = None
) -> ChecklistItem:
    """Settle a step that is required without doing it, with a reason that stays readable.

    Raises:
        NotAllowed: `by` does not lead the team.
        InvalidInput: there is no reason, or it is too long.
        Refused: somebody removed the step, or it is settled already.
    """
    ticket = steps.lock(ticket, by=by)
    require(
        policies.can_skip_tasks(by, ticket),
        _("Only who leads the team may skip what is required."),
    )
    found = _find(ticket, step)
    why = " ".join(reason.replace("\x00", "").split())
    if not why:
        raise InvalidInput(_("Say why this is not done."), field="reason")
    if len(why) > LONGEST:
        raise InvalidInput(
            _("Keep the reason under %(most)d characters.") % {"most": LONGEST + 1}, field="reason"
        )
    if not found.is_review:
        steps.require_open(ticket)
    if found.done_at:
        raise Refused(_("This step is settled already."))
    found.done_by, found.done_at, found.skipped_because = by, at or timezone.now(), why
    found.save(update_fields=["done_by", "done_at", "skipped_because"])
    _record(ticket, "skipped", by=by, at=at, item=found.pk, reason=why)
    return found


@transaction.atomic
def move_step(ticket: Ticket, step: int, *, up: bool, by: User) -> None:
    """Change places with the step before, or after. At its end of the list it stays, and nothing is recorded.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        Refused: somebody removed the step.
        IllegalTransition: the ticket is closed.
    """
    ticket = _open_to(ticket, by)
    found = _find(ticket, step)
    there = list(ticket.checklist.all())
    here = there.index(found)
    to = here - 1 if up else here + 1
    if not 0 <= to < len(there):
        return
    there[here], there[to] = there[to], there[here]
    for position, one in enumerate(there, 1):
        one.position = position
    ChecklistItem.objects.bulk_update(there, ["position"])
    _record(ticket, "moved", by=by, item=found.pk)


@transaction.atomic
def remove_step(ticket: Ticket, step: int, *, by: User) -> None:
    """Take a step off the list. One that is gone already changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        Refused: it is required.
        IllegalTransition: the ticket is closed.
    """
    ticket = _open_to(ticket, by)
    found = ticket.checklist.filter(pk=step).first()
    if found and (found.is_review or found.required_by == ticket.type):
        raise Refused(_("This step is required. Do it, or let whoever leads the team skip it."))
    if found:
        found.delete()
        _record(ticket, "removed", by=by, item=step)


def _open_to(ticket: Ticket, by: User) -> Ticket:
    ticket = _workable(ticket, by)
    steps.require_open(ticket)
    return ticket


def _workable(ticket: Ticket, by: User) -> Ticket:
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not change this checklist."))
    return ticket


def _find(ticket: Ticket, step: int) -> ChecklistItem:
    found = ticket.checklist.filter(pk=step).first()
    if found is None:
        raise Refused(_("Somebody removed this step meanwhile."))
    return found


def _record(
    ticket: Ticket,
    what: str,
    *,
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
    **data: Any,
) -> None:
    record(ticket, Kind.CHECKLIST_CHANGED, by=by, at=at, public=False, origin=origin, what=what, **data)  # fmt: skip
