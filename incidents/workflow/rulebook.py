"""What administrators decided about types, workflows and priorities, read once and kept in the process.

Whoever changes any of it calls `renew`, which gives the one row of `Rulebook` a new mark; what is kept here is kept
under that mark. So nobody works with old rules, and asking costs one query of one row. Marks are random and never come
again: what was read in a transaction that is rolled back is never taken for what holds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import uuid4

from django.db.models import Subquery
from django.utils.translation import gettext

from accounts import kept
from incidents.workflow import priority as standard
from incidents.workflow.models import IncidentType, Matrix, Rulebook, Step, Transition, Workflow
from incidents.workflow.priority import Priority
from incidents.workflow.states import TRANSITIONS, Status

T = TypeVar("T")
MARKS_KEPT = 4
USUAL = "incident"
"""The type of whatever says nothing else."""


# What is decided ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A step of a workflow."""

    slug: str
    status: Status
    name: str = ""
    outside_name: str = ""
    position: int = 0
    is_default: bool = True

    @property
    def label(self) -> str:
        """For staff."""
        return self.name or str(self.status.label)

    @property
    def is_open(self) -> bool:
        return self.status not in {Status.RESOLVED, Status.CLOSED}


@dataclass(frozen=True)
class Way:
    """From one step to another: who may go it, what it asks for, what it does besides."""

    here: Place
    there: Place
    name: str = ""
    by_staff: bool = True
    by_requester: bool = False
    permission: str = ""
    needs_text: bool = False
    needs_fields: tuple[str, ...] = ()
    effects: tuple[Mapping[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """What the button says."""
        if self.name:
            return self.name
        usual = TRANSITIONS.get((self.here.status, self.there.status))
        leads_where_it_says = usual and self.there.is_default and not self.there.name
        return str(usual.name) if usual and leads_where_it_says else self.there.label


@dataclass(frozen=True)
class _Named:
    """Something under a name, which is told in the reader's language where every install has it."""

    slug: str
    name: str
    is_seeded: bool

    @property
    def label(self) -> str:
        return gettext(self.name) if self.is_seeded else self.name


@dataclass(frozen=True)
class Flow(_Named):
    """A workflow."""

    places: tuple[Place, ...]
    """In their order."""
    ways: tuple[Way, ...]
    is_retired: bool = False

    @cached_property
    def _by_slug(self) -> dict[str, Place]:
        return {place.slug: place for place in self.places}

    @cached_property
    def _ways(self) -> dict[tuple[str, str], Way]:
        return {(way.here.slug, way.there.slug): way for way in self.ways}

    @property
    def is_refined(self) -> bool:
        """Says more than statuses do: has several steps for one of them, or names of its own."""
        return any(place.name or not place.is_default for place in self.places)

    def place(self, slug: str) -> Place | None:
        return self._by_slug.get(slug)

    def default(self, status: str) -> Place | None:
        """Where a ticket stands of which nothing but the status is said; none where no step counts as that."""
        return next((one for one in self.places if one.is_default and one.status == status), None)

    def at(self, status: str, step: str = "") -> Place:
        """Where a ticket stands.

        A step that the workflow no longer has, or that counts as another status by now, is the status's default one; a
        status that it has no step for is a place of its own (see `ways_from`), so that no ticket is ever lost.
        """
        named = self._by_slug.get(step) if step else None
        if named and named.status == status:
            return named
        return self.default(status) or Place(status, Status(status))

    def of_status(self, status: str) -> list[Place]:
        return [place for place in self.places if place.status == status]

    def ways_from(self, place: Place) -> list[Way]:
        """What may follow, in the order of the steps. From where the workflow knows nothing, a way back into it."""
        if place.slug in self._by_slug:
            return [way for way in self.ways if way.here.slug == place.slug]
        back = self.default(Status.OPEN if place.is_open else Status.CLOSED)
        return [Way(place, back)] if back else []

    def way(self, here: Place, there: Place) -> Way | None:
        if here.slug in self._by_slug:
            return self._ways.get((here.slug, there.slug))
        return next((one for one in self.ways_from(here) if one.there == there), None)


@dataclass(frozen=True)
class PriorityMatrix(_Named):
    """Which priority follows from an impact and an urgency."""

    cells: Mapping[tuple[str, str], Priority]

    def of(self, impact: str, urgency: str) -> Priority:
        """A matrix has no gap; one that lost a cell all the same answers as the standard does."""
        return self.cells.get((impact, urgency)) or standard.of(impact, urgency)


@dataclass(frozen=True)
class TypeRules(_Named):
    """What kind of matter a ticket is, and how such a one is handled."""

    description: str
    nature: str
    flow: Flow
    matrix: PriorityMatrix
    set_by: str = ""
    tasks: tuple[str, ...] = ()
    review: str = IncidentType.Review.NEVER
    closes_by_itself: bool = True
    is_retired: bool = False

    @property
    def is_incident(self) -> bool:
        """Something is broken."""
        return self.nature == IncidentType.Nature.INCIDENT


@dataclass(frozen=True)
class Rules:
    """Everything at one mark."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    matrices: Mapping[str, PriorityMatrix] = field(default_factory=dict)
    kinds: Mapping[str, TypeRules] = field(default_factory=dict)


# Questions ------------------------------------------------------------------------------------------------------


def type(slug: str) -> TypeRules:
    """A ticket's type. What is not known (an import of long ago) is handled as an incident."""
    kinds = current().kinds
    return kinds.get(slug) or kinds[USUAL]


def types(*, even_retired: bool = False) -> list[TypeRules]:
    """In the order in which they are offered."""
    return [one for one in current().kinds.values() if even_retired or not one.is_retired]


def is_type(slug: str) -> bool:
    return slug in current().kinds


def priority(kind: str, impact: str, urgency: str) -> Priority:
    """By the matrix of this type."""
    return type(kind).matrix.of(impact, urgency)


def flow(kind: str) -> Flow:
    """The workflow of this type of ticket."""
    return type(kind).flow


def flows(*, even_retired: bool = False) -> list[Flow]:
    return [one for one in current().flows.values() if even_retired or not one.is_retired]


def standing(kind: str, status: str, step: str = "") -> Place:
    """Where a ticket of this type, status and step stands."""
    return flow(kind).at(status, step)


# Reading -----------------------------------------------------------------------------------------------------------


def current() -> Rules:
    """The rules that hold now."""
    pinned = _pinned.get()
    if pinned is None:
        return _at(_mark())
    if not pinned:
        pinned.append(_at(_mark()))
    return pinned[0]


@contextmanager
def asked_once() -> Iterator[None]:
    """Within, the mark is asked for only once: for a page, which reads a hundred names and changes nothing."""
    token = _pinned.set([])
    try:
        yield
    finally:
        _pinned.reset(token)


def mark() -> Subquery:
    """The mark as a column of another query, so that a page that reads a ticket anyway need not ask for it (`learn`)."""
    return Subquery(Rulebook.objects.filter(pk=1).values("mark"))


def learn(mark: str) -> None:
    """For the rest of this page the rules are those of this mark, which was read a moment ago."""
    pinned = _pinned.get()
    if pinned is not None and not pinned:
        pinned.append(_at(mark))


def renew() -> None:
    """Say that something of it was changed. To be called in the transaction of the change."""
    if (pinned := _pinned.get()) is not None:
        pinned.clear()
    Rulebook(mark=uuid4().hex).save()


_pinned: ContextVar[list[Rules] | None] = ContextVar("rules", default=None)
_read: dict[str, Rules] = {}


class Beside(Generic[T]):
    """Something else that every event asks for and that seldom changes, kept in the process under the same mark.

    Whoever changes it calls `renew` in the same transaction.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._kept: tuple[Rules, T] | None = None

    def current(self) -> T:
        rules, found = current(), self._kept
        if found is None or found[0] is not rules:
            found = self._kept = (rules, self._read())
        return found[1]  # not what another thread keeps by now, whose change may never be committed


def _mark() -> str:
    found = kept.rows("rulebook", lambda: Rulebook.objects.filter(pk=1).values_list("mark"))
    return str(found[0][0]) if found else ""


def _at(mark: str) -> Rules:
    found = _read.get(mark)
    if found is not None:
        return found
    while True:
        rules = _read_all()
        # Somebody may have changed something between two of the queries.
        if (after := _mark()) == mark:
            break
        mark = after
    if mark:
        if len(_read) >= MARKS_KEPT:
            _read.clear()
        _read[mark] = rules
    return rules


def _read_all() -> Rules:
    flows = _flows()
    matrices = {row.slug: _matrix(row) for row in Matrix.objects.all()}
    kinds = {
        row.slug: _type(row, flows[row.workflow.slug], matrices[row.matrix.slug])
        for row in IncidentType.objects.select_related("workflow", "matrix")
    }
    return Rules(flows, matrices, kinds)


def _flows() -> dict[str, Flow]:
    steps: dict[int, dict[int, Place]] = {}
    for row in Step.objects.order_by("workflow", "position", "pk"):
        steps.setdefault(row.workflow_id, {})[row.pk] = place_of(row)
    ways: dict[int, list[Way]] = {}
    for one in Transition.objects.order_by("workflow", "here__position", "there__position", "pk"):
        of_flow = steps[one.workflow_id]
        way = Way(
            of_flow[one.here_id], of_flow[one.there_id], one.name, one.by_staff, one.by_requester,
            one.permission, one.needs_text, tuple(one.needs_fields), tuple(one.effects),
        )  # fmt: skip
        ways.setdefault(one.workflow_id, []).append(way)
    return {
        row.slug: Flow(
            row.slug,
            row.name,
            row.is_seeded,
            tuple(steps.get(row.pk, {}).values()),
            tuple(ways.get(row.pk, ())),
            row.is_retired,
        )
        for row in Workflow.objects.all()
    }


def place_of(row: Step) -> Place:
    return Place(
        row.slug, Status(row.status), row.name, row.outside_name, row.position, row.is_default
    )


def _matrix(row: Matrix) -> PriorityMatrix:
    cells = {
        (impact, urgency): Priority(value)
        for impact, line in row.cells.items()
        for urgency, value in line.items()
    }
    return PriorityMatrix(row.slug, row.name, row.is_seeded, cells)


def _type(row: IncidentType, flow: Flow, matrix: PriorityMatrix) -> TypeRules:
    return TypeRules(
        row.slug, row.name, row.is_seeded, row.description, row.nature, flow, matrix, row.set_by,
        tuple(row.tasks), row.review, row.closes_by_itself, row.is_retired,
    )  # fmt: skip
