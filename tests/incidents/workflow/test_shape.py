"""Changing a workflow: all of it or nothing, and no ticket is left standing nowhere."""

from dataclasses import replace

import pytest

from accounts.errors import EditConflict, NotAllowed, Refused
from accounts.models import AdminChange
from incidents.tickets import actions, rebuild, ways
from incidents.tickets.actions.shape_workflow import mark_of, shape_workflow
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow, restore_workflow, retire_workflow
from incidents.workflow.errors import Unsound
from incidents.workflow.models import IncidentType, Workflow
from incidents.workflow.rulebook import Place
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import changed, in_test, standard, without

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    return Workflow.objects.get(slug="standard")


def labels(flow):
    return [place.label for place in flow.places]


def test_what_is_saved_holds_at_once_and_is_noted(workflow, admin):
    shape_workflow(workflow, in_test(standard()), by=admin)

    assert standard().place("in-test").outside_name == "We are testing the fix"
    assert standard().way(standard().at("open"), standard().place("in-test"))
    noted = AdminChange.objects.get()
    assert noted.kind == "workflow.workflow"
    assert len(noted.after["steps"]) == len(noted.before["steps"]) + 1
    assert noted.after["transitions"] != noted.before["transitions"]


def test_saving_the_same_again_notes_nothing(workflow, admin):
    shape_workflow(workflow, standard(), by=admin)
    assert not AdminChange.objects.exists()


def test_only_who_manages_processes(workflow, manager, agent, auditor):
    for person in (agent, auditor):
        with pytest.raises(NotAllowed):
            shape_workflow(workflow, in_test(standard()), by=person)


def test_faults_change_nothing(workflow, admin):
    before = standard()
    with pytest.raises(Unsound) as refusal:
        shape_workflow(workflow, without(standard(), "closed"), by=admin)
    assert "counts as “Closed”" in refusal.value.message
    assert standard() == before
    assert not AdminChange.objects.exists()


def test_what_a_step_counts_as_is_not_changed(workflow, admin):
    places = [
        replace(one, status=Status.WAITING_OTHER, is_default=False)
        if one.slug == "in-test"
        else one
        for one in in_test(standard()).places
    ]
    shape_workflow(workflow, in_test(standard()), by=admin)
    flow = standard()
    places = [
        replace(one, status=Status.WAITING_OTHER) if one.slug == "in-test" else one
        for one in flow.places
    ]
    at = {one.slug: one for one in places}
    moved = tuple(replace(w, here=at[w.here.slug], there=at[w.there.slug]) for w in flow.ways)
    with pytest.raises(Unsound, match="can't be changed"):
        shape_workflow(workflow, replace(flow, places=tuple(places), ways=moved), by=admin)


def test_somebody_changed_it_meanwhile(workflow, admin):
    seen = mark_of(standard())
    shape_workflow(workflow, in_test(standard()), by=admin, expected=seen)
    with pytest.raises(EditConflict):
        shape_workflow(workflow, standard(), by=admin, expected=seen)


# Tickets that stand on what goes -------------------------------------------------------------------------------


@pytest.fixture
def tested(workflow, admin, make_ticket, agent):
    """A ticket that stands at “In test”."""
    shape_workflow(workflow, in_test(standard()), by=admin)
    ticket = actions.take(make_ticket(), by=agent)
    return actions.transition(ticket, to="in-test", by=agent)


def test_a_step_on_which_tickets_stand_needs_to_say_where_they_go(workflow, admin, tested):
    with pytest.raises(Unsound, match="1 open ticket stands there"):
        shape_workflow(workflow, without(standard(), "in-test"), by=admin)
    assert standard().place("in-test")


def test_they_go_there_item_by_item_with_an_event(workflow, admin, tested):
    draft = without(standard(), "in-test")
    assert shape_workflow(workflow, draft, by=admin, moves={"in-test": "waiting_other"}) == 1

    tested.refresh_from_db()
    assert (tested.status, tested.step) == ("waiting_other", "")
    event = tested.events.order_by("-number")[0]
    assert (event.kind, event.actor, event.data["reshaped"]) == (Kind.STATUS_CHANGED, admin, True)
    assert rebuild.compare(tested, rebuild.rebuild(tested)) == []


def test_resolved_and_unrelated_tickets_are_left_alone(workflow, admin, tested, agent, make_ticket):
    other = make_ticket()
    actions.resolve(tested, "Works", code="fixed", by=agent)
    assert shape_workflow(workflow, without(standard(), "in-test"), by=admin) == 0
    other.refresh_from_db()
    assert other.version == 1


def test_open_tickets_go_to_an_open_step(workflow, admin, tested):
    with pytest.raises(Unsound):
        shape_workflow(
            workflow, without(standard(), "in-test"), by=admin, moves={"in-test": "resolved"}
        )


def test_another_usual_step_moves_nobody(workflow, admin, tested, make_ticket, agent):
    at_work = actions.take(make_ticket(), by=agent)
    flow = standard()
    places = tuple(
        replace(one, is_default=one.slug == "in-test") if one.status == "open" else one
        for one in flow.places
    )
    at = {one.slug: one for one in places}
    moved = tuple(replace(w, here=at[w.here.slug], there=at[w.there.slug]) for w in flow.ways)
    shape_workflow(workflow, replace(flow, places=places, ways=moved), by=admin)

    at_work.refresh_from_db()
    tested.refresh_from_db()
    assert ways.standing(at_work).slug == "open"
    assert ways.standing(tested).slug == "in-test"


def test_a_new_step_can_take_them_in(workflow, admin, tested):
    flow = without(standard(), "in-test")
    review = Place("+1", Status.OPEN, "In review", is_default=False)
    from incidents.workflow.rulebook import Way
    from tests.incidents.workflow.flows import with_steps, with_ways

    flow = with_steps(flow, review)
    flow = with_ways(flow, Way(flow.at("open"), review), Way(review, flow.at("resolved")))
    shape_workflow(workflow, flow, by=admin, moves={"in-test": "+1"})
    tested.refresh_from_db()
    assert tested.step == "in-review"
    assert tested.get_status_display() == "In review"


# Whole workflows ------------------------------------------------------------------------------------------------


def test_a_copy_is_another_workflow(workflow, admin):
    shape_workflow(workflow, in_test(standard()), by=admin)
    copy = add_workflow("For servers", like=standard(), by=admin)

    flow = rulebook.current().flows[copy.slug]
    assert flow.slug == "for-servers"
    assert labels(flow) == labels(standard())
    shape_workflow(copy, without(flow, "in-test"), by=admin)
    assert standard().place("in-test")


@pytest.mark.parametrize("name", ["", "  ", "Standard", "standard", "x" * 61])
def test_names_of_workflows_are_told_apart(admin, name):
    with pytest.raises(Unsound):
        add_workflow(name, like=standard(), by=admin)


def test_it_is_renamed(workflow, admin):
    shape_workflow(workflow, replace(standard(), name="How we work", is_seeded=False), by=admin)
    assert standard().label == "How we work"


def test_what_types_use_is_not_retired(workflow, admin):
    with pytest.raises(Refused, match="Standard incident"):
        retire_workflow(workflow, by=admin)
    copy = add_workflow("Unused", like=standard(), by=admin)
    retire_workflow(copy, by=admin)
    assert [one.slug for one in rulebook.flows()] == ["standard"]
    restore_workflow(copy, by=admin)
    assert len(rulebook.flows()) == 2


def test_a_ticket_keeps_its_status_under_another_type(workflow, admin, tested):
    copy = add_workflow("Short", like=without(without(standard(), "in-test"), "waiting_other"), by=admin)  # fmt: skip
    IncidentType.objects.filter(slug="request").update(workflow=copy)
    rulebook.renew()
    assert ways.as_type(tested, "request") == {"step": ""}
    held = Ticket(type="incident", status="waiting_other", is_open=True)
    assert ways.as_type(held, "request") == {"status": "open"}
    assert ways.as_type(Ticket(status="closed", is_open=False), "request") == {}


def test_rules_of_a_way_are_kept_as_they_were_said(workflow, admin, team):
    draft = changed(
        standard(), "open", "resolved", name="Done", permission="tickets.assign",
        needs_fields=("service", "time_spent"),
        effects=({"do": "tag", "tag": "#Done Deal"}, {"do": "team", "team": team.slug}),
    )  # fmt: skip
    shape_workflow(workflow, draft, by=admin)
    way = standard().way(standard().at("open"), standard().at("resolved"))
    assert (way.label, way.permission, way.needs_fields) == ("Done", "tickets.assign", ("service", "time_spent"))  # fmt: skip
    assert way.effects == ({"do": "tag", "tag": "done-deal"}, {"do": "team", "team": team.slug})
