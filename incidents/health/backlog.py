"""What waits for the worker, as numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django_q.models import Schedule

from incidents.mail.models import Fetching, RawMail
from incidents.notify.models import Delivery, State


@dataclass(frozen=True)
class Backlog:
    """Mail that is due and not sent, and how late the worker is."""

    waiting: int
    failed: int
    oldest_due: timedelta
    """For how long the first due mail has waited; nothing where none is due."""
    stuck: int
    """Mailboxes that have not been fetched for three times as long as from one run to the next."""
    taking: int
    """Mail that came in and waits to be worked through."""
    oldest_in: timedelta
    """For how long the first of it has waited."""
    set_aside: int
    """Mail of the last day that could not be worked through."""
    late: timedelta
    """For how long the most overdue scheduled job should have run: while a worker runs, seconds."""

    @classmethod
    def at(cls, now: datetime) -> "Backlog":
        """As it is now; what is counted has indexes of its own."""
        due = Delivery.objects.mails().filter(state=State.WAITING, due_at__lte=now)
        found = due.aggregate(count=Count("pk"), first=Min("due_at"))
        lately = now - timedelta(days=1)
        failed = Delivery.objects.mails().filter(state=State.FAILED, due_at__gte=lately).count()
        waits, aside = Q(state=RawMail.State.WAITING), Q(state=RawMail.State.QUARANTINED)
        came = RawMail.objects.filter(waits | (aside & Q(received_at__gte=lately))).aggregate(
            count=Count("pk", filter=waits), first=Min("received_at", filter=waits), aside=Count("pk", filter=aside)
        )  # fmt: skip
        planned = Schedule.objects.aggregate(first=Min("next_run"))["first"]
        return cls(
            waiting=found["count"],
            failed=failed,
            oldest_due=max(now - found["first"], timedelta()) if found["first"] else timedelta(),
            stuck=Fetching.objects.stuck(now).count(),
            taking=came["count"],
            oldest_in=max(now - came["first"], timedelta()) if came["first"] else timedelta(),
            set_aside=came["aside"],
            late=max(now - planned, timedelta()) if planned else timedelta(),
        )
