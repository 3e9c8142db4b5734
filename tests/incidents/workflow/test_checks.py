"""What is refused of a workflow, with the place and the reason."""

from dataclasses import replace

import pytest

from incidents.workflow import checks
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

pytestmark = pytest.mark.django_db


def said(flow):
    return [str(fault) for fault in checks.faults(flow)]


def test_what_every_install_starts_with_is_sound():
    assert said(standard()) == []
    assert said(in_test(standard())) == []


@pytest.mark.parametrize("status", ["new", "open", "resolved", "closed"])
def test_every_workflow_has_a_beginning_a_middle_and_an_end(status):
    words = " ".join(said(without(standard(), status)))
    assert f"no step that counts as “{Status(status).label}”" in words


def test_waiting_is_not_for_every_workflow():
    assert said(without(without(standard(), "waiting_other"), "waiting_requester")) == []


def test_a_step_that_nothing_leads_to():
    lost = Place("+1", Status.OPEN, "Lost", is_default=False)
    flow = with_steps(standard(), lost)
    flow = with_ways(flow, Way(lost, flow.at("resolved")))
    assert said(flow) == ["Step “Lost”: No way leads there from “New”."]


def test_a_dead_end():
    trap = Place("+1", Status.OPEN, "Trap", is_default=False)
    flow = with_steps(standard(), trap)
    flow = with_ways(flow, Way(flow.at("open"), trap))
    assert said(flow) == [
        "Step “Trap”: It is a dead end: staff can't bring a ticket from there to a resolved step."
    ]


def test_a_circle_without_a_way_out_is_a_dead_end_too():
    one = Place("+1", Status.OPEN, "One", is_default=False)
    two = Place("+2", Status.OPEN, "Two", is_default=False)
    flow = with_steps(standard(), one, two)
    flow = with_ways(flow, Way(flow.at("open"), one), Way(one, two), Way(two, one))
    assert [fault.step for fault in checks.faults(flow)] == ["+1", "+2"]


def test_a_workflow_without_an_end():
    flow = standard()
    ways = [one for one in flow.ways if (one.here.slug, one.there.slug) != ("resolved", "closed")]
    assert said(replace(flow, ways=tuple(ways))) == [
        "Step “Resolved”: It has no end: the requester needs a way from there right to a closed step."
    ]


def test_one_usual_step_for_each_status():
    other = Place("+1", Status.OPEN, "Other")
    flow = with_steps(standard(), other)
    assert "Choose one of the steps that count as “In progress” as the usual one." in said(flow)


def test_names_are_told_apart():
    flow = with_steps(standard(), Place("+1", Status.OPEN, "in PROGRESS", is_default=False))
    assert said(flow).count("Step “in PROGRESS”: Another step has the same name.") == 1
    flow = with_steps(standard(), Place("+1", Status.OPEN, "x" * 41, is_default=False))
    assert any("under 41 characters" in words for words in said(flow))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by_staff": False}, "Nobody may go it"),
        ({"permission": "tickets.fly"}, "There is no permission “tickets.fly”."),
        ({"needs_fields": ("colour",)}, "There is no field “colour” to ask for."),
        ({"effects": ({"do": "explode"},)}, "There is no effect “explode”."),
        ({"effects": ({"do": "team", "team": "nowhere"},)}, "Choose the team"),
        ({"effects": ({"do": "priority", "priority": 9},)}, "Choose the priority"),
        ({"effects": ({"do": "tag", "tag": "a,b"},)}, "Name one tag"),
        ({"effects": ({"do": "step", "text": " "},)}, "Write the step"),
        ({"effects": ({"do": "release"},) * 7}, "up to 6 things"),
        ({"by_requester": True}, "Requesters can answer, confirm, reopen and withdraw."),
        ({"name": "x" * 41}, "under 41 characters"),
    ],
)
def test_a_transition_that_makes_no_sense(fields, words):
    found = checks.faults(changed(standard(), "new", "open", **fields))
    assert [fault.where for fault in found] == ["“New” to “In progress”"]
    assert words in found[0].words
    assert found[0].way == 0


def test_what_is_closed_stays_closed_and_staff_resolve_first():
    flow = standard()
    again = with_ways(flow, Way(flow.at("closed"), flow.at("open")))
    assert any("What is closed stays closed" in words for words in said(again))
    assert any(
        "Staff resolve a ticket before" in words
        for words in said(changed(flow, "open", "closed", by_staff=True))
    )


def test_a_way_twice_or_to_itself_or_to_nowhere():
    flow = standard()
    opened = flow.at("open")
    assert any("twice" in words for words in said(with_ways(flow, flow.ways[0])))
    assert any("where it starts" in words for words in said(with_ways(flow, Way(opened, opened))))
    nowhere = Place("gone", Status.OPEN, "Gone", is_default=False)
    assert any("not there" in words for words in said(with_ways(flow, Way(opened, nowhere))))


def test_what_is_resolved_is_closed_by_its_requester_at_once():
    verified = Place("+1", Status.RESOLVED, "Verified", is_default=False)
    flow = with_steps(standard(), verified)
    resolved, closed = flow.at("resolved"), flow.at("closed")
    around = with_ways(flow, Way(resolved, verified), Way(verified, closed, by_requester=True))
    assert said(around) == []

    around = replace(
        around,
        ways=tuple(one for one in around.ways if (one.here, one.there) != (resolved, closed)),
    )
    assert said(around) == [
        "Step “Resolved”: It has no end: the requester needs a way from there right to a closed step."
    ]
    by_staff = changed(standard(), "resolved", "closed", by_staff=True, by_requester=False)
    assert "the requester needs a way" in " ".join(said(by_staff))


@pytest.mark.parametrize("asked", [{"needs_text": True}, {"needs_fields": ("team",)}])
@pytest.mark.parametrize("here", ["open", "resolved"])
def test_closing_asks_for_nothing(here, asked):
    words = " ".join(said(changed(standard(), here, "closed", **asked)))
    assert "Closing has no form to ask with." in words
