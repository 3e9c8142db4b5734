"""A workflow as a picture: where its steps and arrows stand. Drawn by `templates/admin/workflows/_picture.svg`.

Steps stand in columns by what they count as. Arrows run in gutters between the columns, each on a track of its own,
and never behind a step, so that a dozen steps can still be read: those that skip a column go above all, those that
lead back go below. What leads both ways is one line with two heads.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from textwrap import wrap

from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

COLUMNS: dict[Status, int] = {
    Status.NEW: 0,
    Status.OPEN: 1,
    Status.WAITING_REQUESTER: 2,
    Status.WAITING_OTHER: 2,
    Status.RESOLVED: 3,
    Status.CLOSED: 4,
}
WIDTH, LEAST_HEIGHT, PORT = 148, 46, 12
GAP, TRACK, MARGIN, EDGE = 26, 11, 16, 8
CORNER = 5
LINE_OF_TEXT = 19
"""Characters that fit into a box."""


@dataclass
class Box:
    """A step."""

    place: Place
    column: int
    x: float = 0
    y: float = 0
    height: float = LEAST_HEIGHT
    lines: list[tuple[float, str]] = field(default_factory=list)
    ports: dict[str, list["Arrow"]] = field(default_factory=lambda: defaultdict(list))

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def text_x(self) -> float:
        return self.x + WIDTH / 2

    def side(self, side: str) -> float:
        return self.x if side == "left" else self.x + WIDTH

    def port(self, side: str, arrow: "Arrow") -> float:
        """Where on this side the arrow begins or ends."""
        ports = self.ports[side]
        first = self.middle - (len(ports) - 1) * PORT / 2
        return first + ports.index(arrow) * PORT


@dataclass(eq=False)
class Arrow:
    """One way, or two that lead there and back."""

    here: Box
    there: Box
    ways: list[Way]
    path: str = ""
    out_side: str = "right"
    in_side: str = "left"
    tracks: dict[int, int] = field(default_factory=dict)
    level: int = -1
    """Which track above or below, where it needs one."""

    @property
    def is_both_ways(self) -> bool:
        return len(self.ways) > 1

    @property
    def is_by_requester_only(self) -> bool:
        return not any(way.by_staff for way in self.ways)

    @property
    def is_back(self) -> bool:
        return self.there.column < self.here.column

    @property
    def is_long(self) -> bool:
        """Goes past a column that lies between."""
        return abs(self.there.column - self.here.column) > 1

    @property
    def title(self) -> str:
        return "; ".join(f"{way.here.label} → {way.there.label}: {way.label}" for way in self.ways)

    @property
    def gutters(self) -> list[int]:
        """Those in which it runs up or down. A gutter is named for the column before it."""
        here, there = self.here.column, self.there.column
        if self.is_back:
            return [here - 1] if not self.is_long else [here - 1, there]
        if here == there:
            return [here]
        return [here] if not self.is_long else [here, there - 1]


@dataclass
class Picture:
    boxes: list[Box]
    arrows: list[Arrow]
    width: float = 0
    height: float = 0


def draw(flow: Flow) -> Picture:
    boxes = {place.slug: Box(place, COLUMNS[place.status]) for place in flow.places}
    picture = Picture(list(boxes.values()), _arrows(flow.ways, boxes))
    _number_tracks(picture)
    _put_ports(picture)
    _place(picture)
    for arrow in picture.arrows:
        arrow.path = _path(arrow, picture)
    return picture


def _arrows(ways: Iterable[Way], boxes: dict[str, Box]) -> list[Arrow]:
    """Ways there and back are one arrow where both are gone by the same people."""
    found: dict[tuple[str, str], Arrow] = {}
    for way in ways:
        if not {way.here.slug, way.there.slug} <= boxes.keys() or way.here.slug == way.there.slug:
            continue
        back = found.get((way.there.slug, way.here.slug))
        if back and not back.is_both_ways and back.ways[0].by_staff == way.by_staff:
            back.ways.append(way)
            continue
        arrow = Arrow(boxes[way.here.slug], boxes[way.there.slug], [way])
        if arrow.is_back:
            arrow.out_side, arrow.in_side = "left", "right"
        elif arrow.here.column == arrow.there.column:
            arrow.in_side = "right"
        found[way.here.slug, way.there.slug] = arrow
    return list(found.values())


def _number_tracks(picture: Picture) -> None:
    """Each arrow gets a track in every gutter that it uses, and the long ones one above or below."""
    used: dict[int, int] = defaultdict(int)
    above = below = 0
    for arrow in sorted(
        picture.arrows, key=lambda one: (one.is_long, abs(one.there.column - one.here.column))
    ):
        for gutter in arrow.gutters:
            arrow.tracks[gutter] = used[gutter]
            used[gutter] += 1
        if arrow.is_long and (arrow.is_back or arrow.is_by_requester_only):
            arrow.level, below = below, below + 1
        elif arrow.is_long:
            arrow.level, above = above, above + 1
    picture.arrows.sort(key=lambda one: one.is_by_requester_only)


def _put_ports(picture: Picture) -> None:
    for arrow in picture.arrows:
        arrow.here.ports[arrow.out_side].append(arrow)
        arrow.there.ports[arrow.in_side].append(arrow)
    for box in picture.boxes:
        most = max((len(ports) for ports in box.ports.values()), default=0)
        box.height = max(LEAST_HEIGHT, most * PORT + 12)


def _goes_below(arrow: Arrow) -> bool:
    return arrow.is_long and (arrow.is_back or arrow.is_by_requester_only)


def _place(picture: Picture) -> None:
    gutters: dict[int, int] = defaultdict(int)
    for arrow in picture.arrows:
        for gutter in arrow.gutters:
            gutters[gutter] += 1
    above = sum(1 for one in picture.arrows if one.is_long and not _goes_below(one))
    below = sum(1 for one in picture.arrows if _goes_below(one))
    top = EDGE + above * TRACK + MARGIN
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in picture.boxes:
        columns[box.column].append(box)
    heights = {
        number: sum(box.height for box in boxes) + GAP * (len(boxes) - 1)
        for number, boxes in columns.items()
    }
    tallest = max(heights.values(), default=0)
    x: float = EDGE
    for number in range(len(set(COLUMNS.values()))):
        y = top + (tallest - heights.get(number, 0)) / 2
        for box in columns[number]:
            box.x, box.y = x, y
            y += box.height + GAP
            _write(box)
        x += WIDTH + 2 * MARGIN + max(gutters[number] - 1, 0) * TRACK
    picture.width = x - 2 * MARGIN + EDGE + (MARGIN + gutters[4] * TRACK if gutters[4] else 0)
    picture.height = top + tallest + MARGIN + below * TRACK + EDGE
    for box in picture.boxes:
        for side, ports in box.ports.items():
            ports.sort(key=lambda one, box=box, side=side: _order(one, box, picture))  # type: ignore[misc]


def _order(arrow: Arrow, box: Box, picture: Picture) -> float:
    """Ports in the order of where their arrows come from or go to, so that few of them cross."""
    if arrow.is_long:
        return picture.height if _goes_below(arrow) else 0
    other = arrow.there if arrow.here is box else arrow.here
    return other.middle


def _write(box: Box) -> None:
    lines = wrap(box.place.label, LINE_OF_TEXT)[:2] or [""]
    if len(wrap(box.place.label, LINE_OF_TEXT)) > 2:
        lines[1] = f"{lines[1][: LINE_OF_TEXT - 1]}…"
    first = box.middle + 4.5 - (len(lines) - 1) * 8
    box.lines = [(first + number * 16, line) for number, line in enumerate(lines)]


def _path(arrow: Arrow, picture: Picture) -> str:
    here, there = arrow.here, arrow.there
    start = (here.side(arrow.out_side), here.port(arrow.out_side, arrow))
    end = (there.side(arrow.in_side), there.port(arrow.in_side, arrow))
    tracks = [_track(arrow, gutter, picture) for gutter in arrow.gutters]
    points = [start, (tracks[0], start[1])]
    if arrow.is_long:
        level = _level(arrow, picture)
        points += [(tracks[0], level), (tracks[1], level)]
    points += [(tracks[-1], end[1]), end]
    return _rounded(points)


def _track(arrow: Arrow, gutter: int, picture: Picture) -> float:
    left = next((box.x for box in picture.boxes if box.column == gutter), None)
    if left is None:  # a column without a step: its gutter lies where it would end
        before = max((box.x + WIDTH for box in picture.boxes if box.column < gutter), default=EDGE)
        return before + MARGIN + arrow.tracks[gutter] * TRACK
    return left + WIDTH + MARGIN + arrow.tracks[gutter] * TRACK


def _level(arrow: Arrow, picture: Picture) -> float:
    if _goes_below(arrow):
        return picture.height - EDGE - arrow.level * TRACK
    return EDGE + arrow.level * TRACK


def _rounded(points: list[tuple[float, float]]) -> str:
    """A line through these points, with its corners rounded off."""
    said = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _short_of(at, before), _short_of(at, after)
        said.append(f"L{near[0]:g} {near[1]:g}Q{at[0]:g} {at[1]:g} {far[0]:g} {far[1]:g}")
    said.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(said)


def _short_of(at: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    dx, dy = other[0] - at[0], other[1] - at[1]
    length = abs(dx) + abs(dy)
    share = min(CORNER, length / 2) / length if length else 0
    return at[0] + dx * share, at[1] + dy * share
