"""A board as an address asks for it: lanes, rows, the cards in them, counts and limits.

Every lane is one query for as many cards as it shows, whatever stands behind them. What a page shows is told by a
short sum of each cell, so that a page with hundreds of cards asks for news with an address of ordinary length.
"""

import zlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import formats
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk import due
from incidents.desk.board import cards
from incidents.desk.board.axes import AXES, NONE, Axis, ByStatus, ByStep, Lane, shared_flow
from incidents.desk.board.scope import ALL, PLACES, Scope, choices, scope_of, unfolded, view_of
from incidents.desk.came_from import CameFrom
from incidents.desk.filters import Chip, UnknownFilter, flow_named
from incidents.desk.listings import narrowed
from incidents.desk.models import LaneLimit
from incidents.desk.sidebar import Sidebar, capped
from incidents.tickets.models import COUNT_CAP, TicketQuerySet
from incidents.workflow.rulebook import Flow

STATUS = ByStatus.name
STEP = ByStep.name
SIZE = 50
MOST = 200
"""More cards in one lane help nobody; the list has the rest."""
AXIS_LABELS = {
    NONE: gettext_lazy("None"),
    STATUS: gettext_lazy("Status"),
    STEP: gettext_lazy("Step of the workflow"),
    "priority": gettext_lazy("Priority"),
    "assignee": gettext_lazy("Assignee"),
    "team": gettext_lazy("Team"),
}
OWN = ("of", "view", "lanes", "rows", "upto")
"""What an address says of the board itself; the rest are filters."""


@dataclass(frozen=True)
class Head:
    """The head of a lane, and its foot. `limit` is 0 where there is none."""

    lane: Lane
    shown: int
    count: str
    limit: int = 0
    more: str = ""
    is_cut: bool = False

    @property
    def key(self) -> str:
        return self.lane.key

    @property
    def is_over(self) -> bool:
        return bool(self.limit) and self.shown > self.limit


@dataclass(frozen=True)
class Cell:
    lane: Lane
    row: Lane
    cards: list[cards.Card]

    @property
    def key(self) -> str:
        return f"{self.row.key}-{self.lane.key}"

    @property
    def sum(self) -> str:
        return _sum([(card.number, card.version) for card in self.cards])


@dataclass(frozen=True)
class Row:
    lane: Lane
    cells: list[Cell]
    is_cut: bool

    @property
    def key(self) -> str:
        return self.lane.key

    @property
    def count(self) -> str:
        cards = sum(len(cell.cards) for cell in self.cells)
        return f"{cards}+" if self.is_cut else str(cards)


class Board:
    """One board for one reader.

    Raises:
        UnknownFilter: the address asks for filters, lanes or rows that are not known.
        ViewGone: for a saved view that this person may not use.
    """

    def __init__(self, asked: QueryDict, user: User) -> None:
        self.user = user
        self.sidebar = Sidebar(user)
        self.view = view_of(asked, user)
        whole = unfolded(asked, self.view, user, self.sidebar)
        self.narrowed = narrowed(whole, user, also=[*OWN, "seen"])
        self.scope: Scope = scope_of(self.asked, user, self.sidebar)
        if whole.get("of", ALL) != ALL:
            raise UnknownFilter([_("Tickets")], self.narrowed.address())
        self.lanes = self._axis(whole.get("lanes") or STATUS)
        rows = self._axis(whole.get("rows") or NONE)
        self.rows = self._axis(NONE) if rows.name == self.lanes.name else rows
        self.upto = self._lengths([words for words in whole.getlist("upto") if words])
        self._own = {n: whole.getlist(n) for n in OWN if whole.get(n) and n != "of"}

    @property
    def asked(self) -> dict[str, list[str]]:
        """Filters that are on."""
        return self.narrowed.filter.asked

    def axis(self, name: str) -> Axis:
        """Lanes or rows of this name, or an axis beside them: cards are assigned on any board."""
        for one in (self.lanes, self.rows):
            if one.name == name:
                return one
        return self._axis(name)

    def _axis(self, name: str) -> Axis:
        if name not in {NONE, STEP, *AXES}:
            raise UnknownFilter([_("Lanes")], self.narrowed.address())
        if name == STEP:
            # A workflow more, and there are no lanes of all any more: an address from before shows statuses then.
            flow = self.flow
            return ByStep(self.user, self.scope.team, flow) if flow else self._axis(STATUS)
        return AXES.get(name, Axis)(self.user, self.scope.team)

    @cached_property
    def flow(self) -> Flow | None:
        """The workflow that every ticket of this board has, where that has more to tell than statuses."""
        steps = self.asked.get("step", ())
        return shared_flow(self.asked.get("type", ()), {flow_named(step) for step in steps})

    def _lengths(self, asked: list[str]) -> dict[str, int]:
        """How many cards lanes show that show more than usual."""
        found: dict[str, int] = {}
        for words in asked:
            key, _colon, length = words.rpartition(":")
            steps = {str(n): n for n in range(SIZE, MOST + 1, SIZE)}
            if length not in steps or all(lane.key != key for lane in self.lanes.lanes):
                raise UnknownFilter([_("the length of a lane")], self.narrowed.address())
            found[key] = steps[length]
        return found

    # Cards -------------------------------------------------------------------------------------------

    @cached_property
    def _found(self) -> dict[str, list[dict[str, Any]]]:
        """Values of each lane's first cards, and of one more where there are more."""
        return {
            lane.key: list(
                cards.values(self._of(lane)).order_by(*lane.order)[: self._length(lane) + 1]
            )
            for lane in self.lanes.lanes
        }

    def _of(self, lane: Lane) -> TicketQuerySet:
        return self.lanes.narrow(self._tickets, lane.key)

    @cached_property
    def _tickets(self) -> TicketQuerySet:
        """Those that fit the filters, open or not: each lane says that for itself."""
        found: TicketQuerySet = self.narrowed.filter.qs
        return found

    def _length(self, lane: Lane) -> int:
        return self.upto.get(lane.key, SIZE)

    def _is_cut(self, lane: Lane) -> bool:
        return len(self._found[lane.key]) > self._length(lane)

    @cached_property
    def shown_rows(self) -> list[Row]:
        printer = cards.Printer(
            self.user,
            self.lanes,
            self.rows,
            query=self.query(),
            came_from=self.came_from.address,
            shows_team=not self.scope.team and "team" not in {self.lanes.name, self.rows.name},
        )
        placed: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for lane in self.lanes.lanes:
            for one in self._found[lane.key][: self._length(lane)]:
                placed[self.rows.key_of(one), lane.key].append(one)
        printer.standing = due.standing(one for ones in placed.values() for one in ones)
        is_cut = any(self._is_cut(lane) for lane in self.lanes.lanes)
        return [
            Row(
                row,
                [Cell(lane, row, printer.cards(placed[row.key, lane.key])) for lane in self.lanes.lanes],
                is_cut,
            )
            for row in self.rows.lanes
        ]  # fmt: skip

    # Counts and limits -----------------------------------------------------------------------------------

    @cached_property
    def heads(self) -> list[Head]:
        counts, limits = self._counts, self.limits
        return [
            Head(
                lane,
                counts[lane.key],
                formats.capped(counts[lane.key], COUNT_CAP),
                limits.get(lane.key, 0),
                self._longer(lane),
                self._is_cut(lane),
            )
            for lane in self.lanes.lanes
        ]

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Cards of each lane up to the cap; those that are not all on the screen are counted, in one query."""
        counts = {key: len(found) for key, found in self._found.items()}
        cut = [lane for lane in self.lanes.lanes if self._is_cut(lane)]
        if cut:
            me = User.objects.filter(pk=self.user.pk).order_by()
            many = me.values_list(*[capped(self._of(lane)) for lane in cut]).get()
            counts.update(zip((lane.key for lane in cut), many, strict=True))
        return counts

    @cached_property
    def limits(self) -> dict[str, int]:
        """By lane, of a team's whole board: a narrowed one has none, since its lanes are not the whole lanes."""
        if self.scope.team is None or set(self.asked) != {"team"}:
            return {}
        rows = LaneLimit.objects.filter(team=self.scope.team, lanes=self.lanes.name)
        return dict(rows.values_list("lane", "most"))

    @property
    def can_set_limits(self) -> bool:
        team = self.scope.team
        return team is not None and self.user.permits.allows(Permission.TEAM_LEAD, team)

    def _longer(self, lane: Lane) -> str:
        if not self._is_cut(lane) or self._length(lane) >= MOST:
            return ""
        longer = {**self.upto, lane.key: self._length(lane) + SIZE}
        return self.query(upto=[f"{key}:{length}" for key, length in longer.items()])

    # What the page shows, in short ------------------------------------------------------------------------

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.shown_rows for cell in row.cells]

    @cached_property
    def seen(self) -> str:
        """What the page shows: its shape, its heads, and each cell, in short."""
        heads = [(head.count, head.limit, head.more) for head in self.heads]
        return ".".join([self.shape, _sum(heads), *(cell.sum for cell in self.cells)])

    @property
    def shape(self) -> str:
        return _sum([cell.key for cell in self.cells])

    def changed_since(self, seen: str) -> list[Cell] | None:
        """Cells that are not as they were seen; None where the board has another shape since."""
        shape, *sums = seen.split(".")
        before = sums[1:]
        if shape != self.shape or len(before) != len(self.cells):
            return None
        return [cell for cell, was in zip(self.cells, before, strict=True) if cell.sum != was]

    # Addresses and choices ------------------------------------------------------------------------------------

    def query(self, leave_out: str | None = None, upto: list[str] | None = None) -> str:
        """The query string of this board; without one filter, or with other lengths of lanes."""
        said = QueryDict(mutable=True)
        own = {**self._own, "upto": upto} if upto is not None else self._own
        for name, values in own.items():
            if values:
                said.setlist(name, values)
        asked = self.narrowed.address(leave_out=leave_out or "")
        if self.view is None or asked != self.view.query:
            said.update(QueryDict(asked))
            if self.view is not None:
                said["changed"] = "1"
        if not asked and self.view is None:
            said["of"] = ALL
        return said.urlencode()

    @property
    def here(self) -> str:
        return f"{reverse('desk:board')}?{self.query()}"

    @property
    def triggers(self) -> str:
        """What makes the page ask for news, as htmx reads it."""
        names = [f"live:{topic}" for topic in self.scope.topics]
        return ", ".join(f"{name} from:body" for name in [*names, "live:poll", "board-again"])

    @property
    def state(self) -> list[tuple[str, str]]:
        """The address as pairs, for forms."""
        pairs = QueryDict(self.query())
        return [(name, value) for name, values in pairs.lists() for value in values]

    @property
    def list_url(self) -> str:
        """The same tickets as a list, narrowed alike."""
        query = self.narrowed.address(leave_out=self.scope.fixed)
        return f"{self.scope.list_url}{'?' if query else ''}{query}"

    @property
    def came_from(self) -> CameFrom:
        """The same list, for whoever opens a card and goes on from ticket to ticket."""
        place = PLACES.get(self.scope.key, f"queue:{self.scope.key}")
        return CameFrom(place, self.narrowed.address(leave_out=self.scope.fixed))

    @property
    def chips(self) -> list[Chip]:
        """Filters that are on, but the one that the head of the board shows."""
        board = reverse("desk:board")
        chips = self.narrowed.chips(lambda name: f"{board}?{self.query(leave_out=name)}")
        return [chip for chip in chips if self.view or chip.name != self.scope.fixed]

    @property
    def filters_query(self) -> str:
        """What the menu of filters is asked; without a script its page leads back to a plain board."""
        own = urlencode({"next": reverse("desk:board")})
        return "&".join(part for part in (self.narrowed.address(), own) if part)

    @property
    def scopes(self) -> list[tuple[str, str, str]]:
        kept = {"lanes": self.lanes.name, "rows": self.rows.name}
        usual = {"lanes": STATUS, "rows": NONE}
        return choices(self.sidebar, {k: v for k, v in kept.items() if v != usual[k]})

    @property
    def axes(self) -> list[tuple[str, str]]:
        """What lanes can be: a team's board has no lanes by team."""
        names = [name for name in AXES if name != "team" or not self.scope.team]
        if self.flow:
            names.insert(1, STEP)
        return [(name, str(AXIS_LABELS[name])) for name in names]

    @property
    def row_axes(self) -> list[tuple[str, str]]:
        rows = [pair for pair in self.axes if pair[0] not in {STATUS, STEP, self.lanes.name}]
        return [(NONE, str(AXIS_LABELS[NONE])), *rows]

    @property
    def title(self) -> str:
        return self.view.name if self.view else _("Board")


def _sum(what: object) -> str:
    return f"{zlib.crc32(repr(what).encode()):x}"
