"""At which times a chain is a ticket's: in its own hours, and in none of those of the chains before it.

No database. Instants are whole seconds since 1970 in UTC, as calendars have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.sla.calendar import Hours

MOST_TURNS = 100
"""From one window's end to the next one's beginning; who waits for longer waits for what never comes."""


@dataclass(frozen=True)
class Window:
    """The hours of a calendar, or all time outside of them."""

    hours: Hours
    is_outside: bool = False

    def begins(self, at: int) -> int | None:
        """The first instant from this one on that lies in it."""
        return self.hours.shuts(at) if self.is_outside else self.hours.opens(at)

    def ends(self, at: int) -> int | None:
        """The first instant from this one on that does not."""
        return self.hours.opens(at) if self.is_outside else self.hours.shuts(at)


def first_instant(at: int, own: Window | None, before: Sequence[Window]) -> int | None:
    """The first from this one on that lies in `own` (without one: any) and in none of `before`; None if none comes."""
    for _turn in range(MOST_TURNS):
        begins = at if own is None else own.begins(at)
        if begins is None:
            return None
        ends = [one.ends(begins) for one in before if one.begins(begins) == begins]
        if not ends:
            return begins
        if ends[0] is None:
            return None
        at = ends[0]
    return None
