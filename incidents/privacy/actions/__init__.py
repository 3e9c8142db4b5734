"""Erasing a person, and carrying out what the rules of retention say."""

from incidents.privacy.actions.erase import erase, go_on
from incidents.privacy.actions.retain import retain

__all__ = ["erase", "go_on", "retain"]
