"""Into the outbox: the rows of an event are written with it, in one transaction, and the worker is nudged."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from accounts.occasions import Occasion
from incidents.live import wake
from incidents.notify import articles, rooms, rules
from incidents.notify.around import Around
from incidents.notify.hearing import Heard
from incidents.notify.models import QUIET_CHANNEL, Channel, Delivery, News, NoticeRules, Pace, State
from incidents.notify.pace import leaves_at
from incidents.sla import rules as promises
from incidents.sla.calendar import Hours
from incidents.sla.models import Clock
from incidents.tickets.models import Event, Ticket
from knowledge.hooks import Happening

HISTORY = timedelta(hours=1)
"""What is written down later than this after it happened is history, and no news to anybody."""


def enqueue(event: Event) -> None:
    """Write a row for everybody who hears of the event. Imports and other history tell nobody."""
    if event.origin == Ticket.Origin.IMPORT or event.recorded_at - event.occurred_at > HISTORY:
        return
    around = Around(event)
    heard = rules.told(event, around)
    is_urgent = rules.is_urgent(event)
    hours = None if is_urgent else _hours(event, heard, around)
    rows = [
        _timed(
            Delivery.of(event, one.person, one.channel, at=event.recorded_at),
            one,
            is_urgent=is_urgent,
            hours=hours if around.hears_at_work(one.person) else None,
        )
        for one in heard
    ]
    _put(rows)
    if rooms.post(event):
        nudge("rooms")


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
    _put([_timed(Delivery.about(news, one.person, one.channel), one) for one in heard])


def enqueue_occasion(
    occasion: Occasion, person: User, data: dict[str, Any], once: str = ""
) -> None:
    """The same for a mail about somebody's account or office, see `accounts.occasions`."""
    row = Delivery.for_occasion(occasion, person, data, once, at=timezone.now())
    if once and Delivery.objects.mails().filter(message_id=row.message_id).exists():
        return
    _put([row])


def failed_occasions(occasion: Occasion, people: Collection[int]) -> set[int]:
    """Of whom the newest mail of this kind was given up, or came back."""
    rows = Delivery.objects.mails().filter(recipient__in=people, occasion=occasion.name)
    newest = dict(rows.order_by("pk").values_list("recipient", "state"))
    return {person for person, state in newest.items() if state == State.FAILED}


def _timed(
    row: Delivery, heard: Heard, *, is_urgent: bool = False, hours: Hours | None = None
) -> Delivery:
    """The row with its reason, and due when this person wants to hear it."""
    row.topic, row.because = heard.topic, heard.because
    if row.channel == QUIET_CHANNEL:
        return row
    row.pace = Pace.URGENT if is_urgent else Pace.DAILY if heard.is_daily else Pace.USUAL
    row.due_at = leaves_at(row.due_at, row.pace, heard.reach, hours)
    return row


def _hours(event: Event, heard: list[Heard], around: Around) -> Hours | None:
    """The working hours that this event waits for where it is told to staff; nothing where it need not wait.

    They are those of the policy by which the ticket is promised, as it stands now.
    """
    leaving = [one for one in heard if one.channel != QUIET_CHANNEL]
    if not any(around.hears_at_work(one.person) for one in leaving):
        return None
    waits = NoticeRules.current().waits
    reminds = event.actor.is_system and waits == NoticeRules.Waits.REMINDERS
    if not reminds and waits != NoticeRules.Waits.EVERYTHING:
        return None
    clocks = Clock.objects.filter(ticket=event.ticket_id, policy__isnull=False)
    policy = clocks.order_by("-pk").values_list("policy", flat=True).first()
    found = (one.hours for one in promises.current().policies if one.pk == policy)
    return next(found, None)


def _put(rows: list[Delivery]) -> None:
    if not rows:
        return
    Delivery.objects.bulk_create(rows)
    for channel in sorted({row.channel for row in rows} - {QUIET_CHANNEL}):
        nudge(channel)
    if rung := [row.recipient_id for row in rows if row.channel == Channel.BELL]:
        wake.publish_bell(rung)


def nudge(lane: str = Channel.MAIL) -> None:
    """Let the worker look at once; without this the sweep finds the rows within a minute."""
    async_task("incidents.notify.jobs.send_due", str(lane), task_name=f"send {lane}", save=False)
