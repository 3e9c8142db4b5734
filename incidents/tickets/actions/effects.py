"""What a transition does besides, as the workflow says. By the desk itself, whatever the person might do by hand."""

from datetime import datetime
from typing import Any

from accounts.models import Team, User
from incidents.tickets import tags
from incidents.tickets.actions.record import record
from incidents.tickets.actions.tag import set_rows
from incidents.tickets.kinds import Kind
from incidents.tickets.models import ChecklistItem, Ticket
from incidents.workflow.effects import Effect
from incidents.workflow.rulebook import Way


def follow_on(ticket: Ticket, way: Way, *, at: datetime | None, origin: str) -> None:
    """Let the effects of a way follow, on the ticket that just went it and is held.

    What is so already, or can't be any more (a team that was retired), is left out: nobody is kept from a step by what
    follows from it. `by_way` in the events says that undoing the step undoes these, too.
    """
    if origin == Ticket.Origin.IMPORT:  # history: what followed then is told by itself
        return
    for effect in way.effects:
        match effect["do"]:
            case Effect.RELEASE if ticket.is_open and ticket.assignee_id:
                _record(ticket, Kind.ASSIGNED, {"assignee_id": None}, at=at, origin=origin)
            case Effect.TEAM if ticket.is_open:
                _hand_over(ticket, effect["team"], at=at, origin=origin)
            case Effect.PRIORITY if ticket.priority != effect["priority"]:
                _prioritise(ticket, effect["priority"], at=at, origin=origin)
            case Effect.TAG:
                _tag(ticket, {*ticket.tags, effect["tag"]}, at=at, origin=origin)
            case Effect.UNTAG:
                _tag(ticket, set(ticket.tags) - {effect["tag"]}, at=at, origin=origin)
            case Effect.STEP:
                _add_step(ticket, effect["text"], at=at, origin=origin)


def _hand_over(ticket: Ticket, slug: str, *, at: datetime | None, origin: str) -> None:
    team = Team.objects.filter(slug=slug, is_retired=False).first()
    if team is None or ticket.team_id == team.pk:
        return
    changes = {"team_id": team.pk, "assignee_id": None}
    _record(ticket, Kind.MOVED, changes, at=at, origin=origin)


def _prioritise(ticket: Ticket, level: int, *, at: datetime | None, origin: str) -> None:
    changes = {
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "priority": level,
        "priority_by_hand": True,
    }
    _record(ticket, Kind.PRIORITISED, changes, at=at, origin=origin)


def _tag(ticket: Ticket, wanted: set[str], *, at: datetime | None, origin: str) -> None:
    before, after = set(ticket.tags), wanted
    if before == after or len(after) > tags.MOST:
        return
    _record(
        ticket, Kind.TAGGED, {"tags": sorted(after)}, at=at, origin=origin, public=False,
        added=sorted(after - before), removed=sorted(before - after),
    )  # fmt: skip
    set_rows(ticket)


def _add_step(ticket: Ticket, text: str, *, at: datetime | None, origin: str) -> None:
    there = list(ticket.checklist.all())
    if any(item.text == text and item.done_at is None for item in there):
        return
    added = ChecklistItem.objects.create(
        ticket=ticket,
        text=text,
        position=there[-1].position + 1 if there else 1,
        added_by=User.objects.system(),
    )
    _record(
        ticket, Kind.CHECKLIST_CHANGED, {}, at=at, origin=origin, public=False,
        what="added", items=[added.pk],
    )  # fmt: skip


def _record(
    ticket: Ticket,
    kind: Kind,
    changes: dict[str, Any],
    *,
    at: datetime | None,
    origin: str,
    public: bool = True,
    **data: Any,
) -> None:
    record(
        ticket, kind, by=User.objects.system(), changes=changes, at=at, public=public, origin=origin,
        by_way=True, **data,
    )  # fmt: skip
