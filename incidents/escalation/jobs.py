"""What the queue calls. Every job may run twice, or at the same time as another."""

import logging

from django.utils import timezone

from incidents.escalation import ticks
from incidents.sla import pulse

log = logging.getLogger("firebreak.escalation")


def tick() -> int:
    """Every minute: plan anew where chains changed, then take the steps that are due."""
    if not pulse.is_believed():
        log.warning("The clock of this machine jumped; nobody is called until it is steady.")
        return 0
    return ticks.tick(timezone.now())
