"""Erasing a person, and carrying out what the rules of retention say."""

from incidents.privacy.actions.erase import erase, go_on
from incidents.privacy.actions.retain import retain
from incidents.privacy.actions.rules import (
    add_rule,
    agree,
    change_rule,
    remove_rule,
    switch_rule,
)

__all__ = [
    "add_rule",
    "agree",
    "change_rule",
    "erase",
    "go_on",
    "remove_rule",
    "retain",
    "switch_rule",
]
