"""Steps in words: what comes when, for people on the desk and for whoever sets chains up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.models import Team, User
from incidents.escalation import deeds
from incidents.escalation.models import Chain, ChainStep
from incidents.escalation.planning import Coming, all_steps
from incidents.escalation.rules import ChainRule, Rules
from incidents.sla.models import Calendar
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
    chain: str = ""
    """Of which chain, where the ticket has several, each at its times."""
    when: str = ""
    """The chain's time: “only outside of the hours of “Office””."""


@dataclass(frozen=True)
class Preview:
    """What would happen to a ticket as things stand; `chains` are the names of those that are for it, at some time."""

    chains: tuple[str, ...]
    lines: list[Line]
    mark: str = ""
    """Of what calling for help does, see `deeds.mark`."""

    @property
    def names(self) -> str:
        return ", ".join(_("“%(name)s”") % {"name": name} for name in self.chains)


def preview(ticket: Ticket, rules: Rules, *, now: datetime) -> Preview:
    """The steps that would be taken if nobody did anything, each with its time."""
    if not ticket.is_open:
        return Preview((), [])
    chains = [turn.chain for turn in rules.turns(ticket)]
    coming = all_steps(ticket, rules, now=now)
    calendars = _calendars(chains)
    when = {one.pk: when_in_words(one.when, calendars.get(one.when_calendar)) for one in chains}
    lines = [
        line(
            one, ticket, now=now, when=when[one.chain.pk],
            chain=one.chain.name if len(chains) > 1 else "",
        )
        for one in coming
    ]  # fmt: skip
    mark = deeds.mark(ticket, coming[0] if coming else None)
    return Preview(tuple(chain.name for chain in chains), lines, mark)


def line(coming: Coming, ticket: Ticket, *, now: datetime, chain: str = "", when: str = "") -> Line:
    deed, at = deed_in_words(coming, ticket), coming.due_at
    said = sentence(coming, deed, now=now)
    return Line(coming.step.number, said, deed, at, is_late=at <= now, chain=chain, when=when)


def _calendars(chains: Sequence[ChainRule]) -> Mapping[int | None, Calendar]:
    keys = [one.when_calendar for one in chains if one.when_calendar]
    return {**Calendar.objects.in_bulk(keys)} if keys else {}


def when_in_words(when: str, calendar: Calendar | None) -> str:
    """“only outside of the hours of “Office””; nothing for a chain of any time."""
    if not when:
        return ""
    told = {"calendar": calendar.label if calendar else ""}
    if when == Chain.When.OUTSIDE:
        return _("only outside of the hours of “%(calendar)s”") % told
    return _("only in the hours of “%(calendar)s”") % told


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


def deed_in_words(coming: Coming, ticket: Ticket) -> str:
    """What the step does to this ticket: part of a sentence."""
    step = coming.step
    match step.deed:
        case ChainStep.Deed.HAND_OVER:
            team = Team.objects.filter(pk=step.team).first() if step.team else None
            person = User.objects.filter(pk=step.person).first() if step.person else None
            return _("it goes to %(whom)s") % {"whom": person or team or _("nobody")}
        case ChainStep.Deed.RAISE:
            to = Priority(coming.priority or ticket.priority)
            return _("its priority becomes %(priority)s") % {"priority": to.label}
        case ChainStep.Deed.CALL:
            level, people = deeds.called(step, ticket)
            if not people:
                told = {"level": level or "", "told": told_in_words(deeds.leads_of(ticket))}
                return _("nobody in “%(level)s” sees this ticket, so %(told)s") % told
            return _("%(level)s is called (%(people)s)") % {
                "level": level,
                "people": people_in_words(people),
            }
    return told_in_words(deeds.people_of(step, ticket))


def told_in_words(people: set[int]) -> str:
    """“Mira Sol is told”, “Mira Sol and Noor Aspen are told”."""
    words = ngettext("%(people)s is told", "%(people)s are told", max(1, len(people)))
    return words % {"people": people_in_words(people)}


def people_in_words(people: Sequence[int] | set[int]) -> str:
    found = list(User.objects.filter(pk__in=people).order_by("display_name")[:MOST_NAMED])
    names = [one.display_name for one in found]
    more = len(people) - len(found)
    if not names:
        return _("nobody")
    if more > 0:
        return _("%(names)s and %(n)d more") % {"names": ", ".join(names), "n": more}
    if len(names) == 1:
        return names[0]
    told = {"names": ", ".join(names[:-1]), "last": names[-1]}
    return _("%(names)s and %(last)s") % told
