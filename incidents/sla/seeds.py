"""What every install starts with: office hours, and one policy with times by priority."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from incidents.sla.models import Calendar, Policy, Rules, Target, TargetKind
from incidents.tickets.models import Ticket
from incidents.workflow.states import WAITING

OFFICE_HOURS = [[[8 * 60, 18 * 60]]] * 5 + [[], []]

H, D = 60, 10 * 60
"""An hour, and a working day of these hours, in minutes."""
MINUTES = {
    TargetKind.FIRST_RESPONSE: {"1": 15, "2": 30, "3": 2 * H, "4": 4 * H, "5": 1 * D},
    TargetKind.NEXT_RESPONSE: {"1": 30, "2": 1 * H, "3": 4 * H, "4": 1 * D, "5": 2 * D},
    TargetKind.RESOLUTION: {"1": 4 * H, "2": 8 * H, "3": 2 * D, "4": 5 * D, "5": 10 * D},
}


def plant(**_signal: Any) -> None:
    """Make what is missing, once; what administrators changed or removed stays as they left it.

    Where tickets were filed already nothing is promised for them afterwards.
    """
    since = timezone.now() if Ticket.objects.exists() else None
    _rules, is_new = Rules.objects.get_or_create(
        pk=1, defaults={"mark": uuid4().hex, "since": since}
    )
    if not is_new:
        return
    calendar = Calendar.objects.create(
        name=_("Office hours"),
        zone=settings.DEFAULT_TIME_ZONE,
        week=OFFICE_HOURS,
        is_seeded=True,
    )
    policy = Policy.objects.create(name=_("Standard"), calendar=calendar, is_seeded=True)
    waiting = sorted(str(status) for status in WAITING)
    for kind, minutes in MINUTES.items():
        Target.objects.create(
            policy=policy,
            kind=kind,
            minutes=minutes,
            warn_at=[75],
            pauses_on=waiting if kind == TargetKind.RESOLUTION else [],
        )
