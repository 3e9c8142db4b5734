"""What people do with webhooks beside filling in their form."""

from .replay import replay, replay_failed
from .rotate_secret import rotate_secret
from .try_out import try_out

__all__ = ["replay", "replay_failed", "rotate_secret", "try_out"]
