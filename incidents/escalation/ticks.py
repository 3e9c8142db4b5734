"""Following what happens to tickets, and doing what is due.

A tick may run twice, late, or at the same time as another one: a step is claimed with a lease, looked at again with the
ticket's row held, and noted in a table that takes it only once. One transaction a step, so that one that fails stops no
other; it comes again a while later. A tick takes so many steps and no more, and after a gap (no worker ran, or
the clock jumped) none at all: so a clock that is put right again has done no harm.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from incidents.escalation import deeds, planning
from incidents.escalation.models import Book, Plan
from incidents.escalation.rules import Rules, current
from incidents.sla import rules as sla
from incidents.tickets.actions import hold_ticket
from incidents.tickets.errors import Merged
from incidents.tickets.models import Event, Ticket

log = logging.getLogger("firebreak.escalation")

LEASE = timedelta(minutes=5)
GAP = timedelta(minutes=10)
"""Between two ticks; after more something was wrong."""
MOST_A_TICK = 50
AT_ONCE = 200
MOST_PLANNED = 5000
"""Tickets that one tick plans anew."""


def follow(event: Event) -> None:
    """After an event, in its transaction: another step may come next."""
    if event.kind not in planning.MATTER:
        return
    rules = current()
    if rules.chains:
        planning.plan(event.ticket, rules, now=event.recorded_at)


def tick(now: datetime) -> int:
    """Take what is due; how many steps were taken."""
    if _is_after_a_gap(now):
        return 0
    _plan_anew(now)
    taken = failed = 0
    while max(taken, failed) < MOST_A_TICK and (plan := claim(now)):
        try:
            taken += run(plan, now)
        except Exception:  # one bad row must not stop the others
            log.exception("escalation of ticket %s", plan.ticket_id)
            put_off(plan, now)
            failed += 1
    _note_what_is_held(now, is_full=taken >= MOST_A_TICK)
    return taken


def claim(now: datetime) -> Plan | None:
    """The plan that is due longest and nobody works on, ours for the time of the lease."""
    with transaction.atomic():
        due = Plan.objects.free(now, LEASE).select_for_update(skip_locked=True)
        plan = due.first()
        if plan is None:
            return None
        plan.leased_until = now + LEASE
        plan.save(update_fields=["leased_until"])
    return plan


def run(claimed: Plan, now: datetime) -> bool:
    """Take the step if it still is the next one and due; was it taken?"""
    desk = User.objects.system()
    with transaction.atomic():
        try:
            ticket = hold_ticket(Ticket(pk=claimed.ticket_id), by=desk)
        except Merged:
            Plan.objects.filter(pk=claimed.pk).delete()
            return False
        coming = planning.plan(ticket, current(), now=now)
        if coming is None or coming.due_at > now:
            return False
        deeds.take(ticket, coming, by=desk, at=now)
    return True


def put_off(claimed: Plan, now: datetime) -> None:
    """What failed comes again later, behind what is due by then. An event on the ticket plans it anew before that."""
    ours = Plan.objects.filter(pk=claimed.pk, leased_until=claimed.leased_until)
    ours.update(due_at=now + LEASE, leased_until=None)


def _is_after_a_gap(now: datetime) -> bool:
    """Did time jump since the last tick, or did no worker run? Then this one only notes it."""
    book = Book.now()
    last = book.ticked_at
    Book.objects.filter(pk=1).update(ticked_at=now)
    if last is None or -GAP < now - last < GAP:
        return False
    due = Plan.objects.filter(due_at__lte=now)[: MOST_A_TICK + 1].count()
    if due:
        Book.objects.filter(pk=1).update(jumped_at=now)
        log.warning("escalation: last tick at %s, now it is %s; steps wait for the next", last, now)
    return bool(due)


def _plan_anew(now: datetime) -> None:
    """After chains or what is promised changed: open tickets one after the other, some in each tick, until all follow."""
    book = Book.now()
    mark = f"{book.mark}:{sla.current().mark}"
    if book.planned_mark == mark:
        return
    if book.planning_mark != mark:
        Book.objects.filter(pk=1).update(planning_mark=mark, planned_until=0)
        book.planned_until = 0
    rules, done, last = current(), 0, book.planned_until
    while done < MOST_PLANNED:
        keys = list(
            Ticket.objects.open().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
        )  # fmt: skip
        if not keys:
            Book.objects.filter(pk=1, planning_mark=mark).update(planned_mark=mark, planned_until=0)  # fmt: skip
            return
        for key in keys:
            try:
                _plan_one(key, rules, now)
            except Exception:  # its next event plans it, or tells what is wrong
                log.exception("planning the escalation of ticket %s", key)
        done, last = done + len(keys), keys[-1]
        Book.objects.filter(pk=1, planning_mark=mark).update(planned_until=last)


@transaction.atomic
def _plan_one(key: int, rules: Rules, now: datetime) -> None:
    try:
        ticket = hold_ticket(Ticket(pk=key), by=User.objects.system())
    except Merged:
        return
    planning.plan(ticket, rules, now=now)


def _note_what_is_held(now: datetime, *, is_full: bool) -> None:
    """More was due than one tick takes: administrators are told, on the page of chains and by `doctor`."""
    book = Book.now()
    held = Plan.objects.filter(due_at__lte=now)[:10_000].count() if is_full else 0
    if held:
        if not book.held:
            log.warning("escalation: %s more steps are due than one tick takes", held)
        Book.objects.filter(pk=1).update(held=held, held_at=book.held_at or now)
    elif book.held:
        Book.objects.filter(pk=1).update(held=0, held_at=None)
