"""What happens to tickets by the clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.errors import Refused
from accounts.models import User
from incidents.tickets import actions, marking
from incidents.tickets.models import ClosingRule, Ticket, TicketQuerySet
from incidents.workflow.models import IncidentType
from incidents.workflow.states import Status

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
