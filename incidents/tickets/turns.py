"""Whose turn it is. Values in, value out; people by their keys."""

from collections.abc import Collection, Mapping


def in_turn(people: Collection[int], last: int | None) -> int | None:
    """The next one after `last`, round and round by key."""
    order = _from(people, last)
    return order[0] if order else None


def by_load(people: Collection[int], load: Mapping[int, int], last: int | None) -> int | None:
    """Whoever has least; among equals the next one in turn."""
    order = _from(people, last)
    return min(order, key=lambda person: load.get(person, 0)) if order else None


def _from(people: Collection[int], last: int | None) -> list[int]:
    """All of them, beginning behind `last`, who need not be among them any more."""
    return sorted(people, key=lambda person: (last is not None and person <= last, person))
