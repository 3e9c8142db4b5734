"""A week as bars: for each day where its hours begin and how long they are, in parts of a day."""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.sla.week import MIDNIGHT, day_names, show

WIDTH = 1000


@dataclass(frozen=True)
class Bar:
    x: int
    width: int


@dataclass(frozen=True)
class Day:
    name: str
    words: str
    bars: list[Bar]


def bars(week: Sequence[Sequence[Sequence[int]]]) -> list[Day]:
    return [
        Day(
            name,
            ", ".join(f"{show(start)}–{show(end)}" for start, end in intervals) or "–",
            [
                Bar(start * WIDTH // MIDNIGHT, (end - start) * WIDTH // MIDNIGHT)
                for start, end in intervals
            ],
        )
        for name, intervals in zip(day_names(), week, strict=True)
    ]


def days() -> list[str]:
    return day_names()
