"""What the queue calls. Every job may run twice, or at the same time as another."""

import logging

from django.utils import timezone

from incidents.sla import pulse, ticking

log = logging.getLogger("firebreak.sla")


def tick() -> int:
    """Every minute: warn of times that run out, tell of those that did; how many that were."""
    if not pulse.is_believed():
        log.warning("The clock of this machine jumped; nothing is told until it is steady.")
        return 0
    return ticking.tick(timezone.now())
