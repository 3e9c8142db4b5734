"""Finding tickets by where they stand in the workflow of their type: for lists, what `rulebook.standing` is for one."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from incidents.workflow import rulebook
from incidents.workflow.rulebook import USUAL, Flow, Place


def at(flow: Flow, places: Iterable[Place]) -> Q:
    """The tickets that stand at one of these steps of the workflow, open or not."""
    return of_types(flow) & reduce(or_, (_at(flow, place) for place in places))


def name_of(flow: Flow, place: Place) -> str:
    """A step as an address names it."""
    return f"{flow.slug}.{place.slug}"


def of_types(flow: Flow) -> Q:
    """The tickets that go through this workflow. Where all do, nothing is asked."""
    types = rulebook.types(even_retired=True)
    other = sorted(one.slug for one in types if one.flow.slug != flow.slug)
    if rulebook.flow(USUAL).slug == flow.slug:  # so do those whose type nobody knows any more
        return ~Q(type__in=other) if other else Q()
    return Q(type__in=sorted(one.slug for one in types if one.flow.slug == flow.slug))


def _at(flow: Flow, place: Place) -> Q:
    """A usual step has what stands at no other of its status, whatever is said of its step: see `Flow.at`."""
    here = Q(status=place.status.value)
    if not place.is_default:
        return here & Q(step=place.slug) & ~Q(step="")  # as the index says it
    others = [one.slug for one in flow.of_status(place.status) if one != place]
    return here & ~Q(step__in=others) if others else here
