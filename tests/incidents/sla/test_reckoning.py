"""What follows from what happens to a ticket: its clocks go, stand, are met, and go on."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.sla import rules
from incidents.sla.asking import clocks_of, next_due
from incidents.sla.explanation import explain
from incidents.sla.models import Calendar, Clock, Policy
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=BERLIN)


@pytest.fixture
def clock():
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


def of(ticket, kind="resolution") -> Clock:
    return Clock.objects.get(ticket=ticket, kind=kind)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_a_new_ticket_has_a_clock_for_each_promise(clock, make_ticket):
    ticket = make_ticket()  # P4: 4 h to answer, five days of ten hours to resolve

    assert [one.kind for one in clocks_of(ticket)] == ["first_response", "resolution"]
    assert of(ticket, "first_response").due_at == at("2026-03-04 14:00")
    assert of(ticket).due_at == at("2026-03-11 10:00")


def test_the_first_answer_meets_the_first_promise(clock, ticket, agent):
    clock.shift(timedelta(hours=1))
    actions.reply(ticket, "We look into it.", by=agent)

    met = of(ticket, "first_response")
    assert (met.state, met.used_seconds) == ("met", 3600)
    assert met.due_at == at("2026-03-04 14:00")


def test_the_clock_stands_while_the_ticket_waits(clock, ticket, agent):
    clock.shift(timedelta(hours=1))
    actions.transition(ticket, to=Status.WAITING_OTHER, by=agent, text="The vendor looks.")
    paused = of(ticket)
    clock.shift(timedelta(days=1))
    actions.transition(ticket, to=Status.OPEN, by=agent)

    assert (paused.state, paused.due_at, paused.used_seconds) == ("paused", None, 3600)
    assert of(ticket).due_at == at("2026-03-12 10:00")


def test_a_change_of_priority_loses_no_time_that_the_clock_stood(clock, ticket, manager, agent):
    actions.transition(ticket, to=Status.WAITING_OTHER, by=agent, text="The vendor looks.")
    clock.shift(timedelta(hours=4))
    actions.transition(ticket, to=Status.OPEN, by=agent)
    actions.set_priority(ticket, by=manager, override=2, reason="The board asks.")

    assert of(ticket).due_at == at("2026-03-05 12:00")  # eight hours from 14:00 on


def test_the_requester_waits_for_the_next_answer(clock, ticket, agent, requester):
    actions.reply(ticket, "Which office?", by=agent)
    clock.shift(timedelta(minutes=30))
    actions.reply(ticket, "The one in Kiel.", by=requester)
    asked = of(ticket, "next_response")
    clock.shift(timedelta(minutes=30))
    actions.reply(ticket, "Thank you.", by=agent)

    assert (asked.state, asked.started_at) == ("running", at("2026-03-04 10:30"))
    assert of(ticket, "next_response").state == "met"


def test_a_reopened_ticket_goes_on_where_it_stopped(clock, ticket, agent, requester):
    clock.shift(timedelta(hours=2))
    actions.resolve(ticket, "Restarted.", code="fixed", by=agent)
    resolved = of(ticket)
    clock.shift(timedelta(days=1))
    actions.reopen(ticket, "Still broken.", by=requester)

    assert (resolved.state, resolved.used_seconds) == ("met", 7200)
    assert of(ticket).due_at == at("2026-03-12 10:00")


def test_what_is_withdrawn_is_promised_no_more(clock, ticket, requester):
    actions.withdraw(ticket, by=requester)

    assert clocks_of(ticket) == []
    assert of(ticket).state == "cancelled"


@pytest.mark.parametrize(("code", "state"), [("duplicate", "cancelled"), ("withdrawn", "cancelled"), ("fixed", "met")])  # fmt: skip
def test_what_was_given_up_stays_so_when_it_is_closed(clock, ticket, agent, requester, code, state):
    actions.resolve(ticket, "See the other one.", code=code, by=agent)
    assert of(ticket).state == state
    clock.shift(timedelta(days=1))
    actions.confirm(ticket, by=requester)

    assert of(ticket).state == state


def test_what_was_given_up_and_is_done_after_all_counts(clock, ticket, agent, requester):
    actions.resolve(ticket, "See the other one.", code="duplicate", by=agent)
    actions.reopen(ticket, "It is another one.", by=requester)
    assert of(ticket).state == "running"
    actions.resolve(ticket, "Restarted.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)

    assert of(ticket).state == "met"


def test_the_next_due_of_many_tickets_is_one_query(make_ticket, django_assert_num_queries):
    first, second = make_ticket(), make_ticket()

    with django_assert_num_queries(1):
        found = next_due([first, second])

    assert {one.kind for one in found.values()} == {"first_response"}


@pytest.mark.parametrize(
    ("verb", "most"),
    [("file", 2), ("reply", 4), ("wait", 4), ("prioritise", 4), ("note", 0), ("tag", 0)],
)
def test_what_clocks_cost_a_verb(verb, most, ticket, make_ticket, agent):
    """Their own statements, and the one that reads the log for them."""
    rules.current()
    acts = {
        "file": make_ticket,
        "reply": lambda: actions.reply(ticket, "We look.", by=agent),
        "wait": lambda: actions.transition(ticket, to="waiting_other", text="Vendor.", by=agent),
        "prioritise": lambda: actions.set_priority(ticket, override=2, reason="So.", by=agent),
        "note": lambda: actions.note(ticket, "Hm.", by=agent),
        "tag": lambda: actions.tag(ticket, add=["x"], by=agent),
    }
    with CaptureQueriesContext(connection) as asked:
        acts[verb]()

    log = "tickets_event"
    theirs = [
        one["sql"]
        for one in asked
        if "sla_" in one["sql"]
        or (one["sql"].startswith("SELECT") and log in one["sql"] and "forwarded" in one["sql"])
    ]
    assert len(theirs) <= most, theirs


def test_nothing_is_promised_for_tickets_from_before(make_ticket):
    rules.Rules.objects.update(since=datetime.now(UTC) + timedelta(days=1))
    rules.changed()

    assert clocks_of(make_ticket()) == []


def test_the_first_policy_that_holds_is_the_tickets(make_ticket, other_category, category):
    office = Calendar.objects.get()
    policy = Policy.objects.create(
        name="Laptops", calendar=office, conditions={"category": [other_category.pk]}
    )
    policy.targets.create(kind="resolution", minutes={"4": 60})
    Policy.objects.exclude(pk=policy.pk).update(position=1)
    rules.changed()

    assert [one.policy.name for one in clocks_of(make_ticket(category=other_category))] == [
        "Laptops"
    ]
    assert {one.policy.name for one in clocks_of(make_ticket())} == {"Standard"}


def test_a_ticket_that_is_imported_warns_of_nothing_that_lies_in_the_past(make_ticket):
    long_ago = datetime.now(UTC) - timedelta(days=60)
    ticket = make_ticket(at=long_ago, origin=Ticket.Origin.IMPORT)

    assert {(one.state, one.next_step_at, one.told_share) for one in clocks_of(ticket)} == {
        ("missed", None, 100)
    }


def test_every_stretch_is_explained_in_words(clock, ticket, agent):
    clock.shift(timedelta(hours=2))
    actions.transition(ticket, to=Status.WAITING_OTHER, by=agent, text="The vendor looks.")
    clock.shift(timedelta(hours=1))
    actions.transition(ticket, to=Status.OPEN, by=agent)
    clock.shift(timedelta(hours=20))

    told = explain(ticket, "resolution")

    assert [(line.kind, line.seconds // 60) for line in told.lines] == [
        ("counted", 120), ("paused", 60), ("counted", 300), ("excluded", 0), ("counted", 60),
    ]  # fmt: skip
    assert (
        told.lines[1].reason
        == "The ticket was “Waiting for other”, and this clock stands meanwhile."
    )
    assert told.lines[3].reason == "Outside working hours."
    assert told.used_seconds == sum(one.seconds for one in told.lines if one.kind == "counted")
