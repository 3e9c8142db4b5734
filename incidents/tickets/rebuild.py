"""What the log tells against what the tables say: to check that both agree, and to mend rows that don't.

Both walks go through the tickets in slices by key, so that they hold little memory and no lock however long the log is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import Refused
from incidents.tickets import chain, solved
from incidents.tickets.actions.tag import set_rows
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, Link, Tagging, Ticket

SLICE = 500
"""Tickets at a time."""


@dataclass(frozen=True)
class Difference:
    """A field of a ticket's row that its log tells otherwise."""

    ticket: Ticket
    field: str
    row: object
    log: object

    def __str__(self) -> str:
        return f"{self.ticket.ref} {self.field}: row {self.row!r}, log {self.log!r}"


@dataclass(frozen=True)
class Break:
    """Where a ticket's log stops being what was written: the first event that does not follow from the one before."""

    ticket: Ticket
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.ticket.ref} event {self.number}: {self.reason}"


@dataclass
class Changed:
    """Events that are not what was sealed, until a later erasure vouches for what they are now: see `actions.erase`."""

    ticket: int
    left: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By number: what the event says now, as a digest, and what is wrong with that."""

    def look_at(self, event: Event, previous: str) -> None:
        if fault := self._fault(event, previous):
            self.left[event.number] = (event.as_it_is(self.ticket), fault)
        elif event.kind == Kind.ERASED:
            for number, now in event.data["events"].items():
                if self.left.get(int(number), ("",))[0] == now:
                    del self.left[int(number)]

    def first(self) -> tuple[int, str] | None:
        if not self.left:
            return None
        number = min(self.left)
        return number, self.left[number][1]

    def _fault(self, event: Event, previous: str) -> str:
        """Why this event can't be what was written; nothing when it can."""
        if event.hash != event.sealed(previous, self.ticket):
            return "its actor, time, kind or place was changed"
        if event.digest != chain.digest(event.data):
            return "its data was changed"
        return ""


@dataclass
class Told:
    """A ticket with all that hangs on it."""

    ticket: Ticket
    followers: set[int] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)
    """Those of the followers who have the same trouble."""
    chosen: set[int] = field(default_factory=set)
    """Those whom somebody else added."""
    links: dict[tuple[int, str], bool] = field(default_factory=dict)
    """The other ticket's number and the kind of link; whether it is resolved with the other one."""
    tags: set[str] = field(default_factory=set)
    """What it is found by; in the log that is `Ticket.tags`."""


# One ticket ------------------------------------------------------------------------------------------------


def rebuild(ticket: Ticket) -> Ticket:
    """The ticket as its log tells it, not saved."""
    return Ticket.from_log(ticket.number, ticket.events.order_by("number"))


def compare(row: Ticket, log: Ticket) -> list[Difference]:
    return [
        Difference(row, name, getattr(row, name), getattr(log, name))
        for name in Ticket.PROJECTED
        if getattr(row, name) != getattr(log, name)
    ]


def broken_link(ticket: Ticket) -> Event | None:
    """The first event whose hash does not follow from the one before it, or whose data was changed."""
    found = _break_in(ticket, ticket.events.order_by("number"), check_end=False)
    if found is None:
        return None
    return ticket.events.filter(number__gte=found.number).order_by("number").first()


@transaction.atomic
def mend(ticket: Ticket) -> None:
    """Make the rows what the log tells.

    Raises:
        Refused: the log itself is broken, so nothing can be learnt from it.
    """
    row = Ticket.objects.select_for_update().get(pk=ticket.pk)
    events = list(row.events.order_by("number"))
    if _break_in(row, events, check_end=False):
        raise Refused(f"{row.ref}: its log is broken, see verify_log.")
    told = _told(row.number, events)
    for name in Ticket.PROJECTED:
        setattr(row, name, getattr(told.ticket, name))
    before = Ticket.objects.values_list("solved_with", flat=True).get(pk=row.pk)
    row.save(update_fields=Ticket.PROJECTED)
    solved.recount({before, row.solved_with_id})
    set_rows(row)
    Follower.objects.filter(ticket=row).delete()
    Follower.objects.bulk_create(
        [
            Follower(
                ticket=row,
                user_id=user,
                has_joined=user in told.joined,
                is_chosen=user in told.chosen,
            )
            for user in sorted(told.followers)
        ]
    )
    others = Ticket.objects.in_bulk({number for number, _kind in told.links}, field_name="number")
    Link.objects.filter(ticket=row).delete()
    Link.objects.bulk_create(
        [
            Link(ticket=row, other=others[number], kind=kind, is_synced=is_synced)
            for (number, kind), is_synced in sorted(told.links.items())
        ]
    )


# All of them -------------------------------------------------------------------------------------------------


def all_differences() -> Iterator[Difference]:
    """Everything in which rows and log differ.

    Somebody may be writing between the query for the rows and the one for their log, so what differs is looked at
    once more, alone and under its lock.
    """
    for rows, events in _slices():
        followers, links, tags = _followers(rows), _links(rows), _tags(rows)
        joined, chosen = _followers(rows, "has_joined"), _followers(rows, "is_chosen")
        for row in rows:
            told = _told(row.number, events[row.pk])
            found = Told(
                row, followers[row.pk], joined[row.pk], chosen[row.pk], links[row.pk], tags[row.pk]
            )  # fmt: skip
            if _differences(found, told):
                yield from _looked_at_again(row)


@transaction.atomic
def _looked_at_again(ticket: Ticket) -> list[Difference]:
    row = Ticket.objects.select_for_update().get(pk=ticket.pk)
    found = Told(
        row, _followers([row])[row.pk], _followers([row], "has_joined")[row.pk],
        _followers([row], "is_chosen")[row.pk], _links([row])[row.pk], _tags([row])[row.pk],
    )  # fmt: skip
    return _differences(found, _told(row.number, row.events.order_by("number")))


def all_breaks(
    *, only: QuerySet[Ticket] | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Break]:
    """The first broken event of every ticket, or of `only` some, whose log was tampered with, cut short or lost."""
    checked = 0
    for rows, events in _slices(only):
        for row in rows:
            if _break_in(row, events[row.pk]) and (found := _break_under_lock(row)):
                yield found
        checked += sum(map(len, events.values()))
        if progress:
            progress(checked)


@transaction.atomic
def _break_under_lock(ticket: Ticket) -> Break | None:
    row = Ticket.objects.select_for_update().get(pk=ticket.pk)
    return _break_in(row, row.events.order_by("number"))


def _slices(
    only: QuerySet[Ticket] | None = None,
) -> Iterator[tuple[list[Ticket], dict[int, list[Event]]]]:
    """Tickets by their key, each slice with its events."""
    last = 0
    tickets = Ticket.objects.all() if only is None else only
    while rows := list(tickets.filter(pk__gt=last).order_by("pk")[:SLICE]):
        found = Event.objects.filter(ticket__gte=rows[0].pk, ticket__lte=rows[-1].pk)
        if only is not None:
            found = found.filter(ticket__in=[row.pk for row in rows])
        events: dict[int, list[Event]] = defaultdict(list)
        for key, told in groupby(found.order_by("ticket", "number"), attrgetter("ticket_id")):
            events[key] = list(told)
        yield rows, events
        last = rows[-1].pk


# Steps ---------------------------------------------------------------------------------------------------------


def _told(number: int, events: Iterable[Event]) -> Told:
    told = Told(Ticket(number=number))
    for event in events:
        told.ticket.apply(event)
        match event.kind:
            case Kind.FOLLOWED:
                told.followers.add(event.data["who"])
                if event.actor_id != event.data["who"]:
                    told.chosen.add(event.data["who"])
            case Kind.JOINED:
                told.followers.add(event.data["who"])
                told.joined.add(event.data["who"])
            case Kind.UNFOLLOWED if event.data.get("has_it_still"):
                told.chosen.discard(event.data["who"])
            case Kind.UNFOLLOWED:
                told.followers.discard(event.data["who"])
                told.joined.discard(event.data["who"])
                told.chosen.discard(event.data["who"])
            case Kind.LINKED if not event.data["back"]:
                key = event.data["other"], event.data["link"]
                told.links[key] = event.data.get("synced", False)
            case Kind.SPLIT if event.data["back"]:
                told.links[event.data["other"], Link.Kind.RELATED.value] = False
            case Kind.UNLINKED if not event.data["back"]:
                told.links.pop((event.data["other"], event.data["link"]), None)
    told.tags = set(told.ticket.tags)
    return told


def _differences(row: Told, log: Told) -> list[Difference]:
    found = compare(row.ticket, log.ticket)
    if row.followers != log.followers:
        found.append(
            Difference(row.ticket, "followers", sorted(row.followers), sorted(log.followers))
        )
    if row.joined != log.joined:
        found.append(Difference(row.ticket, "joined", sorted(row.joined), sorted(log.joined)))
    if row.chosen != log.chosen:
        found.append(Difference(row.ticket, "chosen", sorted(row.chosen), sorted(log.chosen)))
    if row.links != log.links:
        found.append(
            Difference(row.ticket, "links", sorted(row.links.items()), sorted(log.links.items()))
        )
    if row.tags != log.tags:
        found.append(Difference(row.ticket, "taggings", sorted(row.tags), sorted(log.tags)))
    return found


def _followers(rows: list[Ticket], *only: str) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    held = Follower.objects.filter(ticket__gte=rows[0].pk, ticket__lte=rows[-1].pk)
    if "has_joined" in only:
        held = held.filter(has_joined=True)
    if "is_chosen" in only:
        held = held.filter(is_chosen=True)
    for ticket, user in held.values_list("ticket", "user"):
        found[ticket].add(user)
    return found


def _tags(rows: list[Ticket]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    held = Tagging.objects.filter(ticket__gte=rows[0].pk, ticket__lte=rows[-1].pk)
    for ticket, name in held.values_list("ticket", "name"):
        found[ticket].add(name)
    return found


def _links(rows: list[Ticket]) -> dict[int, dict[tuple[int, str], bool]]:
    found: dict[int, dict[tuple[int, str], bool]] = defaultdict(dict)
    held = Link.objects.filter(ticket__gte=rows[0].pk, ticket__lte=rows[-1].pk)
    rows_of = held.values_list("ticket", "other__number", "kind", "is_synced")
    for ticket, other, kind, is_synced in rows_of:
        found[ticket][other, kind] = is_synced
    return found


def _break_in(ticket: Ticket, events: Iterable[Event], *, check_end: bool = True) -> Break | None:
    previous, last = chain.START, 0
    changed = Changed(ticket.number)
    for event in events:
        if event.number != last + 1:
            return Break(ticket, last + 1, "it is missing")
        changed.look_at(event, previous)
        previous, last = event.hash, event.number
    if found := changed.first():
        return Break(ticket, *found)
    if last == 0 or (check_end and (last, previous) != (ticket.version, ticket.log_head)):
        return Break(
            ticket, last + 1, f"the log ends before it, the row is at version {ticket.version}"
        )
    return None
