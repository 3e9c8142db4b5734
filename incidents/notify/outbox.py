"""Into the outbox: the rows of an event are written with it, in one transaction, and the worker is nudged."""

from datetime import timedelta

from django.utils import timezone
from django_q.tasks import async_task

from incidents.live import wake
from incidents.notify import articles
from incidents.notify.models import Channel, Delivery, News
from incidents.notify.rules import hearers
from incidents.tickets.models import Event, Ticket
from knowledge.hooks import Happening

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
    _put(rows)


def enqueue_news(happening: Happening) -> None:
    """The same for what happened to an article. What was imported with its own date tells nobody."""
    now = timezone.now()
    happened = happening.at or now
    if now - happened > HISTORY:
        return
    news = News(
        what=happening.what, article=happening.article, actor=happening.by, at=now,
        data=happening.data,
    )  # fmt: skip
    heard = articles.hearers(news)
    if not heard:
        return
    news.save()
    _put([Delivery.about(news, person, channel) for person, channel in heard])


def _put(rows: list[Delivery]) -> None:
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
