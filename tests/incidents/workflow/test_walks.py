"""On any sound workflow: whatever is tried, a ticket only goes ways that are there, and its log tells its row."""

from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import Refused
from incidents.tickets import actions, rebuild, ways
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.workflow import checks
from incidents.workflow.models import Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import OPEN_STATUSES, Status
from tests.incidents.workflow.flows import standard, with_steps, with_ways

MIDDLE = sorted(OPEN_STATUSES - {Status.NEW})

some_steps = st.lists(st.sampled_from([*MIDDLE, Status.RESOLVED]), max_size=4)
some_ways = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.booleans(), st.booleans()), max_size=14)  # fmt: skip
a_walk = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 11), st.integers(0, 1)), min_size=3, max_size=14)  # fmt: skip


def sound(statuses, wanted, dropped):
    """The standard workflow with more steps and ways and without some, as long as that holds together."""
    flow = with_steps(
        standard(),
        *(
            Place(f"+{n}", status, f"Step {n}", is_default=False)
            for n, status in enumerate(statuses)
        ),
    )
    hub, end = flow.at("open"), flow.at("closed")
    for place in flow.places[6:]:
        on = end if place.status == Status.RESOLVED else flow.at("resolved")
        out = Way(place, on, by_requester=on == end)
        flow = with_ways(flow, Way(hub, place), out)
    for here, there, text, tags in wanted:
        places = flow.places
        more = with_ways(
            flow,
            Way(
                places[here % len(places)], places[there % len(places)], needs_text=text,
                needs_fields=("tags",) if tags else (), effects=({"do": "tag", "tag": "went"},) if text else (),
            ),
        )  # fmt: skip
        flow = more if checks.is_sound(more) else flow
    for number in dropped:
        fewer = tuple(way for at, way in enumerate(flow.ways) if at != number % len(flow.ways))
        less = replace(flow, ways=fewer)
        flow = less if checks.is_sound(less) else flow
    return flow


def tried(verb, ticket, there, by):
    """One verb, whatever comes of it; whether it did something."""
    verbs = [
        lambda: actions.transition(ticket, to=there.slug, text="why", by=by),
        lambda: actions.transition(ticket, to=there.status, text="why", by=by),
        lambda: actions.resolve(ticket, "done", code="fixed", by=by),
        lambda: actions.reopen(ticket, "still broken", by=by),
        lambda: actions.confirm(ticket, by=by),
        lambda: actions.take(ticket, by=by),
        lambda: actions.reply(ticket, "words", by=by),
    ]
    try:
        verbs[verb]()
    except Refused:
        return False
    return True


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(statuses=some_steps, wanted=some_ways, dropped=st.lists(st.integers(0, 40), max_size=8), walk=a_walk)  # fmt: skip
@pytest.mark.django_db
def test_a_walk_never_leaves_the_workflow(make_ticket, requester, agent, admin, statuses, wanted, dropped, walk):  # fmt: skip
    with transaction.atomic():
        draft = sound(statuses, wanted, dropped)
        assert checks.faults(draft) == []
        shape_workflow(Workflow.objects.get(slug="standard"), draft, by=admin)
        take_a_walk(make_ticket(), walk, [agent, requester])
        transaction.set_rollback(True)


def take_a_walk(ticket, walk, people):
    flow = standard()
    for verb, choice, who in walk:
        by = people[who]
        ticket.refresh_from_db()
        here = ways.standing(ticket)
        may = {
            way.there.slug
            for way in ways.out_of(ticket)
            if ways.may_go(by, way, ticket) or way.by_requester
        }
        if not tried(verb, ticket, flow.places[choice % len(flow.places)], by):
            continue
        ticket.refresh_from_db()
        now = ways.standing(ticket)
        assert now.slug == here.slug or now.slug in may
        assert flow.place(now.slug) == now
        assert rebuild.compare(ticket, rebuild.rebuild(ticket)) == []
