"""What the queue calls. Every job may run twice, or at the same time as another."""

from incidents.notify import outbox, worker
from incidents.notify import tidy as tidying
from incidents.notify.lanes import LANES, MAIL


def send_due(lane: str = MAIL.name) -> int:
    """Send what is due on a lane: a nudge after an event."""
    return worker.send_due(LANES[lane])


def sweep() -> int:
    """Every minute: free what lost workers held, then send. Finds whatever a nudge missed.

    The other lanes have jobs of their own: a slow service must not hold up mail.
    """
    worker.free_lapsed()
    for lane in worker.lanes_with_work():
        if lane is not MAIL:
            outbox.nudge(lane.name)
    return send_due()


def try_service(service: int, to: str = "", by: int | None = None) -> None:
    """“Send a test”, for an administrator, or for somebody to their own address; `by` is the key of either.

    Tests that were queued before this was asked for have none.
    """
    from incidents.notify.actions.services import run_test

    run_test(service, to, by=by)


def tidy() -> None:
    """Every night."""
    tidying.everything()
