"""What speaks for another type than a ticket has: signs of a complex one, and of one that came before."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.tickets import durations, similar
from incidents.tickets.kinds import Kind
from incidents.tickets.models import (
    Event,
    ProposalRules,
    Ticket,
    TicketQuerySet,
    confined,
    kept_apart,
)
from incidents.workflow import rulebook
from incidents.workflow.rulebook import USUAL
from incidents.workflow.seeds import COMPLEX, REPETITIVE

Reason = dict[str, Any]
"""`why`, and the figures that go with it."""

FROM: dict[str, frozenset[str]] = {
    REPETITIVE: frozenset({USUAL}),
    COMPLEX: frozenset({USUAL, REPETITIVE}),
}
"""Which tickets may be proposed to become one. Types that somebody chose, a major one or their own, stay as chosen."""

MOST_NAMED = 20
"""Tickets alike whose numbers are kept; of all of them, how many."""


class Why(TextChoices):
    """Kept on proposals for ever: never rename a value."""

    ASSIGNMENTS = "assignments"
    TEAMS = "teams"
    REOPENINGS = "reopenings"
    AGE = "age"
    ALIKE = "alike"


def fits(ticket: Ticket, type: str) -> bool:
    """May this type be proposed for the ticket at all?"""
    in_use = rulebook.is_type(type) and not rulebook.type(type).is_retired
    return in_use and ticket.is_open and ticket.type in FROM[type]


def signs(ticket: Ticket, rules: ProposalRules) -> list[Reason]:
    """What its history says for “complex”: one query."""
    happened = Event.objects.filter(ticket=ticket, kind__in=[Kind.ASSIGNED, Kind.MOVED])
    given, teams = 0, {ticket.team_id}
    for kind, data in happened.values_list("kind", "data"):
        if kind == Kind.ASSIGNED:
            given += data["set"]["assignee_id"] is not None
        else:
            teams |= {data["set"].get("team_id"), data["was"].get("team_id")}
    found = {
        Why.ASSIGNMENTS: (given - 1, rules.assignments),
        Why.TEAMS: (len(teams - {None}), rules.teams),
        Why.REOPENINGS: (ticket.reopen_count, rules.reopenings),
    }
    return [{"why": why.value, "n": n} for why, (n, most) in found.items() if most and n >= most]


def by_age(ticket: Ticket, rules: ProposalRules, now: datetime) -> Reason:
    return {"why": Why.AGE.value, "n": (now - ticket.created_at).days}


def by_likeness(ticket: Ticket, rules: ProposalRules, now: datetime) -> Reason | None:
    """That enough earlier tickets of its service tell of the same; with their number and the time they took."""
    if not rules.alike or ticket.service_id is None or not fits(ticket, REPETITIVE):
        return None
    since = now - timedelta(days=rules.alike_days)
    earlier = Ticket.objects.filter(
        service=ticket.service_id, created_at__gte=since, pk__lt=ticket.pk, merged_into=None
    )
    alike = similar.alike(ticket, _read_by_the_same(earlier, ticket))
    if len(alike) < rules.alike:
        return None
    return {
        "why": Why.ALIKE.value,
        "n": len(alike),
        "minutes": sum(one.minutes_spent for one in alike),
        "days": rules.alike_days,
        "tickets": [one.number for one in alike[:MOST_NAMED]],
    }


def _read_by_the_same(tickets: TicketQuerySet, ticket: Ticket) -> TicketQuerySet:
    """What is kept apart is only held against what is kept apart with it, so that no figure tells of it elsewhere."""
    if not ticket.is_kept_apart:
        return tickets.exclude(kept_apart())
    same = tickets.filter(team=ticket.team_id)
    return same.filter(confined()) if ticket.is_confined else same.exclude(confined())


def in_words(reason: Reason) -> str:
    """A reason as a sentence."""
    n = reason["n"]
    match reason["why"]:
        case Why.ASSIGNMENTS:
            return ngettext("It changed hands %(n)d time.", "It changed hands %(n)d times.", n) % {
                "n": n
            }
        case Why.TEAMS:
            return ngettext("%(n)d team had it.", "%(n)d teams had it.", n) % {"n": n}
        case Why.REOPENINGS:
            return ngettext(
                "It was opened again %(n)d time.", "It was opened again %(n)d times.", n
            ) % {"n": n}
        case Why.AGE:
            return ngettext("It was open for %(n)d day.", "It was open for %(n)d days.", n) % {
                "n": n
            }
    words = ngettext(
        "%(n)d earlier ticket of this service within %(days)d days tells of the same",
        "%(n)d earlier tickets of this service within %(days)d days tell of the same",
        n,
    ) % {"n": n, "days": reason["days"]}
    if not reason["minutes"]:
        return f"{words}."
    return _("%(words)s; they took %(time)s.") % {
        "words": words,
        "time": durations.show(reason["minutes"]),
    }
