"""What the queue calls. Every job may run twice, or at the same time as another."""

from incidents.notify import acknowledging, worker
from incidents.notify import tidy as tidying


def send_due() -> int:
    """Send mail that is due: a nudge after an event."""
    return worker.send_due() + acknowledging.send_due()


def sweep() -> int:
    """Every minute: free what lost workers held, then send. Finds whatever a nudge missed."""
    worker.free_lapsed()
    return worker.send_due() + acknowledging.send_due()


def tidy() -> None:
    """Every night."""
    tidying.everything()
