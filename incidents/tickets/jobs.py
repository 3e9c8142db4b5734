"""What happens to tickets by the clock."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import User
from incidents.tickets import actions, marking, proposing
from incidents.tickets.models import (
    ClosingRule,
    Proposal,
    ProposalRules,
    Recount,
    Ticket,
    TicketQuerySet,
    ToCompare,
)
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType
from incidents.workflow.seeds import COMPLEX, REPETITIVE
from incidents.workflow.states import Status

COMPARED_AT_ONCE = 200
RECOUNTED_AT_ONCE = 500
PROPOSED_AT_ONCE = 500

log = logging.getLogger("firebreak.tickets")

LONGEST = 45
"""Seconds that one run closes and announces."""
AT_ONCE = 200
"""Tickets that are read at once."""
MOST = 1000
"""Tickets that one run announces, and closes; the rest waits for the next one."""


@dataclass(frozen=True)
class Quiet:
    """Tickets of some types and one status: after how long they are warned of, and closed."""

    types: tuple[str, ...]
    status: Status
    warn_after: timedelta
    then_after: timedelta
    words: str


def close_settled() -> int:
    """Announce what is to be closed for nobody speaks any more, and close what was announced; how many were closed.

    What is closed was announced by an event and nobody spoke since, so a run that is repeated finds nothing more. One
    transaction each, so that one bad row does not stop the others.
    """
    now, desk = timezone.now(), User.objects.system()
    types = _closing_types()
    end = time.monotonic() + LONGEST
    _call_off(now, desk, set(types.values()), end)
    closed = _close(now, desk, end)
    for quiet in quiet_tickets(types):
        _announce(quiet, now, desk, end)
    return closed


def quiet_tickets(types: dict[int, str]) -> Iterator[Quiet]:
    """What the rules say, type by type: a type's own rule, else the one for all."""
    rules = {rule.type_id: rule for rule in ClosingRule.objects.all()}
    own: list[tuple[ClosingRule, tuple[str, ...]]] = [
        (rules[pk], (slug,)) for pk, slug in types.items() if pk in rules
    ]
    others = tuple(slug for pk, slug in types.items() if pk not in rules)
    if others and (rule := rules.get(None)):
        own.append((rule, others))
    for rule, slugs in own:
        yield Quiet(
            slugs, Status.RESOLVED, timedelta(days=rule.warn_after_days),
            timedelta(days=rule.close_after_days), rule.words,
        )  # fmt: skip
        if rule.ask_after_days and rule.give_up_after_days:
            yield Quiet(
                slugs, Status.WAITING_REQUESTER, timedelta(days=rule.ask_after_days),
                timedelta(days=rule.give_up_after_days), rule.ask_words,
            )  # fmt: skip


def _closing_types() -> dict[int, str]:
    """Those that close by themselves; a major incident never does."""
    return dict(IncidentType.objects.filter(closes_by_itself=True).values_list("pk", "slug"))


def _call_off(now: datetime, desk: User, types: set[str], end: float) -> None:
    """What was announced and is of a type that closes no more, is not told to its requester any longer."""
    announced = Ticket.objects.filter(closes_at__isnull=False)
    for some in _slices(announced.exclude(type__in=types), end):
        for ticket in some:
            _try(ticket, lambda one: actions.call_off_closing(one, why="type", by=desk, at=now))


def _close(now: datetime, desk: User, end: float) -> int:
    closed = 0
    for some in _slices(Ticket.objects.filter(closes_at__lte=now), end):
        hindered = actions.hindered(some)
        for ticket in some:
            if why := hindered.get(ticket.pk):
                _try(ticket, lambda one, why=why: actions.call_off_closing(one, why=why, by=desk, at=now))  # type: ignore[misc]  # fmt: skip
            else:
                closed += _try(ticket, lambda one: actions.close_announced(one, by=desk, at=now))
        if closed >= MOST:
            break
    return closed


def _announce(quiet: Quiet, now: datetime, desk: User, end: float) -> None:
    def announce(ticket: Ticket) -> bool:
        announced = actions.announce_closing(
            ticket, closes_at=now + quiet.then_after, spoken=ticket.spoken,  # type: ignore[attr-defined]
            words=quiet.words, by=desk, at=now,
        )  # fmt: skip
        return announced.closes_at is not None

    still = Ticket.objects.quiet_since(quiet.status, now - quiet.warn_after)
    done = 0
    for some in _slices(still.filter(type__in=quiet.types), end):
        hindered = actions.hindered(some)
        done += sum(_try(ticket, announce) for ticket in some if ticket.pk not in hindered)
        if done >= MOST:
            break


def _try(ticket: Ticket, do: Callable[[Ticket], bool]) -> bool:
    """One of many: what can't be done to it must not stop the others."""
    try:
        return do(ticket)
    except Refused:  # somebody did something else with it at this moment
        return False
    except Exception:
        log.exception("closing ticket %s", ticket.pk)
        return False


def _slices(tickets: TicketQuerySet, end: float) -> Iterator[list[Ticket]]:
    """By key, some at a time: those that are done leave the query, those that stay are not looked at again."""
    last = 0
    while time.monotonic() < end and (some := list(tickets.filter(pk__gt=last).order_by("pk")[:AT_ONCE])):  # fmt: skip
        yield some
        last = some[-1].pk


def mark_logs() -> None:
    """Note what was written into the tickets' logs since yesterday, see `marking`."""
    marking.mark_tickets(timezone.now())


def propose_by_age() -> int:
    """Every night: what is open for long may be complex; of how many tickets that is said now for the first time."""
    rules, now = ProposalRules.now(), timezone.now()
    if not rules.age_days:
        return 0
    said = Proposal.objects.filter(
        ticket=OuterRef("pk"), type=COMPLEX, whys__contains=f" {proposing.Why.AGE} "
    )
    old = Ticket.objects.open().filter(
        created_at__lt=now - timedelta(days=rules.age_days), type__in=proposing.FROM[COMPLEX]
    )
    proposed = 0
    for ticket in old.exclude(Exists(said)).order_by("created_at", "pk")[:PROPOSED_AT_ONCE]:
        try:
            reason = proposing.by_age(ticket, rules, now)
            proposed += actions.propose(ticket, type=COMPLEX, reasons=[reason], at=now)
        except Exception:
            log.exception("proposing a type for ticket %s", ticket.pk)
    return proposed


def compare_new() -> int:
    """Every few minutes: tickets that came in since, held against the earlier ones of their service."""
    rules, compared = ProposalRules.now(), 0
    for key in list(
        ToCompare.objects.order_by("pk").values_list("pk", flat=True)[:COMPARED_AT_ONCE]
    ):
        try:
            compared += _compare(key, rules)
        except Exception:  # nothing but a hint is lost, and the others must not wait for it
            log.exception("comparing a new ticket")
            ToCompare.objects.filter(pk=key).delete()
    return compared


@transaction.atomic
def _compare(key: int, rules: ProposalRules) -> bool:
    waiting = ToCompare.objects.select_for_update(skip_locked=True, of=("self",))
    row = waiting.select_related("ticket__team", "ticket__category").filter(pk=key).first()
    if row is None:
        return False
    if reason := proposing.by_likeness(row.ticket, rules, timezone.now()):
        actions.propose(row.ticket, type=REPETITIVE, reasons=[reason])
    row.delete()
    return True


def follow_matrices() -> int:
    """Let open tickets follow matrices that were changed, where somebody asked for that; how many changed.

    Ticket by ticket, each in a transaction of its own; where it stopped, another run goes on.
    """
    changed = 0
    for recount in Recount.objects.filter(done_at=None).select_related("matrix").order_by("pk"):
        changed += _follow(recount)
    return changed


def _follow(recount: Recount) -> int:
    changed = 0
    types = [
        one.slug
        for one in rulebook.types(even_retired=True)
        if one.matrix.slug == recount.matrix.slug
    ]
    open_ones = Ticket.objects.open().filter(type__in=types, priority_by_hand=False)
    keys = open_ones.filter(pk__gt=recount.after).order_by("pk").values_list("pk", flat=True)
    found = list(keys[:RECOUNTED_AT_ONCE])
    for key in found:
        try:
            changed += _follow_one(recount, key)
        except Exception:  # the others go on without it
            log.exception("the priority of ticket %s", key)
            Recount.objects.filter(pk=recount.pk, after__lt=key).update(after=key)
    if len(found) < RECOUNTED_AT_ONCE:
        Recount.objects.filter(pk=recount.pk, done_at=None).update(done_at=timezone.now())
    return changed


@transaction.atomic
def _follow_one(recount: Recount, key: int) -> int:
    row = Recount.objects.select_for_update().get(pk=recount.pk)
    if row.after >= key:  # another run was here
        return 0
    did = actions.follow_matrix(Ticket(pk=key), by=row.asked_by)
    row.after, row.changed = key, row.changed + did
    row.save(update_fields=["after", "changed"])
    return int(did)
