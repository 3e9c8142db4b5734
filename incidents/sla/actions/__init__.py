"""How rules come to be changed: drafted, tried, applied."""

from incidents.sla.actions.apply import apply_change
from incidents.sla.actions.draft import discard_change, draft_change, draft_removal

__all__ = ["apply_change", "discard_change", "draft_change", "draft_removal"]
