"""What was promised to whoever has the problem, in plain words: by when they hear from us, and by when it is solved."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import formats
from incidents.sla.asking import clocks_of
from incidents.sla.models import Clock, TargetKind
from incidents.tickets import expectation
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status

DAYS_BY_NAME = 6
ANSWERS = (TargetKind.FIRST_RESPONSE, TargetKind.NEXT_RESPONSE)


def of(ticket: Ticket, *, now: datetime, is_theirs: bool) -> str:
    """The sentences for one ticket's page; what usually happens where nothing is promised. `now` is in the reader's zone."""
    clocks = clocks_of(ticket) if ticket.is_open else []
    told = words(clocks, status=ticket.status, now=now, is_theirs=is_theirs)
    return told or expectation.of(ticket, now=now, is_theirs=is_theirs)


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
