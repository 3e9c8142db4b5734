"""Whether a workflow holds together: every fault with the place where it is and what to do about it.

A workflow is asked before it is saved, as a whole. What is checked is what tickets need: a beginning, an end that staff
can reach from everywhere, and no step or way that nothing in the product could ever use.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.permissions import Permission
from incidents.workflow import effects
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import OPEN_STATUSES, Status

MOST_STEPS = 30
MOST_WAYS = 200
LONGEST_NAME = 40
LONGEST_OUTSIDE_NAME = 60
INDISPENSABLE = (Status.NEW, Status.OPEN, Status.RESOLVED, Status.CLOSED)


@dataclass(frozen=True)
class Fault:
    """`where` in words; `step` or `way` (its number from 0) names the row, if it is one's."""

    where: str
    words: str
    step: str = ""
    way: int = -1

    def __str__(self) -> str:
        return f"{self.where}: {self.words}" if self.where else self.words


def faults(flow: Flow) -> list[Fault]:
    """All of them, in the order of the page: the workflow, its steps, its ways; where they lead only once those are sound."""
    found = [*_whole(flow), *_steps(flow), *_ways(flow)]
    return found or [*_ends(flow)]


# The workflow -------------------------------------------------------------------------------------------------


def _whole(flow: Flow) -> Iterator[Fault]:
    if not flow.name.strip():
        yield Fault("", _("Give the workflow a name."))
    if len(flow.name) > LONGEST_OUTSIDE_NAME:
        yield Fault(
            "", _("Keep the name under %(most)d characters.") % {"most": LONGEST_OUTSIDE_NAME + 1}
        )
    if len(flow.places) > MOST_STEPS:
        yield Fault("", _("A workflow takes up to %(most)d steps.") % {"most": MOST_STEPS})
    if len(flow.ways) > MOST_WAYS:
        yield Fault("", _("A workflow takes up to %(most)d transitions.") % {"most": MOST_WAYS})
    for status in INDISPENSABLE:
        if not flow.of_status(status):
            yield Fault(
                "",
                _("There is no step that counts as “%(status)s”. Every workflow needs one.")
                % {"status": status.label},
            )
    for status in Status:
        here = flow.of_status(status)
        defaults = [place for place in here if place.is_default]
        if here and len(defaults) != 1:
            yield Fault(
                "",
                _("Choose one of the steps that count as “%(status)s” as the usual one.")
                % {"status": status.label},
            )


# Steps --------------------------------------------------------------------------------------------------------


def _steps(flow: Flow) -> Iterator[Fault]:
    names = Counter(place.label.strip().casefold() for place in flow.places)
    slugs = Counter(place.slug for place in flow.places)
    for place in flow.places:
        where = _("Step “%(name)s”") % {"name": place.label}
        if slugs[place.slug] > 1:
            yield Fault(where, _("It is there twice."), step=place.slug)
        if names[place.label.strip().casefold()] > 1:
            yield Fault(where, _("Another step has the same name."), step=place.slug)
        if len(place.name) > LONGEST_NAME:
            yield Fault(
                where,
                _("Keep its name under %(most)d characters.") % {"most": LONGEST_NAME + 1},
                step=place.slug,
            )
        if len(place.outside_name) > LONGEST_OUTSIDE_NAME:
            yield Fault(
                where,
                _("Keep its name for requesters under %(most)d characters.")
                % {"most": LONGEST_OUTSIDE_NAME + 1},
                step=place.slug,
            )


# Transitions ---------------------------------------------------------------------------------------------------


def _ways(flow: Flow) -> Iterator[Fault]:
    known = {place.slug for place in flow.places}
    pairs = Counter((way.here.slug, way.there.slug) for way in flow.ways)
    for number, way in enumerate(flow.ways):
        where = where_of(way)
        for words in _of_way(way, known, pairs):
            yield Fault(where, words, way=number)


def where_of(way: Way) -> str:
    return _("“%(here)s” to “%(there)s”") % {"here": way.here.label, "there": way.there.label}


def _of_way(way: Way, known: set[str], pairs: Counter[tuple[str, str]]) -> Iterator[str]:
    if {way.here.slug, way.there.slug} - known:
        yield _("One of the two steps is not there.")
        return
    if way.here.slug == way.there.slug:
        yield _("It leads to where it starts.")
    if pairs[way.here.slug, way.there.slug] > 1:
        yield _("It is there twice.")
    if len(way.name) > LONGEST_NAME:
        yield _("Keep the words of its button under %(most)d characters.") % {"most": LONGEST_NAME + 1}  # fmt: skip
    if way.permission and way.permission not in Permission.values:
        yield _("There is no permission “%(name)s”.") % {"name": way.permission}
    for need in way.needs_fields:
        if need not in Need.values:
            yield _("There is no field “%(name)s” to ask for.") % {"name": need}
    if len(way.effects) > effects.MOST:
        yield _("It can do up to %(most)d things besides.") % {"most": effects.MOST}
    for effect in way.effects:
        try:
            effects.checked(effect)
        except InvalidInput as refusal:
            yield refusal.message
    yield from _who(way)


def _who(way: Way) -> Iterator[str]:
    """Only what somebody can do somewhere: a way that nobody can ever go would promise something."""
    here, there = way.here.status, way.there.status
    if not (way.by_staff or way.by_requester):
        yield _("Nobody may go it: choose staff, the requester, or both.")
    if here == Status.CLOSED:
        yield _("What is closed stays closed; a new ticket is filed instead.")
        return
    if there == Status.CLOSED and here != Status.RESOLVED and way.by_staff:
        yield _("Staff resolve a ticket before it is closed. Only the requester closes it at once.")
    if there == Status.CLOSED and (way.needs_text or way.needs_fields):
        yield _("Closing has no form to ask with. Ask for reason and fields before it is resolved.")
    if way.by_requester and not _requester_can(here, there):
        yield _("Requesters can answer, confirm, reopen and withdraw. Choose staff here.")


def _requester_can(here: Status, there: Status) -> bool:
    if there == Status.CLOSED:
        return True
    if here == Status.RESOLVED:
        return there in OPEN_STATUSES
    return here == Status.WAITING_REQUESTER and there in OPEN_STATUSES


# Where they lead -----------------------------------------------------------------------------------------------


def _ends(flow: Flow) -> Iterator[Fault]:
    first = flow.default(Status.NEW)
    assert first is not None  # noqa: S101 (what comes before has seen to it)
    reached = _spread({first.slug}, flow.ways, forward=True)
    to_resolved = _to(flow, Status.RESOLVED, lambda way: way.by_staff)
    confirmed = {
        way.here.slug for way in flow.ways if way.by_requester and way.there.status == Status.CLOSED
    }
    for place in flow.places:
        where = _("Step “%(name)s”") % {"name": place.label}
        if place.slug not in reached:
            yield Fault(
                where,
                _("No way leads there from “%(first)s”.") % {"first": first.label},
                step=place.slug,
            )
        elif place.is_open and place.slug not in to_resolved:
            yield Fault(
                where,
                _("It is a dead end: staff can't bring a ticket from there to a resolved step."),
                step=place.slug,
            )
        elif place.status == Status.RESOLVED and place.slug not in confirmed:
            # By that way tickets close by themselves, too.
            yield Fault(
                where,
                _("It has no end: the requester needs a way from there right to a closed step."),
                step=place.slug,
            )


def _to(flow: Flow, status: Status, counts: Callable[[Way], bool]) -> set[str]:
    """Steps from which one of this status can be reached, by ways that count."""
    ends = {place.slug for place in flow.of_status(status)}
    return _spread(ends, [way for way in flow.ways if counts(way)], forward=False)


def _spread(start: set[str], ways: Iterable[Way], *, forward: bool) -> set[str]:
    onward: dict[str, list[str]] = {}
    for way in ways:
        here, there = way.here.slug, way.there.slug
        onward.setdefault(here if forward else there, []).append(there if forward else here)
    found, open_ends = set(start), list(start)
    while open_ends:
        for there in onward.get(open_ends.pop(), []):
            if there not in found:
                found.add(there)
                open_ends.append(there)
    return found


def is_sound(flow: Flow) -> bool:
    return not faults(flow)


def first_of(flow: Flow) -> Place | None:
    """Where new tickets stand."""
    return flow.default(Status.NEW)
