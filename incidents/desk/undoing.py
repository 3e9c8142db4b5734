"""Undo for what one person just did to one ticket, offered with the result for as long as a bulk change can be undone.

Nothing is kept for it: which events were theirs, and when, says the log.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import User
from incidents.desk.runs import UNDO_FOR, told_of
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import Status

SAID = (Kind.REPLIED, Kind.NOTED)
"""Words that go with a step as an event of their own."""
MOST = 20
"""Events of one act; there are one or two, and one more for each field that was filled in with it."""


def deeds(ticket: Ticket, *, after: int, by: User) -> list[Event]:
    """What they changed since that version and can take back, with what the desk did because of it and what they wrote."""
    kinds = (*actions.UNDOABLE, *SAID)
    found = ticket.events.filter(number__gt=after, kind__in=kinds).select_related("actor")
    events = [event for event in found.order_by("number")[:MOST] if _is_theirs(event, by)]
    return events if any(event.actor_id == by.pk for event in _changes(events)) else []


def told(ticket: Ticket, events: Sequence[Event], *, by: User) -> str:
    """What came of it, for a ticket as it is after these events; and what undoing would leave."""
    said, changes = {"ref": ticket.ref}, _changes(events)
    # What the workflow did besides is not what the act was about.
    last = [event for event in changes if "by_way" not in event.data][-1].kind
    if ticket.assignee_id == by.pk and _is_a_take(changes):
        words = _("%(ref)s is yours now.") % said
    elif last == Kind.ASSIGNED:
        words = _with(ticket)
    elif last == Kind.PRIORITISED:
        words = _("%(ref)s has priority “%(priority)s” now.") % {**said, "priority": ticket.get_priority_display()}  # fmt: skip
    elif last == Kind.MOVED:
        words = _("%(ref)s is with %(team)s now.") % {**said, "team": ticket.team or _("no team")}
    else:
        place = rulebook.standing(ticket.type, ticket.status, ticket.step)
        words = _("%(ref)s is now “%(status)s”.") % {**said, "status": place.label}
    return f"{words} {left(events)}".strip()


def left(events: Sequence[Event]) -> str:
    """What stays as it is when they are undone: words were read, or sent."""
    return _("What was written stays, even if you undo this.") if _wrote(events) else ""


def undo(ticket: Ticket, numbers: Sequence[int], *, by: User, at: datetime) -> str:
    """Set back what these events changed; says what came of it, and what stays.

    Raises:
        Refused: they are not theirs, too long ago, or changed by somebody since.
        NotAllowed: they could not work on the ticket as it was before.
    """
    recent = ticket.events.filter(number__in=numbers, occurred_at__gte=at - UNDO_FOR)
    events = [event for event in recent.select_related("actor") if _is_theirs(event, by)]
    if not events:
        raise Refused(_("This can’t be undone any more. Change it back by hand."))
    undone = actions.undo(ticket, numbers=[event.number for event in events], by=by)
    stays = told_of(undone)
    if undone.event is None or undone.event.data["kept"]:
        return stays
    said = _("%(ref)s is as before; what was written stays.") if _wrote(events) else _("%(ref)s is as before.")  # fmt: skip
    return f"{said % {'ref': ticket.ref}} {stays}".strip()


def _changes(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.kind in actions.UNDOABLE]


def _wrote(events: Sequence[Event]) -> bool:
    return any("message" in event.data for event in events)


def _is_a_take(changes: Sequence[Event]) -> bool:
    """Somebody took it, which may have begun it, and nothing else: no step for which it was filled in who has it."""
    took, *more = [event for event in changes if "by_way" not in event.data]
    return took.kind == Kind.ASSIGNED and all(
        event.kind == Kind.STATUS_CHANGED
        and (event.data["was"]["status"], event.data["set"]["status"]) == (Status.NEW, Status.OPEN)
        for event in more
    )


def _is_theirs(event: Event, by: User) -> bool:
    return event.actor_id == by.pk or event.actor.is_system


def _with(ticket: Ticket) -> str:
    if ticket.assignee is None:
        return _("Nobody has %(ref)s now.") % {"ref": ticket.ref}
    return _("%(person)s has %(ref)s now.") % {
        "person": ticket.assignee.display_name,
        "ref": ticket.ref,
    }
