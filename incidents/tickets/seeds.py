"""What every install starts with: one rule of when resolved tickets are closed."""

from typing import Any

from incidents.tickets.models import ClosingRule, PortalRules

WARNED_BEFORE = 3
"""Days from the warning to closing, of those for which a ticket may be opened again."""


def plant(**_signal: Any) -> None:
    """Make the rule for all types where there is none; what administrators changed stays as they left it."""
    days = PortalRules.now().reopen_days
    before = min(WARNED_BEFORE, max(days, 1))
    ClosingRule.objects.get_or_create(
        type=None,
        defaults={"warn_after_days": max(days - before, 0), "close_after_days": before},
    )
