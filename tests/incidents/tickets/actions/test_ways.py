"""The workflow of a ticket's type is what verbs go by: who may, what is asked for, what follows."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.tickets import actions, rebuild, ways
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.errors import IllegalTransition, NotFilledIn
from incidents.tickets.kinds import Kind
from incidents.workflow.models import Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import (
    changed,
    in_test,
    standard,
    with_steps,
    with_ways,
    without,
)


@pytest.fixture
def shape(admin):
    def make(flow):
        return shape_workflow(Workflow.objects.get(slug="standard"), flow, by=admin)

    return make


@pytest.fixture
def taken(ticket, agent):
    return actions.take(ticket, by=agent)


def test_a_step_refines_the_status(shape, taken, agent):
    shape(in_test(standard()))
    actions.transition(taken, to="in-test", by=agent)

    taken.refresh_from_db()
    assert (taken.status, taken.step, taken.is_open) == ("open", "in-test", True)
    assert taken.get_status_display() == "In test"
    assert taken.outside_status == "We are testing the fix"
    event = taken.events.order_by("-number")[0]
    assert event.data["set"] == {"status": "open", "step": "in-test"}
    assert event.is_public
    assert rebuild.compare(taken, rebuild.rebuild(taken)) == []


def test_from_there_only_its_own_ways_lead_on(shape, taken, agent):
    shape(in_test(standard()))
    actions.transition(taken, to="in-test", by=agent)
    with pytest.raises(IllegalTransition, match="“In test” can't become “Waiting for other”"):
        actions.transition(taken, to=Status.WAITING_OTHER, text="x", by=agent)
    actions.resolve(taken, "Works", code="fixed", by=agent)
    taken.refresh_from_db()
    assert (taken.status, taken.step) == ("resolved", "")


def test_a_status_means_whichever_step_of_it_the_workflow_leads_to(shape, ticket, agent):
    triage = Place("+1", Status.OPEN, "Triage", is_default=False)
    flow = with_steps(without(standard(), "new"), triage)
    new = Place("new", Status.NEW)
    flow = with_steps(flow, new)
    flow = with_ways(flow, Way(new, triage), Way(triage, flow.at("open")))
    shape(flow)
    actions.transition(ticket, to=Status.OPEN, by=agent)
    ticket.refresh_from_db()
    assert ticket.get_status_display() == "Triage"


def test_a_step_that_requesters_read_alike_is_nothing_to_them(shape, taken, agent):
    flow = with_steps(standard(), Place("+1", Status.OPEN, "In analysis", is_default=False))
    analysis = flow.places[-1]
    shape(with_ways(flow, Way(flow.at("open"), analysis), Way(analysis, flow.at("resolved"))))
    actions.transition(taken, to="in-analysis", by=agent)
    assert not taken.events.order_by("-number")[0].is_public


def test_unknown_steps_are_refused(taken, agent):
    with pytest.raises(InvalidInput):
        actions.transition(taken, to="moon", by=agent)


# Who may ------------------------------------------------------------------------------------------------------


def test_a_permission_is_asked_for(shape, taken, agent, lead):
    shape(changed(standard(), "open", "waiting_other", permission="team.lead"))
    with pytest.raises(NotAllowed):
        actions.transition(taken, to="waiting_other", text="Parts", by=agent)
    assert "waiting_other" not in [way.there.slug for way in ways.open_to(agent, taken)]
    actions.transition(taken, to="waiting_other", text="Parts", by=lead)


def test_what_the_workflow_keeps_from_requesters_stays_closed_to_them(
    shape, taken, agent, requester
):
    shape(changed(standard(), "resolved", "open", by_requester=False))
    actions.resolve(taken, "Works", code="fixed", by=agent)
    with pytest.raises(NotAllowed):
        actions.reopen(taken, "No", by=requester)
    actions.reopen(taken, "It does not", by=agent)


def test_a_workflow_in_which_nobody_withdraws(shape, taken, requester):
    flow = standard()
    kept = [w for w in flow.ways if not (w.there.slug == "closed" and w.here.slug != "resolved")]
    from dataclasses import replace

    shape(replace(flow, ways=tuple(kept)))
    with pytest.raises(IllegalTransition):
        actions.withdraw(taken, by=requester)


# What is asked for -----------------------------------------------------------------------------------------------


def test_required_fields_are_named_and_then_let_it_through(shape, taken, agent, service):
    shape(changed(standard(), "open", "resolved", needs_fields=("service", "tags")))
    with pytest.raises(NotFilledIn, match="Before “Resolve”, fill in: service, tags") as refusal:
        actions.resolve(taken, "Works", code="fixed", by=agent)
    assert refusal.value.needs == ["service", "tags"]
    actions.set_service(taken, service=service, by=agent)
    actions.tag(taken, add=["vpn"], by=agent)
    actions.resolve(taken, "Works", code="fixed", by=agent)


def test_the_checklist_is_done_first(shape, taken, agent):
    shape(changed(standard(), "open", "resolved", needs_fields=("checklist",)))
    step = actions.add_steps(taken, ["Ask"], by=agent)[0]
    with pytest.raises(NotFilledIn):
        actions.resolve(taken, "Works", code="fixed", by=agent)
    actions.tick_step(taken, step.pk, done=True, by=agent)
    actions.resolve(taken, "Works", code="fixed", by=agent)


def test_a_reason_where_the_workflow_asks_for_one(shape, taken, agent):
    shape(changed(in_test(standard()), "open", "+1", needs_text=True))
    with pytest.raises(InvalidInput):
        actions.transition(taken, to="in-test", by=agent)
    actions.transition(taken, to="in-test", text="Build 12 is out", by=agent)
    assert not taken.messages.get(body="Build 12 is out").is_public


def test_requesters_are_never_asked_for_the_desks_fields(shape, taken, agent, requester):
    shape(changed(standard(), "resolved", "open", needs_fields=("service",)))
    actions.resolve(taken, "Works", code="fixed", by=agent)
    actions.reopen(taken, "No", by=requester)
    taken.refresh_from_db()
    assert taken.status == "open"


# Verbs that act by themselves ---------------------------------------------------------------------------------


def test_taking_starts_work_only_where_nothing_else_is_asked(shape, ticket, agent):
    shape(changed(standard(), "new", "open", needs_fields=("service",)))
    actions.take(ticket, by=agent)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "new")


def test_an_answer_is_kept_where_nothing_follows_from_it(shape, taken, agent, requester):
    shape(changed(standard(), "waiting_requester", "open", by_requester=False))
    actions.transition(taken, to="waiting_requester", text="Which?", by=agent)
    actions.reply(taken, "The blue one", by=requester)
    taken.refresh_from_db()
    assert taken.status == "waiting_requester"
    assert taken.messages.filter(body="The blue one").exists()


def test_an_answer_goes_where_the_workflow_says(shape, taken, agent, requester):
    flow = in_test(standard())
    test, waiting = flow.places[-1], flow.at("waiting_requester")
    from dataclasses import replace

    kept = [w for w in flow.ways if (w.here.slug, w.there.slug) != ("waiting_requester", "open")]
    shape(replace(flow, ways=(*kept, Way(waiting, test, by_requester=True))))
    actions.transition(taken, to="waiting_requester", text="Which?", by=agent)
    actions.reply(taken, "The blue one", by=requester)
    taken.refresh_from_db()
    assert taken.step == "in-test"


# What follows ----------------------------------------------------------------------------------------------------


def test_effects_follow_and_are_undone_with_the_step(shape, taken, agent, other_team):
    shape(
        changed(
            standard(), "open", "waiting_other",
            effects=(
                {"do": "tag", "tag": "parts"}, {"do": "step", "text": "Call the vendor"},
                {"do": "priority", "priority": 2}, {"do": "team", "team": other_team.slug},
            ),
        )
    )  # fmt: skip
    before = taken.version
    actions.transition(taken, to="waiting_other", text="Parts", by=agent)

    taken.refresh_from_db()
    assert (taken.tags, taken.priority, taken.team, taken.assignee) == (["parts"], 2, other_team, None)  # fmt: skip
    assert [step.text for step in taken.checklist.all()] == ["Call the vendor"]
    assert rebuild.compare(taken, rebuild.rebuild(taken)) == []

    actions.undo(taken, numbers=range(before + 1, taken.version + 1), by=agent)
    taken.refresh_from_db()
    assert (taken.tags, taken.assignee, taken.status) == ([], agent, "open")


def test_effects_that_change_nothing_record_nothing(shape, taken, agent):
    shape(changed(standard(), "open", "waiting_other", effects=({"do": "tag", "tag": "parts"},)))
    actions.tag(taken, add=["parts"], by=agent)
    actions.transition(taken, to="waiting_other", text="Parts", by=agent)
    assert taken.events.of_kind(Kind.TAGGED).count() == 1


def test_nobody_has_it_any_more(shape, taken, agent):
    shape(changed(standard(), "open", "waiting_other", effects=({"do": "release"},)))
    actions.transition(taken, to="waiting_other", text="Parts", by=agent)
    taken.refresh_from_db()
    assert taken.assignee is None
