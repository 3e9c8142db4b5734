"""For which tickets a policy is: fields and values, compared without the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = ("type", "priority", "category", "service", "team", "department")
"""What can be asked of a ticket. A category stands for all below it."""

Conditions = Mapping[str, frozenset[Any]]


@dataclass(frozen=True)
class Matter:
    """A ticket as policies see it."""

    type: str
    priority: int
    categories: frozenset[int]
    """Its category, all above it, and what those were merged into."""
    service: int | None
    team: int | None
    department: int | None


def read(stored: Mapping[str, Any]) -> dict[str, frozenset[Any]]:
    """Conditions as kept. A field without values asks nothing."""
    return {name: frozenset(stored[name]) for name in FIELDS if stored.get(name)}


def holds(conditions: Conditions, matter: Matter) -> bool:
    """Does every field have one of its values?"""
    for name, values in conditions.items():
        if name == "category":
            if values.isdisjoint(matter.categories):
                return False
        elif getattr(matter, name) not in values:
            return False
    return True
