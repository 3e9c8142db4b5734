"""Into the outbox: the rows of an event are written with it, in one transaction, and the worker is nudged."""

from datetime import timedelta

from django_q.tasks import async_task

from incidents.live import wake
from incidents.notify.models import Channel, Delivery
from incidents.notify.rules import hearers
from incidents.tickets.models import Event, Ticket

HISTORY = timedelta(hours=1)
"""What is written down later than this after it happened is history, and no news to anybody."""


def enqueue(event: Event) -> None:
    """Write a row for everybody who hears of the event. Imports and other history tell nobody."""
    if event.origin == Ticket.Origin.IMPORT or event.recorded_at - event.occurred_at > HISTORY:
        return
    rows = [
        Delivery.of(event, person, channel, at=event.recorded_at)
        for person, channel in hearers(event)
    ]
    if not rows:
        return
    Delivery.objects.bulk_create(rows)
    if any(row.channel == Channel.MAIL for row in rows):
        nudge()
    if rung := [row.recipient_id for row in rows if row.channel == Channel.BELL]:
        wake.publish_bell(rung)


def nudge() -> None:
    """Let the worker look at once; without this the sweep finds the rows within a minute."""
    async_task("incidents.notify.jobs.send_due", task_name="send mail", save=False)
