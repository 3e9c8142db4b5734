"""Two texts that began as the same third one, made into one line by line: what only one side changed is taken over.

Where both changed the same lines, or lines that touch, nobody but a writer can say what is right: ours stays, and the
place is named. It costs two comparisons by lines, see `compare` for what bounds those. Values in, values out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge import compare


@dataclass(frozen=True)
class Merged:
    text: str
    contested: tuple[compare.Span, ...] = ()
    """Where both sides say something else than before: from and to in their lines, from and to in ours."""


def merge(base: str, ours: str, theirs: str) -> Merged:
    before, mine, other = _lines(base), _lines(ours), _lines(theirs)
    text: list[str] = []
    contested: list[compare.Span] = []
    for (a, b), (c, d), (e, f) in _places(before, mine, other):
        if mine[c:d] == before[a:b]:
            text += other[e:f]
            continue
        text += mine[c:d]
        if other[e:f] not in (before[a:b], mine[c:d]):
            contested.append((e, f, c, d))
    return Merged("".join(text).rstrip("\n"), tuple(contested))


def _lines(text: str) -> list[str]:
    """With their ends, so that they are put together as they were; the last has one as well."""
    return f"{text}\n".splitlines(keepends=True)


Part = tuple[int, int]


def _places(
    before: Sequence[str], mine: Sequence[str], other: Sequence[str]
) -> Iterator[tuple[Part, Part, Part]]:
    """Runs of lines of all three in turn: each line that stands in all of them, and what lies between two of those."""
    in_mine = dict(compare.pairs(before, mine))
    in_other = dict(compare.pairs(before, other))
    shared = [(n, in_mine[n], in_other[n]) for n in sorted(in_mine.keys() & in_other.keys())]
    ends = (len(before), len(mine), len(other))
    for (a, c, e), (b, d, f) in pairwise([(-1, -1, -1), *shared, ends]):
        yield (a + 1, b), (c + 1, d), (e + 1, f)
        yield (b, b + 1), (d, d + 1), (f, f + 1)
