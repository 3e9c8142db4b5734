"""What waits for the worker, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django_q.models import Schedule

from incidents.mail.models import Fetching, RawMail
from incidents.notify.failures import CAME_BACK
from incidents.notify.models import Acknowledgement, Channel, Delivery, Posting, State
from incidents.webhooks.models import Post
from incidents.webhooks.models import State as PostState

PERSONAL = (Channel.MAIL, Channel.PUSH, Channel.CHAT)
ROOMS, RECEIPTS, WEBHOOKS = "rooms", Acknowledgement.LANE, "webhooks"
LANES = (*PERSONAL, ROOMS, RECEIPTS, WEBHOOKS)


@dataclass(frozen=True)
class Lane:
    """One way out of the house."""

    waiting: int = 0
    """What is due and not sent."""
    oldest: timedelta = timedelta()
    """For how long the first of it has waited."""
    failed: int = 0
    """What was given up in the last day, or came back."""
    came_back: int = 0
    """Of it, what a server handed back."""


@dataclass(frozen=True)
class Backlog:
    """What is due and not sent, what came in and waits, and how late the worker is."""

    lanes: Mapping[str, Lane]
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

    @property
    def oldest_due(self) -> timedelta:
        """For how long the first of all that is due has waited, whichever way it goes."""
        return max(lane.oldest for lane in self.lanes.values())

    @classmethod
    def at(cls, now: datetime) -> "Backlog":
        """As it is now; what is counted has indexes of its own."""
        lately = now - timedelta(days=1)
        waits, aside = Q(state=RawMail.State.WAITING), Q(state=RawMail.State.QUARANTINED)
        came = RawMail.objects.filter(waits | (aside & Q(received_at__gte=lately))).aggregate(
            count=Count("pk", filter=waits), first=Min("received_at", filter=waits), aside=Count("pk", filter=aside)
        )  # fmt: skip
        planned = Schedule.objects.aggregate(first=Min("next_run"))["first"]
        return cls(
            lanes=_personal(now, lately) | _of_machines(now, lately),
            stuck=Fetching.objects.stuck(now).count(),
            taking=came["count"],
            oldest_in=_since(came["first"], now),
            set_aside=came["aside"],
            late=_since(planned, now),
        )


def _personal(now: datetime, lately: datetime) -> dict[str, Lane]:
    """By the channel, all in one go."""
    rows: Any = Delivery.objects.filter(channel__in=PERSONAL).order_by().values("channel")
    due = rows.filter(state=State.WAITING, due_at__lte=now)
    waiting = {one["channel"]: one for one in due.annotate(count=Count("pk"), first=Min("due_at"))}
    came_back = Q(last_error__startswith=CAME_BACK)
    given_up = rows.filter(state=State.FAILED, due_at__gte=lately).annotate(
        count=Count("pk"), back=Count("pk", filter=came_back)
    )
    failed = {one["channel"]: one for one in given_up}
    return {
        channel: Lane(
            waiting.get(channel, {}).get("count", 0),
            _since(waiting.get(channel, {}).get("first"), now),
            failed.get(channel, {}).get("count", 0),
            failed.get(channel, {}).get("back", 0),
        )
        for channel in PERSONAL
    }


def _of_machines(now: datetime, lately: datetime) -> dict[str, Lane]:
    """Of webhooks only what could be told now: a target that is left alone for a while keeps nobody waiting here."""
    rests = Q(endpoint__rests_until__gt=now) | Q(endpoint__is_active=False)
    posts = Post.objects.filter(state=PostState.WAITING, due_at__lte=now).exclude(rests)
    failed = Post.objects.filter(state=PostState.FAILED, due_at__gte=lately)
    found = posts.aggregate(count=Count("pk"), first=Min("due_at"))
    return {
        ROOMS: _lane(Posting.objects.all(), now, Q(due_at__gte=lately)),
        RECEIPTS: _lane(Acknowledgement.objects.all(), now, Q(created_at__gte=lately)),
        WEBHOOKS: Lane(found["count"], _since(found["first"], now), failed.count()),
    }


def _lane(rows: Any, now: datetime, lately: Q) -> Lane:
    found = rows.filter(state=State.WAITING, due_at__lte=now).aggregate(
        count=Count("pk"), first=Min("due_at")
    )
    failed = rows.filter(lately, state=State.FAILED).count()
    return Lane(found["count"], _since(found["first"], now), failed)


def _since(first: datetime | None, now: datetime) -> timedelta:
    return max(now - first, timedelta()) if first else timedelta()
