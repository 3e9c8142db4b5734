"""The checklist of a ticket."""

import pytest

from accounts.errors import InvalidInput, NotAllowed, Refused
from incidents.notify.models import Delivery
from incidents.tickets import actions, timeline
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from tests.incidents.desk.conftest import resolved, taken  # noqa: F401 (fixtures)


def texts(ticket):
    return [step.text for step in ticket.checklist.all()]


def told(ticket, reader):
    return [entry.sentence for entry in timeline.for_staff(ticket, reader) if entry.icon == "list-checks"]  # fmt: skip


def test_each_line_is_a_step_in_order_and_all_are_one_event(ticket, agent):
    actions.add_steps(ticket, ["Ask  for the log", "", "Restart\x00 it"], by=agent)
    actions.add_steps(ticket, ["Call back"], by=agent)

    assert texts(ticket) == ["Ask for the log", "Restart it", "Call back"]
    events = list(ticket.events.of_kind(Kind.CHECKLIST_CHANGED))
    assert [len(event.data["items"]) for event in events] == [2, 1]
    assert not any(event.is_public for event in events)
    assert "Restart" not in str([event.data for event in events])


def test_a_step_is_ticked_off_and_opened_again(ticket, agent, lead):
    (step,) = actions.add_steps(ticket, ["Restart"], by=agent)

    step = actions.tick_step(ticket, step.pk, done=True, by=lead)
    assert (step.done_by, step.done_at is not None) == (lead, True)
    actions.tick_step(ticket, step.pk, done=True, by=agent)
    step = actions.tick_step(ticket, step.pk, done=False, by=agent)

    assert (step.done_by, step.done_at) == (None, None)
    assert [event.data["what"] for event in ticket.events.of_kind(Kind.CHECKLIST_CHANGED)] == ["added", "done", "open"]  # fmt: skip


def test_steps_change_places_and_stay_at_the_ends(ticket, agent):
    first, _second, third = actions.add_steps(ticket, ["a", "b", "c"], by=agent)

    actions.move_step(ticket, third.pk, up=True, by=agent)
    assert texts(ticket) == ["a", "c", "b"]
    actions.move_step(ticket, first.pk, up=True, by=agent)
    actions.move_step(ticket, first.pk, up=False, by=agent)

    assert texts(ticket) == ["c", "a", "b"]
    assert ticket.events.of_kind(Kind.CHECKLIST_CHANGED).count() == 3


def test_a_removed_step_is_gone_and_twice_is_once(ticket, agent):
    (step,) = actions.add_steps(ticket, ["a"], by=agent)
    actions.remove_step(ticket, step.pk, by=agent)
    actions.remove_step(ticket, step.pk, by=agent)

    assert texts(ticket) == []
    assert ticket.events.of_kind(Kind.CHECKLIST_CHANGED).count() == 2
    with pytest.raises(Refused):
        actions.tick_step(ticket, step.pk, done=True, by=agent)


def test_a_step_of_another_ticket_is_not_found(ticket, make_ticket, agent):
    (step,) = actions.add_steps(make_ticket(), ["a"], by=agent)
    with pytest.raises(Refused):
        actions.tick_step(ticket, step.pk, done=True, by=agent)
    actions.remove_step(ticket, step.pk, by=agent)
    step.refresh_from_db()


@pytest.mark.parametrize("steps", [[], ["", " "], ["x" * 201], ["x"] * 61])
def test_bad_lists_are_refused(ticket, agent, steps):
    with pytest.raises(InvalidInput):
        actions.add_steps(ticket, steps, by=agent)
    assert texts(ticket) == []


def test_the_requester_auditors_and_other_teams_change_nothing(
    ticket, agent, requester, other_agent, auditor
):
    (step,) = actions.add_steps(ticket, ["a"], by=agent)
    for person in (requester, other_agent, auditor):
        for verb in (
            lambda by: actions.add_steps(ticket, ["b"], by=by),
            lambda by: actions.tick_step(ticket, step.pk, done=True, by=by),
            lambda by: actions.move_step(ticket, step.pk, up=True, by=by),
            lambda by: actions.remove_step(ticket, step.pk, by=by),
        ):
            with pytest.raises(NotAllowed):
                verb(person)


def test_a_closed_ticket_keeps_its_list(resolved, agent, requester):  # noqa: F811
    (step,) = actions.add_steps(resolved, ["a"], by=agent)
    actions.confirm(resolved, by=requester)
    with pytest.raises(IllegalTransition):
        actions.tick_step(resolved, step.pk, done=True, by=agent)


def test_the_timeline_names_steps_and_the_requesters_has_none(ticket, agent, requester):
    step, gone = actions.add_steps(ticket, ["Ask <b>", "Never mind"], by=agent)
    actions.tick_step(ticket, step.pk, done=True, by=agent)
    actions.tick_step(ticket, gone.pk, done=True, by=agent)
    actions.move_step(ticket, gone.pk, up=True, by=agent)
    actions.remove_step(ticket, gone.pk, by=agent)

    lines = told(ticket, agent)
    assert [line.split("</b> ")[1] for line in lines] == [
        "added 2 steps to the checklist", "ticked off “Ask &lt;b&gt;”",
        "ticked off a step of the checklist", "removed a step of the checklist",
    ]  # fmt: skip
    assert len(timeline.for_requester(ticket, requester)) == 1


def test_nobody_is_disturbed(ticket, agent, lead):
    actions.assign(ticket, to=lead, by=lead)
    before = Delivery.objects.count()
    actions.add_steps(ticket, ["a"], by=agent)

    assert Delivery.objects.count() == before
