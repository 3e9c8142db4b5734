"""Can the clock on the wall be believed? It may jump by an hour when it is set, and then half the desk would be late.

A second clock, which only counts on from the start of the machine, tells: when both went on by the same time, all is
well. When they did not, nothing is told until the clock on the wall has been steady for a while; it may be set back.
"""

import time
from pathlib import Path

from django.db import transaction

from incidents.sla.models import Pulse

TOLERANCE = 60.0
"""Seconds that the two may drift apart from one look to the next."""
STEADY = 600.0
"""Seconds after which the clock on the wall is believed again, though it jumped."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def is_believed() -> bool:
    """Look at both clocks of this machine."""
    return look(wall=time.time(), counted=_counted(), boot=_boot())


@transaction.atomic
def look(*, wall: float, counted: float, boot: str) -> bool:
    """Note how far they are apart. Another start, or another machine, has nothing to compare with and is believed."""
    ahead = wall - counted
    pulse = Pulse.objects.select_for_update().filter(pk=1).first()
    if pulse is None or pulse.boot != boot:
        Pulse(boot=boot, ahead=ahead).save()
        return True
    is_odd = abs(ahead - pulse.ahead) > TOLERANCE
    if is_odd and not _is_steady(pulse, ahead, counted):
        if pulse.odd_ahead is None or abs(ahead - pulse.odd_ahead) > TOLERANCE:
            pulse.odd_ahead, pulse.odd_since = ahead, counted
            pulse.save()
        return False
    pulse.ahead, pulse.odd_ahead, pulse.odd_since = ahead, None, None
    pulse.save()
    return True


def _is_steady(pulse: Pulse, ahead: float, counted: float) -> bool:
    return (
        pulse.odd_ahead is not None
        and pulse.odd_since is not None
        and abs(ahead - pulse.odd_ahead) <= TOLERANCE
        and counted - pulse.odd_since >= STEADY
    )


def _counted() -> float:
    """Seconds since the machine started, with those in which it slept."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _boot() -> str:
    return _BOOT.read_text().strip()[:40] if _BOOT.exists() else "unknown"
