"""What the queue calls. Every job may run twice, or at the same time as another."""

from django.utils import timezone
from django_q.tasks import async_task

from incidents.mail import fetching
from incidents.mail import work as working
from incidents.mail.nudging import nudge


def fetch_all() -> int:
    """Every minute: a task for each mailbox, so that one that hangs holds up no other."""
    due = fetching.due(timezone.now())
    for pk in due:
        async_task("incidents.mail.jobs.fetch", pk, task_name="fetch mail", save=False)
    return len(due)


def fetch(pk: int) -> int:
    """What is new in one mailbox, and have it worked through."""
    stored = fetching.fetch(pk)
    if stored:
        nudge()
    return stored


def work() -> int:
    """Every minute and after each nudge: take in what waits."""
    return working.through()
