"""What a type asks for: tasks before it is resolved, and a review afterwards. Put on the checklist by the desk itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import TasksLeft
from incidents.tickets.kinds import Kind
from incidents.tickets.models import ChecklistItem, Event, Ticket
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType

A_MISTAKE_FOR = timedelta(minutes=10)
"""So long whoever made a ticket one of a type takes that back as if it had not been."""


def follow(event: Event) -> None:
    """What follows when a ticket gets a type, or is resolved. Part of the transaction of `event`.

    What is imported is history, of which nothing is asked any more.
    """
    if event.origin == Ticket.Origin.IMPORT:
        return
    ticket, new = event.ticket, event.data.get("set", {})
    if "type" in new:
        _put_tasks(ticket, event)
    always = IncidentType.Review.ALWAYS
    if event.kind == Kind.RESOLVED and rulebook.type(ticket.type).review == always:
        _put_review(ticket, by=User.objects.system(), like=event)


@transaction.atomic
def ask_review(ticket: Ticket, *, by: User) -> None:
    """Ask that somebody looks back on it. Where that stands to be done already, nothing changes.

    Raises:
        NotAllowed: `by` may not work on this ticket.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change this checklist."))
    _put_review(ticket, by=by)


def require_done(ticket: Ticket) -> None:
    """Refuse what would settle a ticket of which its type still asks something.

    Raises:
        TasksLeft: naming what is left.
    """
    if left := left_of([ticket]).get(ticket.pk):
        raise TasksLeft(
            _("This has to be done before it is resolved: %(tasks)s.")
            % {"tasks": ", ".join(f"“{one}”" for one in left)}
        )


def require_may_leave(ticket: Ticket, *, by: User, at: datetime) -> None:
    """Refuse to make it one of another type while the present one still asks something: it would be asked no more.

    Whoever leads the team may, as they may skip each task; and whoever chose this type a moment ago, by mistake.

    Raises:
        TasksLeft: naming what is left.
    """
    if by.is_system or policies.can_skip_tasks(by, ticket) or _just_chose(ticket, by, at):
        return
    if left := left_of([ticket]).get(ticket.pk):
        raise TasksLeft(
            _("“%(type)s” asks for something that is not done: %(tasks)s. Only who leads the team may make it another type before.")
            % {
                "type": rulebook.type(ticket.type).label,
                "tasks": ", ".join(f"“{one}”" for one in left),
            }
        )  # fmt: skip


def _just_chose(ticket: Ticket, by: User, at: datetime) -> bool:
    chosen = ticket.events.filter(kind=Kind.TYPE_CHANGED).order_by("-number").first()
    return bool(chosen and chosen.actor_id == by.pk and at - chosen.occurred_at <= A_MISTAKE_FOR)


def left_of(tickets: Iterable[Ticket]) -> dict[int, list[str]]:
    """Tasks that the types of these tickets ask for and that are not done, by the ticket's key."""
    types = {one.pk: one.type for one in tickets}
    found: dict[int, list[str]] = {}
    undone = ChecklistItem.objects.filter(ticket__in=list(types), done_at=None)
    for item in undone.exclude(required_by=""):
        if item.required_by == types[item.ticket_id]:
            found.setdefault(item.ticket_id, []).append(item.text)
    return found


def _put_tasks(ticket: Ticket, event: Event) -> None:
    """Each once: a ticket that becomes what it was before is not asked the same again."""
    asked = rulebook.type(ticket.type).tasks
    if not asked:
        return
    there = ticket.checklist.filter(required_by=ticket.type).values_list("text", flat=True)
    missing = [task for task in asked if task not in set(there)]
    if not missing:
        return
    desk, first = User.objects.system(), _next_place(ticket)
    added = [
        ChecklistItem.objects.create(
            ticket=ticket, text=task, position=place, added_by=desk, required_by=ticket.type
        )
        for place, task in enumerate(missing, first)
    ]
    _record(ticket, "required", by=desk, like=event, items=[one.pk for one in added])


def _put_review(ticket: Ticket, *, by: User, like: Event | None = None) -> None:
    if ticket.checklist.filter(is_review=True, done_at=None).exists():
        return
    item = ChecklistItem.objects.create(
        ticket=ticket, text="Review", position=_next_place(ticket), added_by=by, is_review=True
    )
    _record(ticket, "review", by=by, like=like, item=item.pk)


def _next_place(ticket: Ticket) -> int:
    last = ticket.checklist.order_by("-position").values_list("position", flat=True).first()
    return (last or 0) + 1


def _record(ticket: Ticket, what: str, *, by: User, like: Event | None, **data: Any) -> None:
    """`like`: at the time of what it follows from."""
    record(
        ticket, Kind.CHECKLIST_CHANGED, by=by, at=like.occurred_at if like else None, public=False,
        origin=like.origin if like else Ticket.Origin.DESK, what=what, **data,
    )  # fmt: skip
