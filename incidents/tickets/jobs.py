"""What happens to tickets by the clock."""

from collections.abc import Iterator
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
    closed = _close(now, desk, set(types.values()))
    for quiet in quiet_tickets(types):
        _announce(quiet, now, desk)
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


def _close(now: datetime, desk: User, types: set[str]) -> int:
    closed = 0
    for ticket in _slices(Ticket.objects.filter(closes_at__lte=now, type__in=types)):
        try:
            closed += actions.close_announced(ticket, by=desk, at=now)
        except Refused:  # somebody did something else with it at this moment, or a task is left
            continue
    return closed


def _announce(quiet: Quiet, now: datetime, desk: User) -> None:
    still = Ticket.objects.quiet_since(quiet.status, now - quiet.warn_after)
    for ticket in _slices(still.filter(type__in=quiet.types)):
        try:
            actions.announce_closing(
                ticket, closes_at=now + quiet.then_after, spoken=ticket.spoken,  # type: ignore[attr-defined]
                words=quiet.words, by=desk, at=now,
            )  # fmt: skip
        except Refused:
            continue


def _slices(tickets: TicketQuerySet) -> Iterator[Ticket]:
    """By key, some at a time: those that are done leave the query, those that stay are not looked at again."""
    last, seen = 0, 0
    while seen < MOST and (some := list(tickets.filter(pk__gt=last).order_by("pk")[:AT_ONCE])):
        yield from some
        last, seen = some[-1].pk, seen + len(some)


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
        reason = proposing.by_age(ticket, rules, now)
        proposed += actions.propose(ticket, type=COMPLEX, reasons=[reason], at=now)
    return proposed


def compare_new() -> int:
    """Every few minutes: tickets that came in since, held against the earlier ones of their service."""
    rules, compared = ProposalRules.now(), 0
    for key in list(
        ToCompare.objects.order_by("pk").values_list("pk", flat=True)[:COMPARED_AT_ONCE]
    ):
        with transaction.atomic():
            waiting = ToCompare.objects.select_for_update(skip_locked=True, of=("self",))
            row = waiting.select_related("ticket__team", "ticket__category").filter(pk=key).first()
            if row is None:
                continue
            if reason := proposing.by_likeness(row.ticket, rules, timezone.now()):
                actions.propose(row.ticket, type=REPETITIVE, reasons=[reason])
            row.delete()
            compared += 1
    return compared


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
        with transaction.atomic():
            row = Recount.objects.select_for_update().get(pk=recount.pk)
            if row.after >= key:  # another run was here
                continue
            did = actions.follow_matrix(Ticket(pk=key), by=row.asked_by)
            row.after, row.changed = key, row.changed + did
            row.save(update_fields=["after", "changed"])
            changed += did
    if len(found) < RECOUNTED_AT_ONCE:
        Recount.objects.filter(pk=recount.pk, done_at=None).update(done_at=timezone.now())
    return changed
