"""Out of the queue: one message at a time for each endpoint, all endpoints at the same time (fault row F24).

Only this loop speaks with the database; the requests run in threads that know nothing of it. So ten targets that hang
take ten threads and nobody's time, and an eleventh gets its messages while they do. One loop runs at a time, so that
hanging targets can't fill the queue's workers, which send mail, too.

At least once: a loop that is lost leaves leases behind, and when these lapse the messages are sent again under the
same id.
"""

import logging
import random
import time
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import outbound
from accounts.actions.record import record_changed, snapshot
from accounts.models import User
from accounts.patience import doubling
from accounts.sealed import Unreadable
from incidents.webhooks import listening, outbox, payload, signing
from incidents.webhooks.models import Attempt, Endpoint, Post, State

log = logging.getLogger("firebreak.webhooks")

TIMEOUT = 10.0
"""Seconds for one request, from finding the name to the answer's end."""
MOST_ANSWER = 1000
"""Bytes of an answer that are kept."""
MOST_AT_ONCE = 32
RUN = 45.0
"""Seconds in which a loop takes up new messages; with the last requests it stays below what a queued task may take."""
LEASE = timedelta(seconds=150)
RUNNING = "webhooks-running"
PATIENCE = 0.5
"""Seconds after which the loop looks for new messages while others are under way."""

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 4 * 3600)
)
GIVE_UP_AFTER = timedelta(days=3)
AGE_SEEN_AFTER = timedelta(hours=1)
"""How far a message ages at most while nothing may leave: less would write all of them every minute."""
REST_AFTER = 3
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=30)
LONGEST_ASKED = timedelta(hours=1)
"""As far as a target's own Retry-After is followed."""


@dataclass(frozen=True)
class Request:
    """Everything a thread needs."""

    post: Post
    endpoint: Endpoint
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """How one request went."""

    at: datetime
    took: float
    status: int | None = None
    error: str = ""
    answer: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def words(self) -> str:
        if self.status is None:
            return self.error
        return _("The target answered %(status)s.") % {"status": self.status}


def send_due(seconds: float = RUN) -> int:
    """Send what is due until nothing is or the time is over; how many requests were made."""
    if not outbound.is_outgoing_on() or not cache.add(RUNNING, True, seconds + 3 * TIMEOUT):
        return 0
    try:
        made = _loop(time.monotonic() + seconds)
    finally:
        cache.delete(RUNNING)
    if Endpoint.objects.ready(timezone.now()).exists():  # came while we ended
        outbox.nudge()
    return made


def free_lapsed() -> int:
    """Give messages back whose loop was lost, and give up what waited too long for an endpoint that takes nothing."""
    if not outbound.is_outgoing_on():
        return _forget_failures()
    now = timezone.now()
    held = Q(endpoint__rests_until__gt=now) | Q(endpoint__is_active=False)
    old = Post.objects.filter(held, state=State.WAITING, since__lt=now - GIVE_UP_AFTER)
    old.update(state=State.FAILED, last_error="given up after three days")
    lapsed = Post.objects.filter(state=State.SENDING, leased_until__lt=now)
    return lapsed.update(state=State.WAITING, leased_until=None, due_at=now)


def _forget_failures() -> int:
    """While nothing may leave, no target can answer: that time is no failure of theirs, and all begin afresh after it.

    So does what a lost loop was sending when that began.
    """
    now = timezone.now()
    failing = Endpoint.objects.filter(failing_since__isnull=False, is_active=True)
    failing.update(failures=0, failing_since=None, rests_until=None)
    lapsed = Post.objects.filter(state=State.SENDING, leased_until__lt=now)
    freed = lapsed.update(state=State.WAITING, leased_until=None)
    ages = Q(attempts__gt=0) | Q(since__lt=now - AGE_SEEN_AFTER)
    Post.objects.filter(ages, state=State.WAITING).update(attempts=0, since=now)
    return freed


def deliver(post: Post) -> Outcome:
    """Send one claimed message now, while somebody waits for it: a test."""
    request = _request(post, post.endpoint)
    outcome = _ask(request)
    settle(request, outcome)
    return outcome


# The loop --------------------------------------------------------------------------------------------------------


def _loop(end: float) -> int:
    made, flying = 0, dict[Future[Outcome], Request]()
    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="webhook") as threads:
        while True:
            if time.monotonic() < end:
                busy = {request.endpoint.pk for request in flying.values()}
                for request in claim(busy, MOST_AT_ONCE - len(flying)):
                    flying[threads.submit(_ask, request)] = request
            if not flying:
                return made
            done, _still = wait(flying, PATIENCE, FIRST_COMPLETED)
            for future in done:
                settle(flying.pop(future), future.result())
                made += 1


def claim(busy: Collection[int], most: int) -> Iterator[Request]:
    """For each endpoint that is free and not resting its next message, ours for the time of the lease."""
    if most <= 0:
        return
    now = timezone.now()
    for endpoint in list(Endpoint.objects.ready(now).exclude(pk__in=busy)[:most]):
        due = endpoint.posts.due(now).select_related(
            "event__ticket__team", "event__ticket__category", "event__actor"
        )
        while (post := due.order_by("due_at", "pk").first()) and take(post, now):
            if post.event is not None and not listening.listener(endpoint).hears(post.event):
                _finish(post, State.DROPPED, "the webhook does not hear of this any more")
                continue
            try:
                request = _request(post, endpoint)
            except Unreadable as error:
                _settle_failure(post, Outcome(now, 0, error=error.message), now)
            else:
                yield request
            break


def take(post: Post, now: datetime) -> bool:
    """Claim the message; false where somebody else has it."""
    post.state, post.leased_until, post.attempts = State.SENDING, now + LEASE, post.attempts + 1
    if post.attempts == 1:  # it may have waited for days, as while outgoing traffic is off
        post.since = now
    return bool(
        Post.objects.filter(pk=post.pk, state=State.WAITING).update(
            state=post.state,
            leased_until=post.leased_until,
            attempts=post.attempts,
            since=post.since,
        )
    )


def _request(post: Post, endpoint: Endpoint) -> Request:
    now = timezone.now()
    body = payload.body(post, endpoint)
    signed = signing.headers(endpoint.secrets_at(now), post.uid, int(now.timestamp()), body)
    return Request(post, endpoint, body, {"Content-Type": "application/json", **signed})


def _ask(request: Request) -> Outcome:
    """In a thread: nothing of the database here."""
    at, began = timezone.now(), time.monotonic()
    try:
        answer = outbound.send(
            "POST", request.endpoint.url, body=request.body, headers=request.headers,
            timeout=TIMEOUT, most_bytes=MOST_ANSWER,
        )  # fmt: skip
    except outbound.NotSent as error:
        return Outcome(at, time.monotonic() - began, error=error.reason)
    words = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Outcome(at, time.monotonic() - began, answer.status, "", words, dict(answer.headers))


# What became of it -----------------------------------------------------------------------------------------------


@transaction.atomic
def settle(request: Request, outcome: Outcome) -> None:
    post, now = request.post, timezone.now()
    Attempt.objects.create(
        post=post, at=outcome.at, took_ms=int(outcome.took * 1000), status=outcome.status,
        error=outcome.error[:300], answer=outcome.answer,
    )  # fmt: skip
    if outcome.is_good:
        _finish(post, State.DELIVERED, "", delivered_at=now)
        _recovered(request.endpoint)
    elif post.event is None:  # somebody tries it out, which says nothing of the rest
        _finish(post, State.FAILED, outcome.words)
    else:
        _settle_failure(post, outcome, now)


@transaction.atomic
def _settle_failure(post: Post, outcome: Outcome, now: datetime) -> None:
    _put_back(post, outcome, now)
    _failed(post.endpoint_id, outcome, now)


def pause(attempts: int) -> timedelta:
    """How long a message waits after so many tries, never all at the same moment."""
    return PAUSES[min(attempts, len(PAUSES)) - 1] * _jitter()


def rest(failures: int) -> timedelta:
    """How long a target is left alone after so many failures in a row."""
    return doubling(failures - REST_AFTER + 1, FIRST_REST, LONGEST_REST) * _jitter()


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, guards nothing)


def _put_back(post: Post, outcome: Outcome, now: datetime) -> None:
    if post.since < now - GIVE_UP_AFTER:
        _finish(post, State.FAILED, outcome.words)
        return
    wanted = max(pause(post.attempts), _asked_to_wait(outcome))
    _finish(post, State.WAITING, outcome.words, due_at=now + wanted)


def _asked_to_wait(outcome: Outcome) -> timedelta:
    """What a busy target says itself (RFC 9110, 10.2.3); only its seconds, as nobody sends it as a date."""
    said = outcome.headers.get("retry-after", "")
    if outcome.status not in (429, 503) or not (said.isascii() and said.isdigit()):
        return timedelta(0)
    return min(timedelta(seconds=int(said[:6])), LONGEST_ASKED)


def _finish(post: Post, state: State, error: str, **changes: Any) -> None:
    """Only while the lease is ours."""
    mine = Post.objects.filter(pk=post.pk, state=State.SENDING, leased_until=post.leased_until)
    mine.update(state=state, leased_until=None, last_error=error[:300], **changes)
    post.state, post.last_error = state, error[:300]


def _recovered(endpoint: Endpoint) -> None:
    failed = Endpoint.objects.filter(pk=endpoint.pk, failures__gt=0)
    failed.update(failures=0, failing_since=None, rests_until=None)


def _failed(pk: int, outcome: Outcome, now: datetime) -> None:
    """Count it; after some in a row the target rests, after three days of nothing else it is given up."""
    endpoint = Endpoint.objects.select_for_update().get(pk=pk)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    asked = _asked_to_wait(outcome)
    if endpoint.failures >= REST_AFTER or asked:
        own = rest(endpoint.failures) if endpoint.failures >= REST_AFTER else timedelta(0)
        endpoint.rests_until = now + max(own, asked)
    endpoint.save(update_fields=["failures", "failing_since", "rests_until"])
    is_gone = outcome.status == 410  # Standard Webhooks: wants no more
    if endpoint.is_active and (is_gone or endpoint.failing_since < now - GIVE_UP_AFTER):
        give_up(endpoint, outcome.words, now)


def give_up(endpoint: Endpoint, why: str, now: datetime) -> None:
    """Switch it off by itself. What waits counts as failed, so that it can be sent again by hand."""
    before = snapshot(endpoint)
    endpoint.is_active, endpoint.disabled_at, endpoint.disabled_because = False, now, why[:300]
    endpoint.told_at = None
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_because", "told_at"])
    endpoint.posts.filter(state=State.WAITING).update(
        state=State.FAILED, last_error="the webhook was switched off"
    )
    record_changed(endpoint, by=User.objects.system(), before=before)
    listening.renew()
    log.warning("webhook %s was switched off: %s", endpoint.pk, why)
