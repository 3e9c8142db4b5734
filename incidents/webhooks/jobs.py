"""What the queue calls. Every job may run twice, or at the same time as another."""

from datetime import timedelta

from django.utils import timezone

from incidents.webhooks import notices, worker
from incidents.webhooks.models import Post

LOG_KEPT = timedelta(days=30)
PORTION = 1000


def send_due() -> int:
    """Send what is due: a nudge after an event."""
    return worker.send_due()


def sweep() -> int:
    """Every minute: free what a lost loop held, tell of what was given up, then send. Finds whatever a nudge missed."""
    worker.free_lapsed()
    notices.tell()
    return worker.send_due()


def tidy() -> int:
    """Every night: the log of what is settled goes after thirty days, a portion at a time."""
    gone = 0
    old = Post.objects.filter(made_at__lt=timezone.now() - LOG_KEPT)
    settled = old.exclude(state__in=["waiting", "sending"]).order_by("pk")
    while keys := list(settled.values_list("pk", flat=True)[:PORTION]):
        gone += Post.objects.filter(pk__in=keys).delete()[0]
    return gone
