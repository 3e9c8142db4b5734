"""Undo for what one person just did to one ticket, offered with the result for as long as a bulk change can be undone.

Nothing is kept for it: which events were theirs, and when, says the log.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import User
from incidents.desk.runs import UNDO_FOR
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.workflow import rulebook

OFFERED = (
    Kind.ASSIGNED,
    Kind.MOVED,
    Kind.STATUS_CHANGED,
    Kind.RESOLVED,
    Kind.REOPENED,
    Kind.PRIORITISED,
)
MOST = 20
"""Events of one act; there are one or two."""


def deeds(ticket: Ticket, *, after: int, by: User) -> list[Event]:
    """What they changed since that version and can take back, with what the desk did because of it."""
    found = ticket.events.filter(number__gt=after, kind__in=OFFERED).select_related("actor")
    events = [event for event in found.order_by("number")[:MOST] if _is_theirs(event, by)]
    return events if any(event.actor_id == by.pk for event in events) else []


def told(ticket: Ticket, events: Sequence[Event], *, by: User) -> str:
    """What came of it, for a ticket as it is after these events; and what undoing would leave."""
    said = {"ref": ticket.ref}
    if events[0].kind == Kind.ASSIGNED and ticket.assignee_id == by.pk:
        words = _("%(ref)s is yours now.") % said
    elif events[-1].kind == Kind.ASSIGNED:
        words = _with(ticket)
    elif events[-1].kind == Kind.PRIORITISED:
        words = _("%(ref)s has priority “%(priority)s” now.") % {**said, "priority": ticket.get_priority_display()}  # fmt: skip
    elif events[-1].kind == Kind.MOVED:
        words = _("%(ref)s is with %(team)s now.") % {**said, "team": ticket.team or _("no team")}
    else:
        place = rulebook.standing(ticket.type, ticket.status, ticket.step)
        words = _("%(ref)s is now “%(status)s”.") % {**said, "status": place.label}
    return f"{words} {left(events)}".strip()


def left(events: Sequence[Event]) -> str:
    """What stays as it is when they are undone: words were read, or sent."""
    if not any("message" in event.data for event in events):
        return ""
    return _("What was written stays, even if you undo this.")


def undo(ticket: Ticket, numbers: Sequence[int], *, by: User, at: datetime) -> str:
    """Set back what these events changed; says what came of it.

    Raises:
        Refused: they are not theirs, too long ago, or changed by somebody since.
        NotAllowed: they could not work on the ticket as it was before.
    """
    recent = ticket.events.filter(number__in=numbers, occurred_at__gte=at - UNDO_FOR)
    events = [event for event in recent.select_related("actor") if _is_theirs(event, by)]
    if not events:
        raise Refused(_("This can’t be undone any more. Change it back by hand."))
    undone = actions.undo(ticket, numbers=[event.number for event in events], by=by)
    if undone.refusal:
        raise undone.refusal
    words = _("%(ref)s is as before.") % {"ref": ticket.ref}
    if undone.event and undone.event.data["kept"]:
        words = _("Not everything: somebody changed the rest since.")
    elif any("message" in event.data for event in events):
        words = _("%(ref)s is as before; what was written stays.") % {"ref": ticket.ref}
    kept = [
        _("%(part)s, a part of it, stays: %(why)s") % {"part": part.ref, "why": why.message}
        for part, why in undone.kept
    ]
    return " ".join([words, *kept])


def _is_theirs(event: Event, by: User) -> bool:
    return event.actor_id == by.pk or event.actor.is_system


def _with(ticket: Ticket) -> str:
    if ticket.assignee is None:
        return _("Nobody has %(ref)s now.") % {"ref": ticket.ref}
    return _("%(person)s has %(ref)s now.") % {
        "person": ticket.assignee.display_name,
        "ref": ticket.ref,
    }
