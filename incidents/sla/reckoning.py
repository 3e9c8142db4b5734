"""Clocks of tickets from their logs: worked out, compared with what is kept, and kept.

Whoever calls `keep` holds the tickets' rows, so that no event comes between reading a log and writing the result.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from incidents.sla import rules
from incidents.sla.calendar import moment_of, seconds_of
from incidents.sla.clock import Happening, Promise, Reckoned, reckon
from incidents.sla.conditions import Matter
from incidents.sla.log import as_row, happening, logs_of, matters
from incidents.sla.models import Clock
from incidents.sla.rules import Book, PolicyRule
from incidents.tickets.kinds import Kind
from incidents.tickets.models import NEVER, Category, Event, Ticket

HISTORY = timedelta(hours=1)
"""What is written down later than this after it happened is history: nobody is warned of what became due in it."""

STORED = (
    "policy_id", "target_seconds", "state", "started_at", "due_at", "stopped_at", "paused_since",
    "next_step_at", "told_share",
)  # fmt: skip
PROGRESSING = ("used_seconds", "reckoned_at")
"""Change by themselves as time goes on, which alone is no reason to write."""


@dataclass(frozen=True)
class Standing:
    """A ticket's promise: by which policy, and what became of it."""

    policy: PolicyRule
    reckoned: Reckoned


def follow(event: Event) -> None:
    """What follows an event: its ticket's clocks are worked out anew, in the same transaction."""
    if not matters(event, frozenset()) and not matters(event, _MAYBE):
        return
    book = rules.current()
    if not matters(event, book.asks):
        return
    ticket = event.ticket
    is_history = (
        event.origin == Ticket.Origin.IMPORT or event.recorded_at - event.occurred_at > HISTORY
    )
    quiet_until = event.recorded_at if is_history else None
    logs: dict[int, list[Happening]] | None = None
    kept: list[Clock] | None = None
    if event.kind == Kind.FILED and event.number == 1:  # there is nothing else to read yet
        logs, kept = {ticket.pk: [happening(as_row(event), ticket)]}, []
    keep([ticket], book, now=event.recorded_at, quiet_until=quiet_until, logs=logs, kept=kept)


_MAYBE = frozenset({"type", "category", "service", "team", "department"})


def keep(
    tickets: Collection[Ticket],
    book: Book,
    *,
    now: datetime,
    quiet_until: datetime | None = None,
    logs: dict[int, list[Happening]] | None = None,
    kept: Iterable[Clock] | None = None,
) -> int:
    """Work out the clocks of these tickets, which are held, and write those that changed; how many did.

    Warnings and misses that lie before `quiet_until` are not told any more, except where one was due already by what
    was kept and only had to be told.
    """
    standings = stand(tickets, book, now=now, logs=logs)
    rows = kept if kept is not None else Clock.objects.filter(ticket__in=tickets)
    before = {(row.ticket_id, row.kind): row for row in rows}
    changed = []
    for ticket in tickets:
        found = {one.reckoned.promise.kind: one for one in standings[ticket.pk]}
        for kind, standing in found.items():
            old = before.pop((ticket.pk, kind), None)
            new = _row(ticket, standing, old, quiet_until)
            if old is None or any(getattr(old, name) != getattr(new, name) for name in STORED):
                changed.append(new)
    ended = [_ended(row, now) for row in before.values() if row.state != Clock.State.CANCELLED]
    write([*changed, *ended])
    _note_due(tickets, standings)
    return len(changed) + len(ended)


def _note_due(tickets: Collection[Ticket], standings: Mapping[int, Sequence[Standing]]) -> None:
    """On the ticket itself, when the first of its clocks that run is due: lists go by that."""
    later = []
    for ticket in tickets:
        running = [one.reckoned for one in standings[ticket.pk] if one.reckoned.stopped_at is None]
        moments = [one.due_at for one in running if one.due_at is not None]
        due = moment_of(min(moments)) if moments else NEVER
        if ticket.due_at != due:
            ticket.due_at = due
            later.append(ticket)
    if later:
        Ticket.objects.bulk_update(later, ["due_at"], batch_size=200)


def write(clocks: Sequence[Clock]) -> None:
    """One statement for all of them."""
    if clocks:
        Clock.objects.bulk_create(
            clocks,
            update_conflicts=True,
            unique_fields=["ticket", "kind"],
            update_fields=[*(name.removesuffix("_id") for name in STORED), *PROGRESSING],
        )


def stand(
    tickets: Collection[Ticket],
    book: Book,
    *,
    now: datetime,
    logs: dict[int, list[Happening]] | None = None,
) -> dict[int, list[Standing]]:
    """What is promised for each of these tickets, and what became of it; nothing is written."""
    promised = {ticket.pk: (ticket, rule) for ticket, rule in _policies(tickets, book)}
    wanted = [ticket for ticket, _rule in promised.values()]
    if logs is None:
        logs = logs_of(wanted) if wanted else {}
    at = seconds_of(now)
    found: dict[int, list[Standing]] = {ticket.pk: [] for ticket in tickets}
    for pk, (ticket, rule) in promised.items():
        log = logs.get(pk)
        if not log:
            continue
        for promise in rule.promises(ticket.priority):
            reckoned = reckon(promise, log, now=at)
            if reckoned is not None:
                found[pk].append(Standing(rule, reckoned))
    return found


def _policies(tickets: Collection[Ticket], book: Book) -> Iterable[tuple[Ticket, PolicyRule]]:
    """Tickets for which something is promised."""
    if not book.policies:
        return
    above = _above() if "category" in book.asks else {}
    departments = _departments(tickets) if "department" in book.asks else {}
    for ticket in tickets:
        if book.since and ticket.created_at < book.since:
            continue
        matter = Matter(
            type=ticket.type,
            priority=ticket.priority,
            categories=_with_above(ticket.category_id, above),
            service=ticket.service_id,
            team=ticket.team_id,
            department=departments.get(ticket.requester_id),
        )
        rule = book.policy_for(matter)
        if rule:
            yield ticket, rule


def _above() -> dict[int, tuple[int | None, int | None]]:
    """Of every category the one above it and the one that it was merged into."""
    rows = Category.objects.values_list("pk", "parent", "merged_into")
    return {pk: (parent, merged) for pk, parent, merged in rows}


def _with_above(
    category: int | None, above: dict[int, tuple[int | None, int | None]]
) -> frozenset[int]:
    found: set[int] = set()
    ahead = [category]
    while ahead:
        one = ahead.pop()
        if one is not None and one not in found:
            found.add(one)
            ahead += above.get(one, ())
    return frozenset(found)


def _departments(tickets: Collection[Ticket]) -> dict[int, int | None]:
    people = {ticket.requester_id for ticket in tickets}
    return dict(User.objects.filter(pk__in=people).values_list("pk", "department"))


def _row(
    ticket: Ticket, standing: Standing, old: Clock | None, quiet_until: datetime | None
) -> Clock:
    """The clock's row, not written. What was told stays told, unless it lies ahead again."""
    it = standing.reckoned
    told = 0
    is_overdue = False
    if old and old.started_at == moment_of(it.started_at):
        told = min(old.told_share, it.share_told_by(it.at))
        next_step = old.next_step_at
        is_overdue = bool(quiet_until and next_step and next_step <= quiet_until)
    if quiet_until and not is_overdue:
        told = max(told, it.share_told_by(seconds_of(quiet_until)))
    ahead = it.steps_after(told)
    return Clock(
        ticket=ticket,
        kind=it.promise.kind,
        policy_id=standing.policy.pk,
        target_seconds=it.promise.seconds,
        state=it.state,
        started_at=moment_of(it.started_at),
        due_at=_moment(it.due_at),
        stopped_at=_moment(it.stopped_at),
        paused_since=_moment(it.paused_since),
        used_seconds=it.used,
        reckoned_at=moment_of(it.at),
        next_step_at=moment_of(ahead[0][1]) if ahead else None,
        told_share=told,
    )


def _ended(row: Clock, now: datetime) -> Clock:
    """A promise that is made no more."""
    row.state, row.next_step_at, row.due_at, row.paused_since = (
        Clock.State.CANCELLED, None, None, None,
    )  # fmt: skip
    row.stopped_at = row.stopped_at or max(now, row.started_at)
    row.policy = None
    return row


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment_of(seconds)


__all__ = ["Promise", "Standing", "follow", "keep", "stand", "write"]
