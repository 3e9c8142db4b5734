"""What people do with what they heard."""

from incidents.notify.actions.read import read, read_all

__all__ = ["read", "read_all"]
