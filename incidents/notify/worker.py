"""Out of the outbox: claim a row with a lease, send it outside any transaction, stamp it. The same on every lane.

At least once: a worker that is lost while it sends leaves a lease behind, and when that lapses the row is sent again
under the same mark (a mail's Message-ID, the tag of a push). Nothing is lost, and nothing has a second row.
"""

import logging
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.outbound import is_outgoing_on
from accounts.patience import doubling
from incidents.notify.actions.returned import note_returned
from incidents.notify.failures import NO_WORKER
from incidents.notify.lanes import LANES, MAIL, Lane
from incidents.notify.models import Delivery, State
from incidents.notify.postbox import Undelivered, Verdict

log = logging.getLogger("firebreak.notify")

LEASE = timedelta(seconds=150)
"""Longer than a queued task may run, so that a lapsed lease means a lost worker."""
RUN = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE_AWAY = timedelta(minutes=4)
"""Shorter, so that everything is out five minutes after the server is back."""
GIVE_UP_AFTER = MAIL.give_up_after
REST = timedelta(seconds=30)


def send_due(lane: Lane = MAIL) -> int:
    """Send what is due until nothing is, the server is away, or the time of one run is over; how many were settled."""
    if not is_outgoing_on():
        return 0
    carrier, settled, end = lane.open(), 0, time.monotonic() + RUN.total_seconds()
    try:
        while time.monotonic() < end and not cache.get(_resting(lane)) and (row := claim(lane)):
            if not settle(row, carrier, lane):
                break
            settled += 1
    finally:
        carrier.close()
    return settled


def claim(lane: Lane = MAIL) -> Any:
    """Take the next row that is due for ourselves, for the time of the lease; None where nothing is.

    What goes along with it is taken as well: `row.along`.
    """
    now = timezone.now()
    with transaction.atomic():
        while (row := _next(lane, now)) is not None:
            if (until := lane.holds(row, now)) is None:
                break
            _rows(lane).filter(pk=row.pk, state=State.WAITING).update(due_at=until)
        if row is None:
            return None
        leased = {"state": State.SENDING, "leased_until": now + LEASE}
        row.along = _take_along(lane, row, now, leased)
        row.state, row.leased_until = leased["state"], leased["leased_until"]
        row.attempts, row.tried_since = row.attempts + 1, row.tried_since or now
        ours = _rows(lane).filter(pk=row.pk, state=State.WAITING)
        is_ours = ours.update(attempts=row.attempts, tried_since=row.tried_since, **leased)
    return row if is_ours else None


def settle(row: Any, carrier: Any, lane: Lane = MAIL) -> bool:
    """Send a claimed row or say why not; false when the server is away, and trying others is no use."""
    rows = [row, *getattr(row, "along", ())]
    refused = {one.pk: reason for one in rows if (reason := lane.refuses(one))}
    left = [one for one in rows if one.pk not in refused]
    failure = None
    try:
        if left:
            carrier.send(row, left)
    except Undelivered as found:
        failure = found
    # A row that leads others stays with them until they are settled: they go under its mark.
    for one in rows:
        if one.pk in refused and (one is not row or failure is None):
            _finish(one, State.DROPPED, refused[one.pk])
    if failure:
        return _put_back(row, {row.pk: row} | {one.pk: one for one in left}, failure, lane)
    keys = [one.pk for one in left]
    _rows(lane).filter(pk__in=keys).update(
        state=State.SENT, sent_at=timezone.now(), leased_until=None, last_error=""
    )
    return True


def free_lapsed() -> int:
    """Give rows back whose worker was lost; what is too old for its lane is given up."""
    now = timezone.now()
    freed = 0
    if not is_outgoing_on():
        return _age_nothing()
    for lane in LANES.values():
        lapsed = _rows(lane).filter(state=State.SENDING, leased_until__lt=now)
        if lane.model is Delivery:
            lapsed = lapsed.filter(channel=lane.name)
        lapsed.filter(tried_since__lt=now - lane.give_up_after).update(
            state=State.FAILED, leased_until=None, due_at=now,
            last_error=NO_WORKER,
        )  # fmt: skip
        freed += lapsed.update(state=State.WAITING, leased_until=None, due_at=now)
    led_by_none = Delivery.objects.filter(
        state=State.WAITING, bundled_in__state__in=[State.SENT, State.FAILED, State.DROPPED]
    )
    led_by_none.update(bundled_in=None)  # it went alone, or was given up before these were too old
    return freed


def _age_nothing() -> int:
    """While nothing may leave, no time counts: what was tried before is as young as before when it may.

    So is what a lost worker was sending when that began.
    """
    now, freed = timezone.now(), 0
    for model in {lane.model for lane in LANES.values()}:
        lapsed = model._default_manager.filter(state=State.SENDING, leased_until__lt=now)
        freed += lapsed.update(state=State.WAITING, leased_until=None, tried_since=None)
        tried = model._default_manager.filter(state=State.WAITING, tried_since__isnull=False)
        tried.update(tried_since=None)
    return freed


def lanes_with_work() -> list[Lane]:
    """Where something is due that no nudge has sent."""
    if not is_outgoing_on():
        return []
    now = timezone.now()
    return [lane for lane in LANES.values() if lane.due(now).exists()]


def pause(attempts: int, longest: timedelta) -> timedelta:
    """How long to wait after so many attempts: doubling, and never all at the same moment."""
    return doubling(attempts, FIRST_PAUSE, longest) * random.uniform(0.75, 1)  # noqa: S311 (spreads load, guards nothing)


def _next(lane: Lane, now: datetime) -> Any:
    return lane.due(now).select_for_update(skip_locked=True, of=("self",)).first()


def _take_along(lane: Lane, row: Any, now: datetime, leased: dict[str, Any]) -> list[Any]:
    """Lease what goes along with the row, which stays so from its first attempt on."""
    found = lane.along(row, now)
    if found is None:
        return []
    along = list(found.select_for_update(skip_locked=True, of=("self",)))
    if along:
        keys = [one.pk for one in along]
        tried_since = Coalesce("tried_since", Value(now))
        _rows(lane).filter(pk__in=keys).update(bundled_in=row.pk, tried_since=tried_since, **leased)
    for one in along:
        one.state, one.leased_until = leased["state"], leased["leased_until"]
    return along


def _put_back(row: Any, left: Mapping[int, Any], failure: Undelivered, lane: Lane) -> bool:
    now = timezone.now()
    away = failure.verdict is Verdict.AWAY
    is_over = failure.verdict is Verdict.NEVER or row.tried_since < now - lane.give_up_after
    longest = LONGEST_PAUSE_AWAY if away else LONGEST_PAUSE
    due_at = now + pause(row.attempts, longest)
    if is_over:
        log.warning("%s %s failed for good: %s", lane.name, row.pk, failure.reason)
    if failure.has_no_mailbox and lane is MAIL:
        note_returned(row.recipient, [row.recipient.email], at=now)
    for one in left.values():
        if is_over:
            _finish(one, State.FAILED, failure.reason, due_at=now)
        else:
            _finish(one, State.WAITING, failure.reason, due_at=due_at)
    if away:
        log.warning("%s server away: %s", lane.name, failure.reason)
        cache.set(_resting(lane), True, REST.total_seconds())
    return not away


def _finish(row: Any, state: State, reason: str, **changes: datetime) -> None:
    """Only while the lease is ours: somebody may have sent it meanwhile."""
    type(row)._default_manager.filter(
        pk=row.pk, state=State.SENDING, leased_until=row.leased_until
    ).update(state=state, leased_until=None, last_error=reason[:300], **changes)


def _rows(lane: Lane) -> Any:
    return lane.model._default_manager.all()


def _resting(lane: Lane) -> str:
    return f"notify-{lane.name}-server-away"
