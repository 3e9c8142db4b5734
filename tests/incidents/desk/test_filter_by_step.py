"""Lists are narrowed by the steps of workflows, not only by the six statuses that these count as."""

import re
from dataclasses import replace

import pytest
from django.http import QueryDict

from incidents.desk import saved
from incidents.desk.filters import UnknownFilter
from incidents.desk.listings import narrowed
from incidents.desk.models import SavedView
from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow, standing_at
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow
from incidents.workflow.models import IncidentType, Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body
from tests.incidents.workflow.flows import in_test, standard, with_steps, with_ways, without

ALL = "/desk/all/"


def found(query, user):
    return set(narrowed(QueryDict(query), user).tickets.values_list("number", flat=True))


@pytest.fixture
def shape(admin):
    def make(flow):
        return shape_workflow(Workflow.objects.get(slug=flow.slug), flow, by=admin)

    return make


@pytest.fixture
def testing(shape, taken, agent):
    """A ticket that stands at a step beside the usual one of its status."""
    shape(in_test(standard()))
    return actions.transition(taken, to="in-test", by=agent)


@pytest.fixture
def other_flow(admin, testing):
    """Requests go through a workflow of their own, which has a step of the same name."""
    other = add_workflow("Orders", like=standard(), by=admin)
    IncidentType.objects.filter(slug="request").update(workflow=other)
    rulebook.renew()
    return other


def test_those_that_stand_there_and_no_others(agent, testing, make_ticket):
    working = actions.take(make_ticket(), by=agent)
    make_ticket()

    assert found("step=standard.in-test", agent) == {testing.number}
    assert found("step=standard.open", agent) == {working.number}
    assert found("status=open", agent) == {testing.number, working.number}
    assert found("step=standard.in-test&step=standard.open", agent) == found("status=open", agent)


def test_a_status_and_a_step_narrow_together(agent, testing):
    assert found("step=standard.in-test&status=open", agent) == {testing.number}
    assert found("step=standard.in-test&status=new", agent) == set()


def test_steps_of_what_is_settled_need_no_word_on_the_status(agent, shape, resolved, make_ticket):
    verified = Place("+1", Status.RESOLVED, "Verified", position=9, is_default=False)
    flow = with_steps(standard(), verified)
    there, closed = flow.at("resolved"), flow.at("closed")
    shape(with_ways(flow, Way(there, verified), Way(verified, closed, by_requester=True)))
    actions.transition(resolved, to="verified", by=agent)
    make_ticket()

    now = narrowed(QueryDict("step=standard.verified"), agent)
    assert set(now.tickets) == {resolved}
    assert (now.filter.is_settled_only, now.filter.is_open_only, now.order.name) == (
        True,
        False,
        "-updated",
    )
    assert found("step=standard.resolved", agent) == set()
    both = narrowed(QueryDict("step=standard.verified&step=standard.new"), agent)
    assert (both.filter.is_settled_only, both.filter.is_open_only) == (False, False)


def test_a_step_of_one_workflow_is_none_of_another(agent, testing, other_flow, make_ticket):
    ordered = actions.take(make_ticket(type="request"), by=agent)
    actions.transition(ordered, to="in-test", by=agent)

    assert found("step=standard.in-test", agent) == {testing.number}
    assert found("step=orders.in-test", agent) == {ordered.number}
    assert found("step=orders.in-test&step=standard.in-test", agent) == {
        ordered.number,
        testing.number,
    }


def test_every_ticket_stands_at_exactly_one_step(agent, testing, other_flow, make_ticket):
    """Also one that the workflow has no step for by now, and one of a type that is no longer known."""
    lost, strange = make_ticket(), make_ticket()
    Ticket.objects.filter(pk=lost.pk).update(step="long-gone")
    Ticket.objects.filter(pk=strange.pk).update(type="old-tool")

    for ticket in Ticket.objects.all():
        standing = [
            (flow.slug, place.slug)
            for flow in rulebook.flows()
            for place in flow.places
            if ticket in standing_at(flow, place)
        ]
        place = rulebook.standing(ticket.type, ticket.status, ticket.step)
        assert standing == [(rulebook.flow(ticket.type).slug, place.slug)]
        assert found(f"step={standing[0][0]}.{place.slug}", agent) >= {ticket.number}


@pytest.mark.parametrize(
    "value",
    ["in-test", "standard", "standard.", ".open", "standard.moon", "moon.open", "standard.open.x", "standard__open", "'", "standard.open' OR '1'='1"],
)  # fmt: skip
def test_what_is_no_step_is_refused(desk, testing, value):
    response = desk.get(ALL, {"step": value})

    assert response.status_code == 400
    assert "Step" in body(response)


def test_a_step_that_was_removed_is_refused_and_the_rest_still_offered(agent, shape, testing):
    actions.transition(testing, to="open", by=agent)
    shape(without(standard(), "in-test"))

    with pytest.raises(UnknownFilter) as refused:
        narrowed(QueryDict("step=standard.in-test&priority=1"), agent)
    assert refused.value.understood == "priority=1"


def test_the_chip_names_step_and_workflow_and_takes_it_off(desk, testing):
    page = desk.get(f"{ALL}?step=standard.in-test&priority=4")

    chip = next(chip for chip in page.context["chips"] if chip.name == "step")
    assert (chip.key, chip.value) == ("Step", "In test (Standard)")
    assert chip.without == f"{ALL}?priority=4"
    assert "In test" in str(page.context["rows"][0].status)


def test_the_menu_groups_them_by_workflow_where_they_say_more_than_statuses(
    htmx, shape, testing, other_flow, admin
):
    add_workflow("Plain", like=without(without(standard(), "in-test"), "waiting_other"), by=admin)
    page = body(htmx.get("/desk/filters/?step=orders.in-test"))

    groups = re.findall(r'role="group" aria-label="([^"]+)"', page)
    assert groups == ["Standard", "Orders"]
    assert 'value="orders.in-test" id="f-step-orders.in-test" checked' in page
    assert 'value="standard.in-test" id="f-step-standard.in-test" >' in page


def test_where_workflows_say_no_more_than_statuses_there_is_no_such_filter(htmx, ticket):
    page = body(htmx.get("/desk/filters/"))
    assert 'name="step"' not in page
    assert 'value="standard.new"' in body(htmx.get("/desk/filters/?step=standard.new"))


def test_a_saved_view_keeps_it(agent, testing):
    view = SavedView.objects.create(
        name="In test", owner=agent, query=saved.tidy_query("step=standard.in-test", agent)
    )

    assert view.query == "step=standard.in-test"
    assert saved.counts_for(agent, [view]) == {view.pk: "1"}


def test_a_board_of_it_has_the_lanes_of_its_workflow(desk, testing, other_flow):
    plain = desk.get("/desk/board/?team=network&lanes=step").context["board"]
    board = desk.get("/desk/board/?team=network&lanes=step&step=standard.in-test").context["board"]

    assert plain.lanes.name == "status"  # several workflows have no lanes in common
    assert [cell.lane.key for cell in board.cells if cell.cards] == ["in-test"]


def test_search_knows_it_by_address_and_by_name(desk, testing, other_flow, make_ticket, agent):
    ordered = actions.take(make_ticket(type="request"), by=agent)
    actions.transition(ordered, to="in-test", by=agent)
    make_ticket()

    def hits(words):
        page = body(desk.get("/desk/search/", {"q": words}))
        return {one.ref for one in Ticket.objects.all() if f"/desk/tickets/{one.ref}/" in page}

    assert hits("step:in-test") == {testing.ref, ordered.ref}
    assert hits("step:orders.in-test") == {ordered.ref}
    assert hits('step:"In test" type:incident') == {testing.ref}
    assert "“step:” knows no “moon”" in body(desk.get("/desk/search/", {"q": "step:moon"}))


def test_a_workflow_that_renames_a_status_has_steps_to_ask_for(agent, htmx, shape, ticket):
    flow = standard()
    places = [replace(one, name="Triage") if one.slug == "new" else one for one in flow.places]
    renamed = replace(flow, places=tuple(places))
    ways = [
        replace(w, here=renamed.at(w.here.status), there=renamed.at(w.there.status))
        for w in flow.ways
    ]
    shape(replace(renamed, ways=tuple(ways)))

    assert "Triage" in body(htmx.get("/desk/filters/"))
    assert found("step=standard.new", agent) == {ticket.number}
