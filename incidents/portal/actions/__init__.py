"""What happens on the portal besides what happens to tickets."""

from incidents.portal.actions.solved import solved

__all__ = ["solved"]
