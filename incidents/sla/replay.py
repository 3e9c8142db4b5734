"""Clocks of all open tickets by new rules: slice by slice, each in one transaction with how far it came.

A run that is being worked on is held by a lease. Whatever happens to a process, another goes on after the last slice
that was written, and a slice that is worked out twice comes to the same.
"""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_q.tasks import async_task

from incidents.sla import rules
from incidents.sla.models import Change, Rules
from incidents.sla.reckoning import keep
from incidents.tickets.models import Ticket

LEASE = timedelta(seconds=90)
LONGEST = 45
"""Seconds of one job; then the rest is another job's."""
AT_A_TIME = 250

State = Change.State


def go_on(pk: int) -> None:
    """Work out what is left of the change, unless somebody else is at it."""
    if not _claim(pk):
        return
    end = time.monotonic() + LONGEST
    while _slice(pk):
        if time.monotonic() > end:
            Change.objects.filter(pk=pk).update(leased_until=None)
            nudge(pk)
            return


def forgotten() -> list[int]:
    """Changes that nobody is at: their worker was lost, or the nudge was."""
    now = timezone.now()
    free = Q(leased_until=None, applied_at__lt=now - timedelta(seconds=20)) | Q(
        leased_until__lt=now
    )
    return list(
        Change.objects.filter(free, state=State.APPLYING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def nudge(pk: int) -> None:
    """Let the worker look at once; without this the sweep finds it within a minute."""
    async_task("incidents.sla.jobs.go_on", pk, task_name="changed promises", save=False)


def freshen() -> int:
    """Begin to look at every open ticket once, by the rules as they are: what people and categories moved meanwhile.

    One that is under way goes on where it is. How many clocks changed in this job; the rest is another's.
    """
    Rules.objects.filter(pk=1, recount_from=None).update(recount_from=0)
    return go_on_freshening()


def is_freshening() -> bool:
    return Rules.objects.filter(pk=1, recount_from__isnull=False).exists()


def go_on_freshening() -> int:
    """Slice by slice from where the last one ended, unless somebody else is at it; how many clocks changed."""
    if not _claim_recount():
        return 0
    changed, end = 0, time.monotonic() + LONGEST
    while (some := _recount_slice()) is not None:
        changed += some
        if time.monotonic() > end:
            Rules.objects.filter(pk=1).update(recount_leased_until=None)
            async_task(
                "incidents.sla.jobs.go_on_freshening", task_name="promised times anew", save=False
            )
            break
    return changed


def _claim_recount() -> bool:
    now = timezone.now()
    free = Q(recount_leased_until=None) | Q(recount_leased_until__lt=now)
    ours = Rules.objects.filter(free, pk=1, recount_from__isnull=False)
    return bool(ours.update(recount_leased_until=now + LEASE))


@transaction.atomic
def _recount_slice() -> int | None:
    """The next tickets, and where they end, in one transaction; None when there are none any more."""
    after = Rules.objects.filter(pk=1).values_list("recount_from", flat=True).first()
    if after is None:
        return None
    # Somebody whose lease ran out may be ahead.
    here = Rules.objects.filter(pk=1, recount_from=after)
    found = _work_out(after)
    if found is None:
        here.update(recount_from=None, recount_leased_until=None)
        return None
    last, _count, changed = found
    here.update(recount_from=last, recount_leased_until=timezone.now() + LEASE)
    return changed


def _claim(pk: int) -> bool:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    ours = Change.objects.filter(free, pk=pk, state=State.APPLYING)
    return bool(ours.update(leased_until=now + LEASE))


@transaction.atomic
def _slice(pk: int) -> bool:
    """The next tickets; false when there are none any more."""
    change = Change.objects.select_for_update().get(pk=pk)
    if change.state != State.APPLYING:
        return False
    found = _work_out(change.last_ticket)
    now = timezone.now()
    if found is None:
        change.state, change.finished_at, change.leased_until = State.APPLIED, now, None
        change.done = change.total = max(change.done, change.total)
        change.save()
        return False
    last, count, changed = found
    Change.objects.filter(pk=pk).update(
        last_ticket=last, done=F("done") + count, changed=F("changed") + changed,
        leased_until=now + LEASE,
    )  # fmt: skip
    return True


@transaction.atomic
def _work_out(after: int) -> tuple[int, int, int] | None:
    """Open tickets after this key: the last of them, how many, and how many clocks changed. None at the end."""
    rows = Ticket.objects.open().filter(pk__gt=after).order_by("pk")
    tickets = list(rows.select_for_update(of=("self",))[:AT_A_TIME])
    if not tickets:
        return None
    now = timezone.now()
    changed = keep(tickets, rules.current(), now=now, quiet_until=now)
    return tickets[-1].pk, len(tickets), changed
