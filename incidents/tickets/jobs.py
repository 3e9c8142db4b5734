"""What happens to tickets by the clock."""

from datetime import timedelta

from django.utils import timezone

from accounts.errors import Refused
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import PortalRules, Ticket

AT_ONCE = 500


def close_settled() -> int:
    """Close what was resolved so long ago that its requester can't open it again; how many were closed.

    One transaction each, so that one bad row does not stop the others, and the rest waits for the next run.
    """
    since = timezone.now() - timedelta(days=PortalRules.now().reopen_days)
    settled = Ticket.objects.settled_before(since).order_by("pk")[:AT_ONCE]
    desk, closed = User.objects.system(), 0
    for ticket in settled:
        try:
            actions.confirm(ticket, by=desk)
            closed += 1
        except Refused:  # somebody opened or closed it at this moment
            continue
    return closed
