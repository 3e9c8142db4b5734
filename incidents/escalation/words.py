"""Steps in words: what comes when, for people on the desk and for whoever sets chains up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.models import Team, User
from incidents.escalation import deeds
from incidents.escalation.models import ChainStep, Level
from incidents.escalation.planning import Coming, Standing
from incidents.escalation.rules import ChainRule, Rules, StepRule
from incidents.tickets.models import Ticket
from incidents.workflow.priority import Priority

MOST_NAMED = 3


@dataclass(frozen=True)
class Line:
    """A step that is to come: its sentence, and when."""

    number: int
    sentence: str
    deed: str
    at: datetime
    is_late: bool


@dataclass(frozen=True)
class Preview:
    """What would happen to a ticket as things stand."""

    chain: ChainRule | None
    lines: list[Line]
    steps: int = 0
    """Of the chain, whatever becomes of them."""


def preview(ticket: Ticket, rules: Rules, *, now: datetime) -> Preview:
    """The steps that would be taken if nobody did anything, each with its time."""
    chain = rules.of(ticket) if ticket.is_open else None
    if chain is None:
        return Preview(None, [])
    coming = list(Standing(ticket, chain).coming())
    return Preview(chain, [line(one, ticket, now=now) for one in coming], len(chain.steps))


def line(coming: Coming, ticket: Ticket, *, now: datetime) -> Line:
    deed = deed_in_words(coming.step, ticket)
    is_late = coming.due_at <= now
    return Line(coming.step.number, sentence(coming, deed, now=now), deed, coming.due_at, is_late)


def sentence(coming: Coming, deed: str, *, now: datetime) -> str:
    """“If nobody takes this by 10:40, Mira Sol is told.”"""
    if coming.due_at <= now:
        return _("At any moment, %(deed)s.") % {"deed": deed}
    told = {"time": moment(coming.due_at, now), "deed": deed}
    if coming.step.basis == ChainStep.Basis.UNASSIGNED:
        return _("If nobody takes this by %(time)s, %(deed)s.") % told
    if coming.step.basis == ChainStep.Basis.RESOLUTION:
        return _("If this is not solved by %(time)s, %(deed)s.") % told
    return _("If nobody replies by %(time)s, %(deed)s.") % told


def moment(at: datetime, now: datetime) -> str:
    """“10:40”, on another day with the day."""
    at, now = timezone.localtime(at), timezone.localtime(now)
    if at.date() == now.date():
        return formats.clock(at)
    return f"{formats.short_day(at, now)}, {formats.clock(at)}"


def deed_in_words(step: StepRule, ticket: Ticket) -> str:
    """What the step does to this ticket: part of a sentence."""
    match step.deed:
        case ChainStep.Deed.HAND_OVER:
            team = Team.objects.filter(pk=step.team).first() if step.team else None
            person = User.objects.filter(pk=step.person).first() if step.person else None
            return _("it goes to %(whom)s") % {"whom": person or team or _("nobody")}
        case ChainStep.Deed.RAISE:
            to = Priority(step.priority or max(ticket.priority - 1, Priority.P1))
            return _("its priority becomes %(priority)s") % {"priority": to.label}
        case ChainStep.Deed.CALL:
            level = Level.objects.filter(pk=step.level).first() if step.level else None
            people = people_in_words(deeds.people_of(step, ticket))
            return _("%(level)s is called (%(people)s)") % {"level": level or "", "people": people}
    return told_in_words(deeds.people_of(step, ticket))


def told_in_words(people: set[int]) -> str:
    """“Mira Sol is told”, “Mira Sol, Noor Aspen are told”."""
    words = ngettext("%(people)s is told", "%(people)s are told", max(1, len(people)))
    return words % {"people": people_in_words(people)}


def people_in_words(people: Sequence[int] | set[int]) -> str:
    found = list(User.objects.filter(pk__in=people).order_by("display_name")[:MOST_NAMED])
    names = ", ".join(one.display_name for one in found)
    more = len(people) - len(found)
    if not found:
        return _("nobody")
    return _("%(names)s and %(n)d more") % {"names": names, "n": more} if more > 0 else names
