"""Take back what one did oneself: by setting former values again, never by erasing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.spread import people_on
from incidents.tickets.actions.tag import set_rows
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.workflow import rulebook

UNDOABLE = (
    Kind.ASSIGNED,
    Kind.MOVED,
    Kind.STATUS_CHANGED,
    Kind.RESOLVED,
    Kind.REOPENED,
    Kind.PRIORITISED,
    Kind.CATEGORISED,
    Kind.SERVICE_SET,
    Kind.RETITLED,
    Kind.TYPE_CHANGED,
    Kind.TAGGED,
)
"""Words that were said stay said, and merging is taken back by its own verb."""

PARTS: tuple[tuple[str, ...], ...] = (
    ("team_id", "assignee_id"),
    ("status", "step", "resolved_at", "resolution_code", "solved_with_id"),
    ("impact", "urgency", "priority", "priority_by_hand"),
    ("category_id",),
    ("service_id",),
    ("title",),
    ("type", "is_offered"),
)
"""Fields that only make sense together: they go back together, or stay together. Tags go back one by one."""

_PLACE = (PARTS[1], PARTS[6])
"""Which together say where a ticket stands."""

_OF_THE_DESK = frozenset({"given_out", "by_way"})
"""What the desk did because of what the person did: it goes back with that."""


class NothingUndone(Refused):
    """Everything was changed since, or nothing that was done can be taken back."""


class AsBefore(NothingUndone):
    """It is as it was before already, whoever saw to that."""


@dataclass(frozen=True)
class _Back:
    """Former values to set again, and the fields that stay: somebody changed them meanwhile, or one's rights were lost."""

    changes: dict[str, Any]
    kept: list[str]
    denied: list[str] = field(default_factory=list)
    """Of those kept, the ones that are not theirs to change any more."""


@dataclass(frozen=True)
class Undone:
    """What went back on the ticket and on the parts that were resolved with it, and what did not, each with the reason."""

    event: Event | None
    """Nothing, where the ticket itself stays as it is and only parts of it went back."""
    refusal: Refused | None
    parts: list[Ticket]
    kept: list[tuple[Ticket, Refused]]


@transaction.atomic
def undo(
    ticket: Ticket, *, numbers: Collection[int], by: User, at: datetime | None = None
) -> Undone:
    """Set back what the events of these numbers changed, wherever nobody changed it since; one event says so.

    How long something may be undone is for the caller to say. The event's `kept` names the fields that stay as they are,
    `denied` those among them that `by` could not change any more.
    Whom the desk gave the ticket to because `by` handed it over goes back with the hand-over. Parts that were resolved
    with the ticket open again, each for itself: one that somebody changed since stays, and so may the ticket.

    Raises:
        NotAllowed: somebody else did it, or `by` could not work on the ticket as it was before.
        NothingUndone: all of it was changed since, or only words were said; or the ticket is closed. No part went back.
    """
    resolved = list(ticket.events.of_kind(Kind.RESOLVED).filter(number__in=numbers, actor=by))
    parts = _parts(resolved)
    held = steps.lock_all([ticket.pk, *(part.pk for part, _numbers in parts)])
    event, refusal = _tried(held[ticket.pk], numbers, by=by, at=at)
    if isinstance(refusal, NotAllowed):
        raise refusal
    told = people_on(ticket) if event else set()
    back, kept = [], []
    for part, spread in parts:
        one = held[part.pk]
        hearing = people_on(one)
        done, why = _tried(one, spread, by=by, at=at, hushed=sorted(hearing & told))
        if why and not isinstance(why, AsBefore):
            kept.append((one, why))
        if done:
            back.append(one)
            told |= hearing
    if refusal and not back:
        raise refusal
    return Undone(event, refusal, back, kept)


def _parts(resolved: Iterable[Event]) -> list[tuple[Ticket, list[int]]]:
    """What was resolved with the ticket by these events of its own, with the number of the event by which."""
    found: dict[Ticket, list[int]] = {}
    for event in resolved:
        spread = Event.objects.of_kind(Kind.RESOLVED).filter(
            ticket__number__in=event.data.get("parts", ()),
            occurred_at=event.occurred_at,
            data__whole=event.ticket.number,
        )
        for one in spread.select_related("ticket"):
            found.setdefault(one.ticket, []).append(one.number)
    return list(found.items())


def _tried(
    ticket: Ticket, numbers: Collection[int], *, by: User, at: datetime | None, **data: Any
) -> tuple[Event | None, Refused | None]:
    """One of the two; a refusal has changed nothing."""
    try:
        return _take_back(ticket, numbers, by=by, at=at, **data), None
    except Refused as refusal:
        return None, refusal


def _take_back(
    ticket: Ticket, numbers: Collection[int], *, by: User, at: datetime | None, **data: Any
) -> Event:
    """Do it on a ticket that is held."""
    steps.require_unmerged(ticket, by)
    if ticket.is_closed:
        raise NothingUndone(_("This ticket is closed, so it stays as it is."))
    undoable = ticket.events.filter(number__in=numbers, kind__in=UNDOABLE)
    found = list(undoable.select_related("actor").order_by("number"))
    if not found:
        raise NothingUndone(_("What was said can’t be unsaid, and nothing else was changed."))
    done = [event for event in found if not _is_a_chains(event)]
    people = {event.actor_id for event in done if _OF_THE_DESK.isdisjoint(event.data)}
    require(people == {by.pk}, _("You can only undo what you did."))
    since = list(
        ticket.events.filter(number__gt=done[0].number)
        .exclude(number__in=[event.number for event in done])
        .select_related("actor")
        .order_by("number")
    )
    back = _what_goes_back(ticket, done, since)
    denied = _leave_out_what_is_denied(back, ticket, [one for one in done if one.actor == by], by)
    before = _as_it_will_be(ticket, back.changes)
    require(policies.can_work(by, before), denied or _("You may not work on this ticket any more."))
    _leave_out_who_left(back, before)
    if not back.changes:
        require(not denied, denied)
        raise _why_not(back.kept, since)
    event = record(
        ticket,
        Kind.UNDONE,
        by=by,
        changes=back.changes,
        at=at,
        public=any(one.is_public and _touches(one, back.changes) for one in done),
        origin=Ticket.Origin.DESK,
        of=[one.number for one in done],
        kept=back.kept,
        **({"denied": back.denied} if back.denied else {}),
        **data,
    )
    if "tags" in back.changes:
        set_rows(ticket)
    return event


def _is_a_chains(event: Event) -> bool:
    """What a chain did when it was called: people heard of it, so it stays, as what happens after an act does."""
    return event.actor.is_system and _OF_THE_DESK.isdisjoint(event.data)


def _what_goes_back(ticket: Ticket, done: list[Event], since: list[Event]) -> _Back:
    changes: dict[str, Any] = {}
    kept: list[str] = []
    for part in PARTS:
        was: dict[str, Any] = {}
        for event in reversed(done):
            was |= {name: old for name, old in event.data["was"].items() if name in part}
        differs = {name: old for name, old in was.items() if _raw(ticket, name) != old}
        if not differs:
            continue
        if any(_touches(event, part) for event in since):
            kept.append(next(iter(differs)))
        else:
            changes |= differs
    _leave_out_what_stands_nowhere(ticket, changes, kept)
    tags = _former_tags(ticket, done, since)
    if tags != ticket.tags:
        changes["tags"] = tags
    return _Back(changes, kept)


def _leave_out_what_stands_nowhere(
    ticket: Ticket, changes: dict[str, Any], kept: list[str]
) -> None:
    """A status does not come back where the workflow of the type has none, nor a type whose workflow lacks the status."""
    for part in _PLACE:
        type, status = (changes.get(name, getattr(ticket, name)) for name in ("type", "status"))
        if rulebook.flow(type).default(status):
            return
        if part[0] in changes:
            kept.append(part[0])
        for name in part:
            changes.pop(name, None)


def _former_tags(ticket: Ticket, done: list[Event], since: list[Event]) -> list[str]:
    """The tags without those that were added and with those that were removed, but what others did with one stays."""
    others = {tag for event in since for tag in _tags_of(event)}
    tags = set(ticket.tags)
    for event in reversed([one for one in done if "tags" in one.data["set"]]):
        before, after = set(event.data["was"]["tags"]), set(event.data["set"]["tags"])
        tags = (tags - (after - before - others)) | (before - after - others)
    return sorted(tags)


def _tags_of(event: Event) -> set[str]:
    """Tags that came or went with the event."""
    if "tags" not in event.data.get("set", {}):
        return set()
    return set(event.data["set"]["tags"]) ^ set(event.data["was"]["tags"])


def _touches(event: Event, fields: Iterable[str]) -> bool:
    return not set(fields).isdisjoint(event.data.get("set", {}))


def _raw(ticket: Ticket, name: str) -> Any:
    value = getattr(ticket, name)
    return value.isoformat() if isinstance(value, datetime) else value


def _as_it_will_be(ticket: Ticket, changes: dict[str, Any]) -> Ticket:
    """Rights are asked of the former team: who handed it out of their sight by mistake may take it back."""
    return Ticket(
        team_id=changes.get("team_id", ticket.team_id),
        category_id=changes.get("category_id", ticket.category_id),
    )


def _leave_out_what_is_denied(back: _Back, ticket: Ticket, done: list[Event], by: User) -> str:
    """What one could not do now is not undone either; says why, of the last that stays.

    The team comes first: where the ticket stays with the new one, rights to all the rest are asked of that.
    """
    why = ""
    for part in PARTS:
        before = _as_it_will_be(ticket, back.changes)
        denials = (_denial(event, before, by) for event in done if _touches(event, part))
        denial = next(filter(None, denials), "")
        stays = [name for name in part if name in back.changes]
        if denial and stays:
            why = denial
            back.kept.append(stays[0])
            back.denied.append(stays[0])
            for name in stays:
                del back.changes[name]
    _leave_out_what_stands_nowhere(ticket, back.changes, back.kept)
    return why


def _denial(event: Event, before: Ticket, by: User) -> str:
    """Why somebody may not do this on such a ticket; nothing where they may, or where it takes no more than to work on it."""
    was, now = event.data["was"], event.data["set"]
    match event.kind:
        case Kind.PRIORITISED if not policies.can_prioritise(by, before):
            return _("You may not change the priority of this ticket.")
        case Kind.MOVED if not policies.can_assign(by, before):
            return _("You may not hand this ticket to another team.")
        case Kind.ASSIGNED if not _is_own(was, now, by) and not policies.can_assign(by, before):
            return _("You may not give this ticket to somebody else.")
        case Kind.TYPE_CHANGED:
            for type in (now["type"], was["type"]):
                if not policies.can_set_type(by, before, type):
                    label = rulebook.type(type).label
                    return _("You may not make a ticket “%(type)s”.") % {"type": label}
    return ""


def _is_own(was: dict[str, Any], now: dict[str, Any], by: User) -> bool:
    """Took it, or gave back what was theirs."""
    to = now["assignee_id"]
    return to == by.pk or (to is None and was["assignee_id"] == by.pk)


def _leave_out_who_left(back: _Back, before: Ticket) -> None:
    """Somebody who has left the team meanwhile does not get the ticket again."""
    key = back.changes.get("assignee_id")
    if key is None or policies.can_be_assigned(User.objects.get(pk=key), before):
        return
    if "team_id" in back.changes:
        back.changes["assignee_id"] = None
    else:
        del back.changes["assignee_id"]
        back.kept.append("assignee_id")


def _why_not(kept: list[str], since: list[Event]) -> NothingUndone:
    touching = [event for event in since if _touches(event, kept)]
    if touching:
        return NothingUndone(
            _("%(person)s changed this since.") % {"person": touching[-1].actor.display_name}
        )
    if not {"status", "type"}.isdisjoint(kept):
        return NothingUndone(_("Its workflow has no such step any more, so it stays where it is."))
    return AsBefore(_("This is as it was before already."))
