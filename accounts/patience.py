"""How long to wait before something that failed is tried again."""

from datetime import timedelta

MOST_DOUBLINGS = 10
"""Far beyond any longest pause, and no number that time can't hold."""


def doubling(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """The pause after so many failures in a row, from one on: twice as long after each."""
    return min(first * 2 ** min(failures - 1, MOST_DOUBLINGS), longest)
