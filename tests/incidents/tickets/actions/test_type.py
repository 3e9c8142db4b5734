"""Changing the type: what was filed as an incident is a request, or the other way round."""

import pytest

from accounts.errors import EditConflict, InvalidInput, NotAllowed
from incidents.notify.models import Delivery
from incidents.tickets import actions, timeline, types
from incidents.tickets.actions.undo import NothingUndone
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.tickets.rebuild import compare, rebuild
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow
from incidents.workflow.models import IncidentType
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import standard, without


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def test_the_type_changes_by_one_event_that_both_sides_read(ticket, agent, requester):
    actions.set_type(ticket, type="request", by=agent)

    assert now(ticket).type == "request"
    assert ticket.events.of_kind(Kind.TYPE_CHANGED).count() == 1
    assert "set the type to <b>Request</b>" in timeline.for_staff(now(ticket), agent)[-1].sentence
    told = timeline.for_requester(now(ticket), requester)[-1].sentence
    assert "handles this as a request" in told
    assert compare(now(ticket), rebuild(ticket)) == []


def test_the_present_type_records_nothing(ticket, agent):
    actions.set_type(ticket, type="incident", by=agent)

    assert ticket.events.count() == 1


def test_nobody_is_told_apart_from_the_timeline(ticket, agent, requester):
    before = Delivery.objects.count()

    actions.set_type(ticket, type="request", by=agent)

    assert Delivery.objects.count() == before


def test_a_request_is_not_offered_to_others_any_more(ticket, agent):
    actions.offer(ticket, on=True, by=agent)

    actions.set_type(ticket, type="request", by=agent)
    assert not now(ticket).is_offered

    actions.set_type(ticket, type="incident", by=agent)
    assert not now(ticket).is_offered  # who wants that says so


def test_undoing_it_sets_back_both(ticket, agent):
    actions.offer(ticket, on=True, by=agent)
    actions.set_type(ticket, type="request", by=agent)

    actions.undo(ticket, numbers=[now(ticket).version], by=agent)

    assert (now(ticket).type, now(ticket).is_offered) == ("incident", True)
    assert "type Standard incident" in timeline.for_staff(now(ticket), agent)[-1].sentence


def test_who_may_not_work_on_it_is_refused(ticket, requester, auditor, other_agent):
    for person in (requester, auditor, other_agent):
        with pytest.raises(NotAllowed):
            actions.set_type(ticket, type="request", by=person)


@pytest.mark.parametrize("type", ["", "problem", "__class__"])
def test_a_type_that_there_is_not_is_refused(ticket, agent, type):
    with pytest.raises(InvalidInput):
        actions.set_type(ticket, type=type, by=agent)


def test_a_closed_ticket_keeps_its_type(ticket, agent, requester):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)

    with pytest.raises(IllegalTransition):
        actions.set_type(ticket, type="request", by=agent)


def test_an_older_page_does_not_set_it_over_a_colleague(ticket, agent, lead):
    seen = now(ticket).version
    actions.set_type(ticket, type="request", by=lead)

    with pytest.raises(EditConflict):
        actions.set_type(ticket, type="incident", by=agent, expected=seen)
    actions.retitle(ticket, "Other", by=lead)
    actions.set_type(ticket, type="incident", by=agent, expected=seen + 1)


@pytest.fixture
def without_hold(admin):
    """Requests have a workflow in which nothing waits for others."""
    short = add_workflow("Short", like=without(standard(), "waiting_other"), by=admin)
    IncidentType.objects.filter(slug="request").update(workflow=short)
    rulebook.renew()


def test_where_the_other_workflow_lacks_the_status_work_goes_on(
    ticket, agent, requester, without_hold
):
    actions.transition(ticket, to=Status.WAITING_OTHER, text="Ordered.", by=agent)

    actions.set_type(ticket, type="request", by=agent)

    assert now(ticket).status == Status.OPEN
    assert compare(now(ticket), rebuild(ticket)) == []
    told = timeline.for_staff(now(ticket), agent)[-1].sentence
    assert "in whose workflow it is <b>In progress</b> now" in told


def test_undoing_it_sets_back_the_status_too(ticket, agent, without_hold):
    actions.transition(ticket, to=Status.WAITING_OTHER, text="Ordered.", by=agent)
    actions.set_type(ticket, type="request", by=agent)

    actions.undo(ticket, numbers=[now(ticket).version], by=agent)

    assert (now(ticket).type, now(ticket).status) == ("incident", Status.WAITING_OTHER)


def test_a_status_does_not_come_back_where_the_workflow_has_none(ticket, agent, without_hold):
    actions.transition(ticket, to=Status.WAITING_OTHER, text="Ordered.", by=agent)
    actions.transition(ticket, to=Status.OPEN, by=agent)
    going_on = now(ticket).version
    actions.set_type(ticket, type="request", by=agent)

    with pytest.raises(NothingUndone):
        actions.undo(ticket, numbers=[going_on], by=agent)

    assert now(ticket).status == Status.OPEN


def test_what_only_some_may_set_only_they_take_away(ticket, agent, admin):
    IncidentType.objects.filter(slug="major").update(set_by="team.lead")
    Ticket.objects.update(type="major")
    rulebook.renew()

    with pytest.raises(NotAllowed):
        actions.set_type(ticket, type="incident", by=agent)
    assert [slug for slug, _label in types.offered(agent, now(ticket))] == ["major"]

    assert actions.set_type(ticket, type="incident", by=admin).type == "incident"
