"""Workflows for tests, as a change to the standard one."""

from dataclasses import replace

from incidents.workflow import rulebook
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status


def standard() -> Flow:
    return rulebook.current().flows["standard"]


def with_steps(flow: Flow, *places: Place) -> Flow:
    return replace(flow, places=(*flow.places, *places))


def with_ways(flow: Flow, *ways: Way) -> Flow:
    return replace(flow, ways=(*flow.ways, *ways))


def without(flow: Flow, slug: str) -> Flow:
    """Without a step and everything that leads to it or away from it."""
    ways = (one for one in flow.ways if slug not in {one.here.slug, one.there.slug})
    return replace(
        flow, places=tuple(one for one in flow.places if one.slug != slug), ways=tuple(ways)
    )


def changed(flow: Flow, here: str, there: str, **fields) -> Flow:
    """With other rules for one transition."""
    ways = [
        replace(one, **fields) if (one.here.slug, one.there.slug) == (here, there) else one
        for one in flow.ways
    ]
    return replace(flow, ways=tuple(ways))


def in_test(flow: Flow) -> Flow:
    """Before it is resolved, somebody may test it; then it goes on or back."""
    test = Place("+1", Status.OPEN, "In test", "We are testing the fix", 2, is_default=False)
    flow = with_steps(flow, test)
    opened, resolved = flow.at("open"), flow.at("resolved")
    return with_ways(flow, Way(opened, test), Way(test, opened, "Back to work"), Way(test, resolved, needs_text=True))  # fmt: skip
