"""Waiting, resuming, resolving, confirming, reopening: the table of transitions."""

import itertools

import pytest

from accounts.errors import EditConflict, InvalidInput, NotAllowed
from incidents.tickets import actions
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.workflow.states import OPEN_STATUSES, TRANSITIONS, Status


def test_waiting_for_the_requester_asks_in_public(ticket, agent):
    actions.transition(ticket, to="waiting_requester", text="Which Wi-Fi?", by=agent)

    ticket.refresh_from_db()
    assert ticket.status == "waiting_requester"
    assert ticket.messages.get(body="Which Wi-Fi?").is_public


def test_holding_says_why_to_staff_only(ticket, agent):
    actions.transition(ticket, to="waiting_other", text="Part ordered", by=agent)

    assert not ticket.messages.get(body="Part ordered").is_public


@pytest.mark.parametrize("to", ["waiting_requester", "waiting_other"])
def test_waiting_needs_words(ticket, agent, to):
    with pytest.raises(InvalidInput):
        actions.transition(ticket, to=to, by=agent)
    assert ticket.events.count() == 1


def test_the_present_status_records_nothing(ticket, agent):
    actions.transition(ticket, to="open", by=agent)
    actions.transition(ticket, to="open", by=agent)

    assert ticket.events.of_kind(Kind.STATUS_CHANGED).count() == 1


@pytest.mark.parametrize("to", ["resolved", "closed"])
def test_resolving_and_closing_have_their_own_verbs(ticket, agent, to):
    with pytest.raises(IllegalTransition):
        actions.transition(ticket, to=to, text="x", by=agent)


def test_resolving_keeps_code_text_and_time(ticket, agent):
    actions.resolve(ticket, "Turned power saving off", code="fixed", by=agent)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution_code, ticket.is_open) == ("resolved", "fixed", False)
    assert ticket.resolved_at == ticket.events.get(kind="resolved").occurred_at


@pytest.mark.parametrize(("text", "code"), [("", "fixed"), ("Done", ""), ("Done", "magic")])
def test_resolving_needs_text_and_code(ticket, agent, text, code):
    with pytest.raises(InvalidInput):
        actions.resolve(ticket, text, code=code, by=agent)


def test_resolving_twice_is_refused_and_the_same_form_twice_is_once(ticket, agent):
    actions.resolve(ticket, "Done", code="fixed", by=agent, key="k")
    actions.resolve(ticket, "Done", code="fixed", by=agent, key="k")

    with pytest.raises(IllegalTransition):
        actions.resolve(ticket, "Done again", code="fixed", by=agent)
    assert ticket.events.of_kind(Kind.RESOLVED).count() == 1


def test_confirming_is_for_the_requesters_side(ticket, agent, requester, other_requester):
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    for person in (agent, other_requester):
        with pytest.raises(NotAllowed):
            actions.confirm(ticket, by=person)

    actions.confirm(ticket, by=requester)
    actions.confirm(ticket, by=requester)

    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert ticket.events.of_kind(Kind.CLOSED).count() == 1


def test_only_resolved_tickets_are_confirmed(ticket, requester):
    with pytest.raises(IllegalTransition):
        actions.confirm(ticket, by=requester)


def test_reopening_says_what_is_still_wrong_and_counts(ticket, agent, requester):
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    actions.reopen(ticket, "It dropped again", by=requester)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopen_count, ticket.resolved_at, ticket.resolution_code) == (
        "open",
        1,
        None,
        "",
    )


@pytest.mark.parametrize("before", ["new", "open", "closed"])
def test_only_resolved_tickets_are_reopened(ticket, agent, requester, before):
    if before == "open":
        actions.take(ticket, by=agent)
    if before == "closed":
        actions.resolve(ticket, "Done", code="fixed", by=agent)
        actions.confirm(ticket, by=requester)

    with pytest.raises(IllegalTransition):
        actions.reopen(ticket, "x", by=requester)


def test_reopening_needs_words_and_the_right_person(ticket, agent, requester, other_requester):
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    with pytest.raises(InvalidInput):
        actions.reopen(ticket, "", by=requester)
    with pytest.raises(NotAllowed):
        actions.reopen(ticket, "x", by=other_requester)


def test_a_stale_status_change_shows_what_happened(ticket, agent, lead):
    seen = ticket.version
    actions.resolve(ticket, "Done", code="fixed", by=lead, expected=seen)

    with pytest.raises(EditConflict) as conflict:
        actions.resolve(ticket, "Mine", code="workaround", by=agent, expected=seen)
    assert [event.kind for event in conflict.value.changes] == ["resolved"]


def test_the_table_has_no_dead_end_and_no_unreachable_status():
    assert {there for _here, there in TRANSITIONS} == set(Status) - {Status.NEW}
    assert {here for here, _there in TRANSITIONS} == set(Status) - {Status.CLOSED}


@pytest.mark.parametrize(
    ("here", "there"),
    [
        p
        for p in itertools.product(Status, sorted(OPEN_STATUSES))
        if p not in TRANSITIONS and p[0] != p[1]
    ],
)
def test_what_the_table_lacks_is_refused(ticket, agent, requester, here, there):
    if here == "open":
        actions.take(ticket, by=agent)
    elif here in {"waiting_requester", "waiting_other"}:
        actions.transition(ticket, to=here, text="x", by=agent)
    elif here in {"resolved", "closed"}:
        actions.resolve(ticket, "x", code="fixed", by=agent)
    if here == "closed":
        actions.confirm(ticket, by=requester)

    with pytest.raises(IllegalTransition):
        actions.transition(ticket, to=there, text="x", by=agent)


@pytest.mark.parametrize("to", ["waiting_requester", "waiting_other"])
def test_words_for_a_ticket_that_waits_already_are_said_all_the_same(ticket, agent, to):
    actions.transition(ticket, to=to, text="First", by=agent)
    actions.transition(ticket, to=to, text="Second", by=agent)

    assert ticket.messages.filter(body="Second").count() == 1
    assert ticket.events.of_kind(Kind.STATUS_CHANGED).count() == 1
