"""Into the queue: a row for each endpoint that hears of an event, written with it, in one transaction."""

from datetime import timedelta

from django.db import transaction
from django_q.tasks import async_task

from incidents.tickets.models import Event, Ticket
from incidents.webhooks.listening import listeners
from incidents.webhooks.models import Post

HISTORY = timedelta(hours=1)
"""What is written down later than this after it happened is history, and no news to anybody."""


def enqueue(event: Event) -> None:
    """One query where somebody hears of it, none otherwise. Imports and other history tell nobody."""
    heard_by = [one for one in listeners() if one.hears(event)]
    if not heard_by:
        return
    if event.origin == Ticket.Origin.IMPORT or event.recorded_at - event.occurred_at > HISTORY:
        return
    at = event.recorded_at
    Post.objects.bulk_create(
        [Post(endpoint_id=one.pk, event=event, made_at=at, since=at, due_at=at) for one in heard_by]
    )
    nudge_after_commit()


def nudge_after_commit() -> None:
    """Once a transaction, however many events it writes; the sweep finds within a minute what a nudge missed."""
    if not any(call[1] is nudge for call in transaction.get_connection().run_on_commit):
        transaction.on_commit(nudge)


def nudge() -> None:
    async_task("incidents.webhooks.jobs.send_due", task_name="send webhooks", save=False)
