"""Tell of times that run out: warnings and misses that are due, ticket by ticket, each in a transaction of its own.

What was told is noted on the clock in the same transaction as the event, and the ticket's row is held meanwhile. So a
step is told once, by whichever worker, and whatever was due while none ran is told late, in its order.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from incidents.sla import breach, rules
from incidents.sla.calendar import moment_of, seconds_of
from incidents.sla.clock import MISSED
from incidents.sla.models import Clock
from incidents.sla.reckoning import Standing, keep, stand
from incidents.sla.rules import Book
from incidents.tickets import actions
from incidents.tickets.models import Ticket

log = logging.getLogger("firebreak.sla")

LONGEST = 45
"""Seconds of one run; the rest is the next one's, a minute later."""
AT_A_TIME = 200


@dataclass(frozen=True)
class Step:
    """One warning or miss that is due."""

    when: int
    share: int
    standing: Standing
    is_overtaken: bool
    """A later one of the same clock is due as well."""

    @property
    def kind(self) -> str:
        return self.standing.reckoned.promise.kind

    @property
    def is_miss(self) -> bool:
        return self.share == MISSED


def tick(now: datetime) -> int:
    """Tell everything that is due by now, the longest due first; how many steps that were."""
    book, desk = rules.current(), User.objects.system()
    told, end = 0, time.monotonic() + LONGEST
    for ticket in _due(now):
        if time.monotonic() > end:
            break
        try:
            told += tell(ticket, book, now=now, by=desk)
        except Exception:  # one bad row must not stop the others; it is tried again in a minute
            log.exception("promised times of ticket %s", ticket)
    return told


@transaction.atomic
def tell(pk: int, book: Book, *, now: datetime, by: User) -> int:
    """Tell what is due of one ticket. Nothing where somebody else holds it: they, or the next run, see to it."""
    rows = Ticket.objects.select_for_update(skip_locked=True, of=("self",))
    ticket = rows.select_related("team", "category").filter(pk=pk).first()
    if ticket is None:
        return 0
    clocks = {row.kind: row for row in Clock.objects.filter(ticket=ticket)}
    due = _steps(stand([ticket], book, now=now)[pk], clocks, seconds_of(now))
    for step in due:
        clocks[step.kind].told_share = step.share
    keep([ticket], book, now=now, kept=clocks.values())
    for step in due:
        _tell(ticket, step, book, by=by)
    return len(due)


def _due(now: datetime) -> Iterator[int]:
    """Keys of tickets with something due, each once, the longest due first. Those that stay due come next time."""
    seen: set[int] = set()
    rows = Clock.objects.with_steps_until(now)
    after = Q()
    while found := list(
        rows.filter(after).values_list("next_step_at", "pk", "ticket_id")[:AT_A_TIME]
    ):
        for _when, _pk, ticket in found:
            if ticket not in seen:
                seen.add(ticket)
                yield ticket
        when, pk, _ticket = found[-1]
        after = Q(next_step_at__gt=when) | Q(next_step_at=when, pk__gt=pk)


def _steps(standings: list[Standing], clocks: dict[str, Clock], now: int) -> list[Step]:
    found = []
    for standing in standings:
        it = standing.reckoned
        clock = clocks.get(it.promise.kind)
        if clock is None or seconds_of(clock.started_at) != it.started_at:
            continue  # not kept yet, or of an earlier round; `keep` mends that first
        due = [(share, when) for share, when in it.steps_after(clock.told_share) if when <= now]
        found += [
            Step(when, share, standing, is_overtaken=place < len(due) - 1)
            for place, (share, when) in enumerate(due)
        ]
    return sorted(found, key=lambda step: (step.when, step.share))


def _tell(ticket: Ticket, step: Step, book: Book, *, by: User) -> None:
    it = step.standing.reckoned
    deeds = book.actions_of(step.standing.policy.pk, step.kind)
    on = breach.MISSED if step.is_miss else breach.WARNED
    hearing = breach.told(deeds, on)
    due = moment_of(it.due_at if it.due_at is not None else step.when)
    if step.is_miss:
        event = actions.miss_target(
            ticket, target=step.kind, due=due, by=by, people=hearing.people, teams=hearing.teams
        )
    else:
        event = actions.warn_of_target(
            ticket, target=step.kind, share=step.share, due=due, by=by,
            people=hearing.people, teams=hearing.teams, is_overtaken=step.is_overtaken,
        )  # fmt: skip
    if event.ticket.is_open:
        breach.act(event.ticket, deeds, on, by=by)
