"""What the queue calls. Every job may run twice, or at the same time as another."""

import logging

from django.utils import timezone

from incidents.sla import library, pulse, replay, ticking
from incidents.tickets import jobs as tickets

log = logging.getLogger("firebreak.sla")


def go_on(pk: int) -> None:
    """Work on a changed rule: a nudge after it was applied."""
    replay.go_on(pk)


def sweep() -> int:
    """Every minute: go on with changes, and a nightly recount, whose worker or nudge was lost; how many changes."""
    left = replay.forgotten()
    for pk in left:
        replay.go_on(pk)
    if not left:
        go_on_freshening()
    return len(left)


def go_on_freshening() -> int:
    """What the night's first job did not reach."""
    if not replay.is_freshening() or not pulse.is_believed():
        return 0
    return replay.go_on_freshening()


def freshen() -> int:
    """Every night: holidays of further years, and what people and categories moved."""
    library.extend(timezone.localdate())
    if not pulse.is_believed():
        log.warning("The clock of this machine jumped; nothing is worked out until it is steady.")
        return 0
    return replay.freshen()


def tick() -> int:
    """Every minute: warn of times that run out, tell of those that did; how many that were."""
    if not pulse.is_believed():
        log.warning("The clock of this machine jumped; nothing is told until it is steady.")
        return 0
    return ticking.tick(timezone.now())


def close_settled() -> int:
    """Every ten minutes: announce what stays quiet, close what was announced; a clock ahead must not take days away."""
    if not pulse.is_believed():
        log.warning("The clock of this machine jumped; nothing is closed until it is steady.")
        return 0
    return tickets.close_settled()
