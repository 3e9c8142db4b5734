"""What people do with what they heard, and what they want to hear."""

from incidents.notify.actions.acknowledge import acknowledge
from incidents.notify.actions.choose import choose
from incidents.notify.actions.read import read, read_all

__all__ = ["acknowledge", "choose", "read", "read_all"]
