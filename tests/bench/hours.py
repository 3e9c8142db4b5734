"""`python -m tests.bench.hours`: promised times against a count minute by minute, and what they cost.

Twenty thousand random cases over twelve zones, each counted both ways; then one ticket's due time, one tick over
20,000 open tickets, and a changed policy over 100,000, on a PostgreSQL of its own.
"""
# ruff: noqa: T201 (printing is what it is for)

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from incidents.sla.calendar import Hours, seconds_of
from incidents.sla.clock import Happening, Promise, reckon
from tests import services
from tests.incidents.sla import oracle

OFFICE = (((480, 1080),),) * 5 + ((), ())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hours", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--open", type=int, default=20_000, help="open tickets of a tick")
    parser.add_argument("--replayed", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = compare(options.cases, random.Random(options.seed))
    due_times()
    if options.open or options.replayed:
        with services.postgres() as url:
            os.environ["DATABASE_URL"] = url
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            on_a_desk(options.open, options.replayed)
    sys.exit(1 if wrong else 0)


def compare(cases: int, dice: random.Random) -> int:
    """Every case is two instants and an amount: what lies between, and when the amount is used up."""
    wrong = 0
    for number in range(cases):
        hours, start, end = _case(dice)
        counted = oracle.between(hours, start, end)
        found = hours.between(start, end)
        due = hours.after(start, counted) if counted else start
        # The amount between is used up at the last minute of it that counted, and not a second before.
        right = found == counted and due is not None and due <= end
        if right and counted:
            right = oracle.between(hours, due, end) == 0 and oracle.counts(hours, due - 1)
        if not right:
            wrong += 1
            print("differs:", hours.zone, hours.week, list(hours.holidays), start, end)
        if number and number % 5_000 == 0:
            print(f"  {number} cases, {wrong} differences", flush=True)
    print(f"{cases} cases over {len(oracle.ZONES)} zones: {wrong} differences")
    return wrong


def _case(dice: random.Random) -> tuple[Hours, int, int]:
    start = dice.randrange(oracle.FIRST, oracle.LAST)
    if dice.random() < 0.5:
        month = datetime(dice.randrange(2020, 2035), dice.choice(oracle.CHANGES) + 1, 1, tzinfo=UTC)
        start = seconds_of(month) + dice.randrange(31 * 86400)
    end = start + dice.randrange(4 * 86400)
    first = date.fromtimestamp(start)
    days_off = {
        first + timedelta(days=dice.randrange(-1, 5)): "Holiday" for _n in range(dice.randrange(3))
    }
    return Hours(dice.choice(oracle.ZONES), _week(dice), days_off), start, end


def _week(dice: random.Random) -> tuple:
    kind = dice.choice(["office", "always", "night", "odd"])
    if kind == "office":
        return (((480, 720), (780, 1080)),) * 5 + ((), ())
    if kind == "always":
        return (((0, 1440),),) * 7
    if kind == "night":
        return (((0, 360), (1320, 1440)),) * 7
    days = []
    for _day in range(7):
        edges = sorted(dice.sample(range(1441), dice.randrange(7)))
        days.append(tuple(zip(edges[0::2], edges[1::2], strict=False)))
    return tuple(days)


def due_times() -> None:
    """One ticket with forty changes of status, by hours that nobody asked before and by those at hand."""
    log, at = [Happening(0, "new", "requester")], 1_780_000_000
    for number in range(40):
        log.append(Happening(at + number * 5_000, "waiting_other" if number % 2 else "open"))
    log[0] = Happening(at - 5_000, "new", "requester")
    for words, fresh in (("cold", True), ("warm", False)):
        hours, took = Hours("Europe/Berlin", OFFICE), []
        for _n in range(200):
            if fresh:
                hours = Hours("Europe/Berlin", OFFICE)
            promise = Promise("resolution", 360_000, hours, frozenset({"waiting_other"}), (75,))
            began = time.perf_counter()
            reckon(promise, log, now=at + 400_000)
            took.append(time.perf_counter() - began)
        print(f"one due time, {words}: median {statistics.median(took) * 1000:.3f} ms, p99 {sorted(took)[-2] * 1000:.3f} ms")  # fmt: skip


def on_a_desk(open_tickets: int, replayed: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from incidents.sla import replay, rules
    from incidents.sla.models import Change, Clock, Policy
    from incidents.sla.reckoning import keep
    from incidents.sla.ticking import tick
    from incidents.tickets.models import Ticket

    call_command("migrate", verbosity=0)
    if open_tickets:
        for some in _tickets(open_tickets):
            keep(some, rules.current(), now=timezone.now())
        late = Clock.objects.filter(next_step_at__lte=timezone.now()).count()
        began = time.perf_counter()
        Clock.objects.filter(next_step_at__lte=timezone.now()).exclude(
            pk__in=Clock.objects.filter(next_step_at__lte=timezone.now()).values("pk")[:300]
        ).update(next_step_at=timezone.now() + timedelta(days=1))
        began = time.perf_counter()
        told = tick(timezone.now())
        print(f"one tick, {Ticket.objects.open().count()} open tickets, {told} steps told (of {late} late): {time.perf_counter() - began:.2f} s")  # fmt: skip
        began = time.perf_counter()
        told = tick(timezone.now())
        print(f"  and one with {told} steps: {time.perf_counter() - began:.3f} s")
    if replayed:
        for _some in _tickets(replayed - Ticket.objects.open().count()):
            pass
        policy = Policy.objects.get()
        policy.targets.filter(kind="resolution").update(
            minutes={str(n): 100 * n for n in range(1, 6)}
        )
        rules.changed()
        change = Change.objects.create(
            about="policy", object_id=policy.pk, name="x", content={}, made_by_id=1,
            state="applying", applied_at=timezone.now(), total=Ticket.objects.open().count(),
        )  # fmt: skip
        began = time.perf_counter()
        while Change.objects.get(pk=change.pk).state == "applying":
            Change.objects.update(leased_until=None)
            replay.go_on(change.pk)
        change.refresh_from_db()
        print(f"a changed policy over {change.done} tickets, {change.changed} clocks: {time.perf_counter() - began:.1f} s")  # fmt: skip


def _tickets(count: int) -> Iterator[list]:
    """Open tickets with five lines of log each, by the thousand; only what clocks read of them."""
    from django.utils import timezone

    from accounts.models import User
    from incidents.tickets.models import Event, Ticket

    desk = User.objects.system()
    first = Ticket.objects.count() + 1001
    dice = random.Random(count)
    for start in range(0, count, 1000):
        rows = []
        for number in range(start, min(start + 1000, count)):
            filed = timezone.now() - timedelta(minutes=dice.randrange(60 * 24 * 20))
            rows.append(
                Ticket(
                    number=first + number,
                    title="Printer",
                    requester=desk,
                    reporter=desk,
                    version=5,
                    status="open",
                    priority=dice.randrange(1, 6),
                    created_at=filed,
                    updated_at=filed,
                )
            )
        Ticket.objects.bulk_create(rows)
        Event.objects.bulk_create([event for row in rows for event in _log(row, desk)])
        yield rows


def _log(ticket, desk) -> Iterator:
    from incidents.tickets.models import Event

    lines = (
        ("filed", {"set": {"status": "new"}}, 0),
        ("replied", {"by_staff": True}, 10),
        ("status_changed", {"set": {"status": "waiting_requester"}}, 11),
        ("replied", {"by_staff": False}, 300),
        ("status_changed", {"set": {"status": "open"}}, 300),
    )
    for number, (kind, data, minutes) in enumerate(lines, start=1):
        yield Event(
            ticket=ticket, number=number, kind=kind, actor=desk, origin="portal", data=data,
            occurred_at=ticket.created_at + timedelta(minutes=minutes), is_public=True, digest="", hash="",
        )  # fmt: skip


if __name__ == "__main__":
    main()
