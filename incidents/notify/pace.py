"""When something leaves: at once, when somebody's quiet hours or the night of the house are over, or in the morning.

No database. What is urgent never waits.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.notify.models import Pace
from incidents.notify.wishes import Reach
from incidents.sla.calendar import Hours, moment_of, seconds_of

MOST_ROUNDS = 10
"""Of waiting for the house and then for the person again. Whose hours never meet is told in the person's."""


def leaves_at(at: datetime, pace: Pace, reach: Reach, hours: Hours | None = None) -> datetime:
    """The first moment from `at` on at which this person may be told; `hours`: only within these working hours."""
    if pace == Pace.URGENT:
        return at
    if pace == Pace.DAILY:
        return quiet_ends(next_morning(at, reach.morning_at, reach.zone), reach)
    for _round in range(MOST_ROUNDS):
        opens = _opens(at, hours)
        at = quiet_ends(opens, reach)
        if at == opens:
            break
    return at


def next_morning(at: datetime, morning: time, zone: ZoneInfo) -> datetime:
    """The next time that the clock on the wall says so."""
    today = at.astimezone(zone).date()
    first = datetime.combine(today, morning, zone)
    return first if first > at else datetime.combine(today + timedelta(days=1), morning, zone)


def quiet_ends(at: datetime, reach: Reach) -> datetime:
    """The moment itself, or the end of the quiet hours in which it lies; they may go past midnight."""
    if reach.quiet is None:
        return at
    since, until = reach.quiet
    here = at.astimezone(reach.zone)
    now = here.time()
    if since <= until:
        is_quiet, days = since <= now < until, 0
    else:
        is_quiet, days = now >= since or now < until, int(now >= since)
    if not is_quiet:
        return at
    return datetime.combine(here.date() + timedelta(days=days), until, reach.zone)


def _opens(at: datetime, hours: Hours | None) -> datetime:
    opens = hours.opens(seconds_of(at)) if hours else None
    return at if opens is None or opens <= seconds_of(at) else moment_of(opens)
