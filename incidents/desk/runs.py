"""Bulk runs: one act on many tickets, item by item, each in a transaction of its own.

A run and its items are rows, so whatever happens to a process, another goes on where it stopped, and nothing is done
twice: an item is settled in the same transaction as its ticket. A run that is being worked on is held by a lease. Items
go by the key of their ticket, and each holds its ticket alone or, where the act reaches others too, all of them in the
order of keys. So runs, and runs and people, can't block each other for good.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_q.tasks import async_task

from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk import macros
from incidents.desk.act_forms import Values
from incidents.desk.acts import ACTS, MERGE, Act, looked_up_once
from incidents.desk.models import BulkItem, BulkRun
from incidents.tickets import actions
from incidents.tickets.models import Ticket

log = logging.getLogger("firebreak.desk")

AT_ONCE = 50
"""Tickets that are changed while the person waits; more are left to the queue."""
UNDO_FOR = timedelta(minutes=10)
LEASE = timedelta(seconds=60)
AT_A_TIME = 20
"""Items between two looks at the person's rights and at the lease."""
LONGEST = 45
"""Seconds of one job; then the rest is another job's, so that a queue of runs is served in turn."""
PAUSE = 0.004
"""Seconds between two items of a long run on SQLite, where one writes at a time and others want to."""
TRIES = 3
MOST_NAMED = 3
"""Parts that are named with what stays as it is; of more, how many."""
KEEP_FOR = timedelta(days=90)

BULK: dict[str, Act] = {**ACTS, MERGE.slug: MERGE, macros.MACRO.slug: macros.MACRO}
"""Acts on many tickets."""
ONLY_WORDS = frozenset({"reply", "note", "escalate"})
"""Nothing of these can be undone: somebody read it."""

NEEDS = {"priority": Permission.TICKETS_PRIORITISE, "team": Permission.TICKETS_ASSIGN}
"""What an act needs somewhere to be offered at all, where that is not the right to work on tickets."""

State, ItemState = BulkRun.State, BulkItem.State


def offered(user: User) -> list[Act]:
    """Acts that this person may do to some ticket at least."""
    return [
        act
        for slug, act in BULK.items()
        if user.permits.anywhere(NEEDS.get(slug, Permission.TICKETS_WORK))
    ]


def start(act: Act, values: Values, numbers: Iterable[int], *, by: User, key: str) -> BulkRun:
    """Write the run down, for those of the tickets that `by` sees. The same key again is the same run.

    Raises:
        InvalidInput: `by` sees none of them.
    """
    seen = Ticket.objects.seen_as_staff_by(by).filter(number__in=list(numbers))
    keys = list(seen.order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise InvalidInput(_("Select one or more tickets first."))
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(
                by=by, act=act.slug, given=values, label=act.describe(values)[:200], total=len(keys), key=key[:64],
            )  # fmt: skip
            BulkItem.objects.bulk_create([BulkItem(run=run, ticket_id=pk) for pk in keys])
    except IntegrityError:
        return BulkRun.objects.get(by=by, key=key[:64])
    _begin(run)
    return run


def can_undo(run: BulkRun, *, at: datetime) -> bool:
    """Is it done, not long ago, and did it change something that can be set back?"""
    in_time = run.finished_at is not None and at <= run.finished_at + UNDO_FOR
    return run.state == State.DONE and in_time and run.done > 0 and run.act not in ONLY_WORDS


def writes(run: BulkRun) -> bool:
    """Did it write words, which stay when the rest is undone?"""
    if run.act == macros.MACRO.slug:
        return macros.writes(run.given)
    return bool(run.given.get("text", "").strip())


def undo(run: BulkRun, *, at: datetime) -> None:
    """Set back what the run changed, item by item. A second time changes nothing.

    Raises:
        Refused: it is too late, or there is nothing to undo.
    """
    if run.state in {State.UNDOING, State.UNDONE}:
        return
    if not can_undo(run, at=at):
        raise Refused(_("This can’t be undone any more. Change the tickets back by hand."))
    if BulkRun.objects.filter(pk=run.pk, state=State.DONE).update(state=State.UNDOING):
        _begin(run)


def go_on(pk: int) -> None:
    """Do what is left of the run, unless somebody else is at it."""
    run = _claim(pk)
    if run is None:
        return
    end = time.monotonic() + LONGEST
    language = run.by.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(run.by.zone):
        while items := list(_left(run)[:AT_A_TIME]):
            if time.monotonic() > end:
                BulkRun.objects.filter(pk=pk).update(leased_until=None)
                nudge(pk)
                return
            if not _keep(run):
                return
            by = User.objects.get(pk=run.by_id)  # with the rights of this moment
            with looked_up_once():
                for item in items:
                    _settle(run, item, by)
                    if run.total > AT_ONCE and connection.vendor == "sqlite":
                        time.sleep(PAUSE)
        _finish(run)


def forgotten() -> list[int]:
    """Runs that nobody is at, though there is work left: their worker was lost, or the nudge was."""
    now = timezone.now()
    free = Q(leased_until=None, created_at__lt=now - timedelta(seconds=20)) | Q(
        leased_until__lt=now
    )
    return list(_unfinished().filter(free).order_by("pk").values_list("pk", flat=True)[:100])


def forget_old() -> None:
    BulkRun.objects.filter(created_at__lt=timezone.now() - KEEP_FOR).delete()


def nudge(pk: int) -> None:
    """Let the worker look at once; without this the sweep finds the run within a minute."""
    async_task("incidents.desk.jobs.go_on", pk, task_name="bulk change", save=False)


def progress(run: BulkRun) -> dict[str, int]:
    """How many items are in each state."""
    counted = run.items.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in counted}


# Steps ---------------------------------------------------------------------------------------------------


def _begin(run: BulkRun) -> None:
    """A few at once; many by the queue."""
    if run.total <= AT_ONCE:
        go_on(run.pk)
        run.refresh_from_db()
    else:
        nudge(run.pk)


def _unfinished() -> QuerySet[BulkRun]:
    return BulkRun.objects.filter(state__in=[State.WAITING, State.RUNNING, State.UNDOING])


def _claim(pk: int) -> BulkRun | None:
    """The run, held by us for the time of a lease; nothing when it is done, or held by somebody else."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    if not _unfinished().filter(free, pk=pk).update(leased_until=now + LEASE):
        return None
    BulkRun.objects.filter(pk=pk, state=State.WAITING).update(state=State.RUNNING)
    return BulkRun.objects.select_related("by").get(pk=pk)


def _keep(run: BulkRun) -> bool:
    """Prolong our lease; false when it lapsed and another worker took the run."""
    until = timezone.now() + LEASE
    ours = BulkRun.objects.filter(pk=run.pk, leased_until=run.leased_until)
    if not ours.update(leased_until=until):
        return False
    run.leased_until = until
    return True


def _left(run: BulkRun) -> QuerySet[BulkItem]:
    """Items to do, or to undo, by the key of their ticket."""
    state = ItemState.DONE if run.state == State.UNDOING else ItemState.WAITING
    return run.items.filter(state=state).order_by("ticket")


def _settle(run: BulkRun, item: BulkItem, by: User) -> None:
    """Do or undo one item. A lock that could not be had is tried for again; anything unforeseen stops this item alone."""
    step = _undo if run.state == State.UNDOING else _do
    refused = ItemState.KEPT if run.state == State.UNDOING else ItemState.REFUSED
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                step(run, item, by)
        except _SettledElsewhere:
            pass
        except Refused as refusal:
            _mark(item, refused, message=refusal.message[:300])
        except OperationalError:
            if attempt < TRIES:
                time.sleep(0.1 * attempt)
                continue
            log.exception("bulk run %s, ticket %s", run.pk, item.ticket_id)
            _mark(item, refused, message=_("The database was busy. Try this ticket again."))
        except Exception:  # one bad row must not stop the others; it is logged and shown
            log.exception("bulk run %s, ticket %s", run.pk, item.ticket_id)
            _mark(item, refused, message=_("Something broke on our side. Try this ticket again."))
        return


def _do(run: BulkRun, item: BulkItem, by: User) -> None:
    ticket = _held(run, item, by)
    before = ticket.version
    BULK[run.act].run(ticket, by=by, values=run.given)
    ticket.refresh_from_db(fields=["version"])
    if ticket.version == before:
        _settled(item, ItemState.UNCHANGED)
    else:
        _settled(item, ItemState.DONE, first_event=before + 1, last_event=ticket.version)


def _undo(run: BulkRun, item: BulkItem, by: User) -> None:
    numbers = range(item.first_event or 0, (item.last_event or -1) + 1)
    if run.act == MERGE.slug:
        actions.unmerge(item.ticket, numbers=numbers, by=by)
        _settled(item, ItemState.UNDONE)
        return
    undone = actions.undo(item.ticket, numbers=numbers, by=by)
    state = ItemState.UNDONE if undone.event else ItemState.KEPT
    _settled(item, state, message=told_of(undone)[:300])


def told_of(undone: actions.Undone) -> str:
    """What stays as it is, on the ticket and on its parts, and why; nothing when all of it went back."""
    told = []
    if undone.refusal:
        n = len(undone.parts)
        back = ngettext("%(n)d part of it is as before.", "%(n)d parts of it are as before.", n)
        told += [undone.refusal.message, back % {"n": n}]
    elif undone.event and undone.event.data.get("denied"):
        told.append(_("Not everything: you may not change the rest any more."))
    elif undone.event and undone.event.data["kept"]:
        told.append(_("Not everything: somebody changed the rest since."))
    for part, refusal in undone.kept[:MOST_NAMED]:
        told.append(
            _("%(part)s, a part of it, stays: %(why)s") % {"part": part.ref, "why": refusal.message}
        )
    if n := len(undone.kept[MOST_NAMED:]):
        more = ngettext("%(n)d more part stays.", "%(n)d more parts stay.", n)
        told.append(more % {"n": n})
    return " ".join(told)


def _held(run: BulkRun, item: BulkItem, by: User) -> Ticket:
    """The ticket, held until the item is settled: with its parts, where they are resolved, too; merging holds by itself."""
    seen = Ticket.objects.seen_as_staff_by(by)
    if _resolves(run):
        actions.hold_family(item.ticket)
    if run.act != MERGE.slug:
        # The verbs fetch the row again; what else an act reads of it comes by itself.
        seen = seen.select_for_update(of=("self",)).only("number", "status", "version")
    ticket = seen.filter(pk=item.ticket_id).first()
    if ticket is None:
        raise NotAllowed(_("You don’t see this ticket any more."))
    return ticket


def _resolves(run: BulkRun) -> bool:
    if run.act == macros.MACRO.slug:
        return macros.resolves(run.given)
    return run.act == "resolve"


def _mark(item: BulkItem, state: str, **changes: str | int) -> bool:
    """Say what came of the item; false when another worker said so first."""
    ours = BulkItem.objects.filter(pk=item.pk, state=item.state)
    return bool(ours.update(state=state, **{"message": "", **changes}))


def _settled(item: BulkItem, state: str, **changes: str | int) -> None:
    """As `_mark`, in the transaction of the ticket.

    Raises:
        _SettledElsewhere: another worker was faster, so nothing of ours may stay.
    """
    if not _mark(item, state, **changes):
        raise _SettledElsewhere


class _SettledElsewhere(Exception):
    """Two workers were at one item, since a lease lapsed while its holder still worked."""


def _finish(run: BulkRun) -> None:
    counts, now = progress(run), timezone.now()
    ours = BulkRun.objects.filter(pk=run.pk, leased_until=run.leased_until)
    if run.state == State.UNDOING:
        ours.update(state=State.UNDONE, undone_at=now, leased_until=None)
    else:
        ours.update(
            state=State.DONE, finished_at=now, leased_until=None,
            done=counts.get(ItemState.DONE, 0), refused=counts.get(ItemState.REFUSED, 0),
        )  # fmt: skip
