"""What was promised to whoever has the problem, in plain words: by when they hear from us, and by when it is solved.

A sentence that is true until some moment comes with those that follow it, for a page that stays open.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import formats
from incidents.sla.asking import clocks_of, open_clocks
from incidents.sla.models import Clock, TargetKind
from incidents.tickets import expectation
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status

DAYS_BY_NAME = 6
DAYS_LOOKED_AHEAD = 14
ANSWERS = (TargetKind.FIRST_RESPONSE, TargetKind.NEXT_RESPONSE)


@dataclass(frozen=True)
class Said:
    """What is promised as it reads now, and from which moment on it reads otherwise."""

    words: str
    later: tuple[tuple[datetime, str], ...] = ()
    now: datetime | None = None

    def __str__(self) -> str:
        return self.words

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def json(self) -> str:
        """For the page, which says it anew when its moment has come: in milliseconds, with what time it is here."""
        if not self.later or self.now is None:
            return ""
        later = [[_milliseconds(at), words] for at, words in self.later]
        return json.dumps({"now": _milliseconds(self.now), "later": later})


NOTHING = Said("")


def of(ticket: Ticket, *, now: datetime, is_theirs: bool) -> Said:
    """The sentences for one ticket's page; what usually happens where nothing is promised. `now` is in the reader's zone."""
    clocks = clocks_of(ticket) if ticket.is_open else []
    told = said(clocks, status=ticket.status, now=now, is_theirs=is_theirs)
    return told or Said(expectation.of(ticket, now=now, is_theirs=is_theirs))


def of_list(tickets: Sequence[Ticket], *, now: datetime, is_theirs: bool = True) -> dict[int, Said]:
    """For lines of lists, by the key of their ticket; only where something is promised. One query."""
    wanted = [one for one in tickets if one.is_open and one.status != Status.WAITING_REQUESTER]
    clocks = open_clocks(wanted) if wanted else {}
    return {
        one.pk: said(clocks[one.pk], status=one.status, now=now, is_theirs=is_theirs)
        for one in wanted
        if one.pk in clocks
    }


def said(clocks: Sequence[Clock], *, status: str, now: datetime, is_theirs: bool) -> Said:
    """As `words`, with what it turns into at every midnight and when the time is over."""

    def at(moment: datetime) -> str:
        return words(clocks, status=status, now=moment, is_theirs=is_theirs)

    first = last = at(now)
    later = []
    for moment in _turns(clocks, now):
        if (told := at(moment)) != last:
            later.append((moment, told))
            last = told
    return Said(first, tuple(later), now)


def _turns(clocks: Iterable[Clock], now: datetime) -> Iterator[datetime]:
    """The moments at which the words may change, as far as a page may stay open."""
    ends = [clock.due_at for clock in clocks if clock.stopped_at is None and clock.due_at]
    over = min((end for end in ends if end > now), default=None)
    if over is None:
        return
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for n in range(1, DAYS_LOOKED_AHEAD + 1):
        day = midnight + timedelta(days=n)  # by the clock on the wall
        if day < over:
            yield day
    yield over.astimezone(now.tzinfo)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def words(clocks: Iterable[Clock], *, status: str, now: datetime, is_theirs: bool) -> str:
    """What clocks say; nothing where none of them runs or stands."""
    open_ones = [clock for clock in clocks if clock.stopped_at is None]
    if status == Status.WAITING_REQUESTER:
        if open_ones and is_theirs:
            return _("We wait for you. We go on as soon as you answer.")
        return ""
    running = [clock for clock in open_ones if clock.due_at is not None]
    if any(clock.due_at <= now for clock in running if clock.due_at):
        return _("This takes longer than we promised. We’re still on it.")
    parts: list[str] = []
    for clock in running:
        by = {"when": by_when(clock.due_at, now)} if clock.due_at else {}
        if clock.kind in ANSWERS and not parts:
            parts.append((_("You hear from us by %(when)s.") if is_theirs else _("An answer is promised by %(when)s.")) % by)  # fmt: skip
        elif clock.kind == TargetKind.RESOLUTION:
            parts.append(_("We expect to have this solved by %(when)s.") % by)
    if not parts and open_ones:
        return _("We wait for somebody else, and go on as soon as we can.")
    return " ".join(parts)


def by_when(due: datetime, now: datetime) -> str:
    """“tomorrow, 10:00”: the hour while it is near, else the day."""
    due = due.astimezone(now.tzinfo)
    days = (due.date() - now.date()).days
    clock = {"time": formats.clock(due)}
    if days == 0:
        return _("today, %(time)s") % clock
    if days == 1:
        return _("tomorrow, %(time)s") % clock
    if days <= DAYS_BY_NAME:
        return f"{date_format(due, 'l')}, {formats.clock(due)}"
    # Translators: a day, in Django's date format characters (“3 December”).
    return date_format(due, pgettext("date format", "j F"))
