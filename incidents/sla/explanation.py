"""Why a promise is due when it is: every stretch of time that counted, stood or was left out, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from incidents.sla import rules, spans
from incidents.sla.calendar import Stretch, moment_of
from incidents.sla.clock import Period, Reckoned
from incidents.sla.models import Clock, TargetKind
from incidents.sla.reckoning import Standing, stand
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status

MOST_STRETCHES = 40
"""Of one period that are told one by one; what lies before is one line."""

LineKind = Literal["counted", "paused", "excluded", "settled"]


@dataclass(frozen=True)
class Line:
    """One stretch of time. `end` is None where it still goes on."""

    kind: LineKind
    start: datetime
    end: datetime | None
    seconds: int
    """Working time in it: used, where it counted."""
    reason: str

    @property
    def length(self) -> str:
        return spans.show_seconds(self.seconds)

    @property
    def icon(self) -> str:
        return {
            "counted": "play",
            "paused": "pause",
            "excluded": "minus",
            "settled": "check",
        }[self.kind]

    @property
    def label(self) -> str:
        return {
            "counted": _("counted"),
            "paused": _("paused"),
            "excluded": _("not counted"),
            "settled": _("solved"),
        }[self.kind]


@dataclass(frozen=True)
class Explanation:
    """One promise of a ticket."""

    kind: str
    state: str
    policy: str
    calendar: str
    zone: str
    target_seconds: int
    used_seconds: int
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    paused_since: datetime | None
    lines: list[Line]

    @property
    def label(self) -> str:
        return str(TargetKind(self.kind).label)

    @property
    def state_label(self) -> str:
        return str(Clock.State(self.state).label)

    @property
    def heading(self) -> str:
        return _("%(promise)s: %(state)s") % {
            "promise": self.label[:1].upper() + self.label[1:],
            "state": self.state_label,
        }

    @property
    def basis(self) -> str:
        """By which rules."""
        return _("Policy “%(policy)s” promises %(time)s of working time by the calendar “%(calendar)s” (%(zone)s).") % {
            "policy": self.policy, "time": spans.show_seconds(self.target_seconds),
            "calendar": self.calendar, "zone": self.zone,
        }  # fmt: skip

    @property
    def summary(self) -> str:
        """How it stands, in one sentence."""
        used = {
            "used": spans.show_seconds(self.used_seconds),
            "target": spans.show_seconds(self.target_seconds),
            "due": _shown(self.due_at),
            "stopped": _shown(self.stopped_at),
            "since": _shown(self.paused_since),
            "left": spans.show_seconds(self.left_seconds),
        }
        if self.state == Clock.State.MET:
            return _("Done at %(stopped)s, with %(used)s of %(target)s used.") % used
        if self.state == Clock.State.CANCELLED:
            return _("Given up at %(stopped)s, with %(used)s of %(target)s used.") % used
        if self.state == Clock.State.PAUSED:
            return (
                _("The clock stands since %(since)s: %(used)s of %(target)s used, %(left)s left.")
                % used
            )
        if self.state == Clock.State.RUNNING:
            return _("Due at %(due)s: %(used)s of %(target)s used, %(left)s left.") % used
        if self.stopped_at:
            return (
                _("Was due at %(due)s and done at %(stopped)s: %(used)s used of %(target)s.") % used
            )
        return _("Was due at %(due)s: %(used)s used of %(target)s.") % used

    @property
    def left_seconds(self) -> int:
        return self.target_seconds - self.used_seconds

    @property
    def share(self) -> int:
        """How much of the time is used, in percent, at most all of it."""
        return min(100, self.used_seconds * 100 // max(1, self.target_seconds))


def explain(ticket: Ticket, kind: str, *, now: datetime | None = None) -> Explanation | None:
    """One promise; None where there is none. Worked out from the log, so it tells what holds now."""
    return next((one for one in explain_all(ticket, now=now) if one.kind == kind), None)


def explain_all(ticket: Ticket, *, now: datetime | None = None) -> list[Explanation]:
    """Every promise that is or was made for the ticket."""
    now = now or timezone.now()
    standings = stand([ticket], rules.current(), now=now)[ticket.pk]
    return [_told(standing) for standing in standings]


def _told(standing: Standing) -> Explanation:
    it, policy = standing.reckoned, standing.policy
    return Explanation(
        kind=it.promise.kind,
        state=it.state,
        policy=policy.label,
        calendar=policy.calendar_label,
        zone=policy.hours.zone,
        target_seconds=it.promise.seconds,
        used_seconds=it.used,
        started_at=moment_of(it.started_at),
        due_at=_moment(it.due_at),
        stopped_at=_moment(it.stopped_at),
        paused_since=_moment(it.paused_since),
        lines=[line for period in it.periods for line in _lines(period, it)],
    )


def _lines(period: Period, it: Reckoned) -> Iterator[Line]:
    hours, end = it.promise.hours, _end(period, it)
    if period.why != "counted":
        yield Line(
            period.why,
            moment_of(period.start),
            _moment(period.end),
            hours.between(period.start, end),
            _why_it_stood(period),
        )
        return
    stretches = list(hours.stretches(period.start, end))
    if len(stretches) > MOST_STRETCHES:
        first = stretches[-MOST_STRETCHES].start
        yield Line(
            "counted",
            moment_of(period.start),
            moment_of(first),
            hours.between(period.start, first),
            _("All working hours in this time."),
        )
        stretches = stretches[-MOST_STRETCHES:]
    for place, one in enumerate(stretches):
        goes_on = period.end is None and place == len(stretches) - 1
        yield _line(one, goes_on=goes_on)


def _line(one: Stretch, *, goes_on: bool) -> Line:
    counts = one.kind == "open"
    reasons = {
        "open": _("Working hours."),
        "closed": _("Outside working hours."),
        "holiday": _("Holiday: %(name)s.") % {"name": one.holiday},
    }
    return Line(
        "counted" if counts else "excluded",
        moment_of(one.start),
        None if goes_on else moment_of(one.end),
        one.end - one.start if counts else 0,
        reasons[one.kind],
    )


def _why_it_stood(period: Period) -> str:
    status = Status(period.status).label
    if period.why == "settled":
        return _("The ticket was “%(status)s”, so nothing was left to do.") % {"status": status}
    return _("The ticket was “%(status)s”, and this clock stands meanwhile.") % {"status": status}


def _end(period: Period, it: Reckoned) -> int:
    return max(it.at, period.start) if period.end is None else period.end


def _shown(moment: datetime | None) -> str:
    return (
        formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else "–"
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment_of(seconds)
