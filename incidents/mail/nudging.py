"""Have a worker look at what came in. The sweep of every minute finds what a nudge misses."""

from django.core.cache import cache
from django.db import transaction
from django_q.tasks import async_task

_NUDGED = "mail-in-nudged"


def nudge() -> None:
    """Once what is being written is committed; one task, however many mails come in until a worker has it."""
    transaction.on_commit(_nudge, robust=True)


def heard() -> None:
    """A worker looks now: for what comes in from here on another one is called."""
    cache.delete(_NUDGED)


def _nudge() -> None:
    if cache.add(_NUDGED, 1, 60):
        async_task("incidents.mail.jobs.work", task_name="mail in", save=False)
