"""What differs between two texts: line by line, and within changed lines word by word. Values in, values out.

`difflib` alone takes minutes for texts that repeat themselves. So lines that stand once in both texts are found first
and the rest is compared between those (“patience”); what is left over is compared exactly where that is cheap, and
otherwise called replaced. 200 KB against 200 KB takes a fraction of a second, whatever they say.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, pairwise, zip_longest

Span = tuple[int, int, int, int]
"""From and to in the one sequence, from and to in the other."""

EXACT = 40_000
"""Up to so many pairs of lines or words are compared each with each."""
ALIGNED = 900
"""So many pairs of changed lines are tried for which of them belong together; beyond, the first goes with the first."""
ALIKE = 0.35
"""Lines that share less than this part of their words are not the same line changed, but two lines."""
CONTEXT = 3
MOST_ROWS = 2_000
"""A page shows so many; what is beyond is only counted."""
WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Some characters of a line, marked where the other side has something else."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class Line:
    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Row:
    """One line of the one text beside its counterpart in the other; `left` alone was removed, `right` alone is new."""

    left: Line | None
    right: Line | None
    is_same: bool = False
    folded: int = 0
    """Stands for so many lines that are the same and are not shown."""
    contested: int = 0
    """Of the places where both sides changed the same lines, this is the how-manieth; 0: none of them."""

    @property
    def is_changed(self) -> bool:
        return bool(self.left and self.right) and not self.is_same


@dataclass(frozen=True)
class Comparison:
    rows: list[Row]
    added: int
    removed: int
    is_cut: bool = False
    """There are more rows than a page shows."""

    @property
    def is_same(self) -> bool:
        return not (self.added or self.removed)


def texts(old: str, new: str, *, whole: bool = False) -> Comparison:
    """Two texts; long runs of lines that are the same are folded unless the `whole` of them is asked for."""
    ours, theirs = old.splitlines(), new.splitlines()
    spans = list(_spans(ours, theirs))
    changed = [span for is_same, span in spans if not is_same]
    rows = list(islice(_rows(ours, theirs, spans, whole=whole), MOST_ROWS + 1))
    return Comparison(
        rows[:MOST_ROWS],
        added=sum(stop - begin for _start, _end, begin, stop in changed),
        removed=sum(end - start for start, end, _begin, _stop in changed),
        is_cut=len(rows) > MOST_ROWS,
    )


def words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two lines, each with what the other does not have marked."""
    ours, theirs = WORD.findall(old), WORD.findall(new)
    left: list[Piece] = []
    right: list[Piece] = []
    for is_same, (a, b, c, d) in _spans(ours, theirs):
        if b > a:
            left.append(Piece("".join(ours[a:b]), not is_same))
        if d > c:
            right.append(Piece("".join(theirs[c:d]), not is_same))
    return tuple(left), tuple(right)


def pairs(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places that are the same in both, ascending."""
    found: list[tuple[int, int]] = []
    waiting: list[Span] = [(0, len(a), 0, len(b))]
    while waiting:
        start, end, begin, stop = waiting.pop()
        while start < end and begin < stop and a[start] == b[begin]:
            found.append((start, begin))
            start, begin = start + 1, begin + 1
        while start < end and begin < stop and a[end - 1] == b[stop - 1]:
            end, stop = end - 1, stop - 1
            found.append((end, stop))
        if start == end or begin == stop:
            continue
        anchors = _anchors(a, b, (start, end, begin, stop))
        if anchors:
            found += anchors
            edges = [(start - 1, begin - 1), *anchors, (end, stop)]
            waiting += [
                (before[0] + 1, after[0], before[1] + 1, after[1])
                for before, after in pairwise(edges)
            ]
        elif (end - start) * (stop - begin) <= EXACT:
            exact = SequenceMatcher(None, a[start:end], b[begin:stop], autojunk=False)
            for block in exact.get_matching_blocks():
                found += [(start + block.a + n, begin + block.b + n) for n in range(block.size)]
    return sorted(found)


def _rows(
    ours: list[str], theirs: list[str], spans: list[tuple[bool, Span]], *, whole: bool
) -> Iterator[Row]:
    for is_same, (a, b, c, d) in spans:
        if not is_same:
            yield from _changed(ours, theirs, (a, b, c, d))
            continue
        head = b - a if whole else 0 if a == 0 else CONTEXT
        tail = 0 if whole or b == len(ours) else CONTEXT
        hidden = b - a - head - tail
        for n in range(b - a):
            if hidden < 2 or n < head or n >= head + hidden:
                yield Row(_plain(a + n, ours), _plain(c + n, theirs), is_same=True)
            elif n == head:
                yield Row(None, None, is_same=True, folded=hidden)


def _plain(number: int, lines: Sequence[str]) -> Line:
    return Line(number + 1, (Piece(lines[number]),))


def _changed(ours: list[str], theirs: list[str], span: Span) -> Iterator[Row]:
    for i, j in _aligned(ours, theirs, span):
        if i is None or j is None:
            yield Row(
                None if i is None else _plain(i, ours), None if j is None else _plain(j, theirs)
            )
            continue
        left, right = words(ours[i], theirs[j])
        yield Row(Line(i + 1, left), Line(j + 1, right))


def _aligned(
    ours: list[str], theirs: list[str], span: Span
) -> Iterator[tuple[int | None, int | None]]:
    """Which lines of a changed place belong together, in order; the others stand alone."""
    a, b, c, d = span
    if (b - a) * (d - c) > ALIGNED:
        yield from zip_longest(range(a, b), range(c, d))
        return
    bags = [Counter(WORD.findall(line)) for line in ours[a:b]]
    others = [Counter(WORD.findall(line)) for line in theirs[c:d]]
    best = [[0.0] * (len(others) + 1) for _line in range(len(bags) + 1)]
    share = [[_share(one, other) for other in others] for one in bags]
    for i in range(len(bags) - 1, -1, -1):
        for j in range(len(others) - 1, -1, -1):
            pair = share[i][j] + best[i + 1][j + 1] if share[i][j] >= ALIKE else 0.0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(bags) and j < len(others):
        if share[i][j] >= ALIKE and best[i][j] == share[i][j] + best[i + 1][j + 1]:
            yield a + i, c + j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield a + i, None
            i += 1
        else:
            yield None, c + j
            j += 1
    for rest in range(a + i, b):
        yield rest, None
    for rest in range(c + j, d):
        yield None, rest


def _share(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _spans(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[tuple[bool, Span]]:
    """Runs that are the same and runs that are not, in turn, covering both sequences."""
    at_a = at_b = 0
    run = 0
    for i, j in pairs(a, b):
        if run and (i != at_a + run or j != at_b + run):
            yield True, (at_a, at_a + run, at_b, at_b + run)
            at_a, at_b, run = at_a + run, at_b + run, 0
        if not run:
            if i > at_a or j > at_b:
                yield False, (at_a, i, at_b, j)
            at_a, at_b = i, j
        run += 1
    if run:
        yield True, (at_a, at_a + run, at_b, at_b + run)
        at_a, at_b = at_a + run, at_b + run
    if at_a < len(a) or at_b < len(b):
        yield False, (at_a, len(a), at_b, len(b))


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable], span: Span) -> list[tuple[int, int]]:
    """What stands once in both, as far as it stands in the same order: the longest such row of them."""
    start, end, begin, stop = span
    once_a = _once(a, start, end)
    once_b = _once(b, begin, stop)
    pairs = sorted((once_a[item], once_b[item]) for item in once_a.keys() & once_b.keys())
    tops: list[int] = []
    piles: list[int] = []
    below: list[int | None] = []
    for index, (_i, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        below.append(piles[pile - 1] if pile else None)
        if pile == len(tops):
            tops.append(j)
            piles.append(index)
        else:
            tops[pile], piles[pile] = j, index
    chain: list[tuple[int, int]] = []
    at = piles[-1] if piles else None
    while at is not None:
        chain.append(pairs[at])
        at = below[at]
    return chain[::-1]


def _once(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    counts = Counter(items[start:end])
    return {items[at]: at for at in range(start, end) if counts[items[at]] == 1}
