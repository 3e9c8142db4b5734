"""“I no longer need this.”"""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.notify.models import Channel, Delivery
from incidents.tickets import actions, timeline
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.workflow.states import Status


def test_it_closes_the_ticket_as_no_longer_needed(ticket, requester):
    actions.withdraw(ticket, by=requester)

    ticket.refresh_from_db()
    event = ticket.events.latest("number")
    assert (ticket.status, ticket.resolution_code, ticket.is_open) == ("closed", "withdrawn", False)
    assert (event.kind, event.is_public) == (Kind.WITHDRAWN, True)
    assert (ticket.closed_at, ticket.resolved_at) == (event.occurred_at, None)


def test_a_reason_is_said_as_a_reply_in_the_same_event(ticket, requester):
    actions.withdraw(ticket, by=requester, reason="It went away.")

    ticket.refresh_from_db()
    said = ticket.messages.get(body="It went away.")
    assert said.is_public
    assert ticket.events.latest("number").data["message"] == said.pk
    assert (ticket.events.count(), ticket.message_count) == (2, 1)


@pytest.mark.parametrize("reason", ["", "It went away."])
def test_both_sides_read_it(ticket, requester, agent, reason):
    actions.withdraw(ticket, by=requester, reason=reason)
    ticket.refresh_from_db()

    for entries in (timeline.for_requester(ticket, requester), timeline.for_staff(ticket, agent)):
        assert "o longer need" in str(entries[-1].sentence)
        assert (entries[-1].message is not None) == bool(reason)


@pytest.mark.parametrize("status", ["open", "waiting_requester", "waiting_other"])
def test_any_open_ticket_can_be_withdrawn(ticket, requester, agent, status):
    actions.transition(ticket, to=Status(status), text="x", by=agent)
    actions.withdraw(ticket, by=requester)

    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED


@pytest.mark.parametrize("before", ["resolved", "closed", "withdrawn"])
def test_what_is_over_cannot_be_withdrawn(ticket, requester, agent, before):
    if before == "withdrawn":
        actions.withdraw(ticket, by=requester)
    else:
        actions.resolve(ticket, "Done.", code="fixed", by=agent)
    if before == "closed":
        actions.confirm(ticket, by=requester)
    count = ticket.events.count()

    with pytest.raises(IllegalTransition):
        actions.withdraw(ticket, by=requester, reason="Too late")
    assert ticket.events.count() == count
    assert not ticket.messages.filter(body="Too late").exists()


def test_the_reporter_may_too_but_nobody_else(make_ticket, requester, other_requester, agent, lead):
    ticket = make_ticket(by=other_requester, requester=requester)
    actions.follow(ticket, who=lead, by=requester)
    for person in (agent, lead):
        with pytest.raises(NotAllowed):
            actions.withdraw(ticket, by=person)

    actions.withdraw(ticket, by=other_requester)

    ticket.refresh_from_db()
    assert ticket.is_closed


def test_the_same_form_twice_is_once(ticket, requester):
    for _ in range(2):
        actions.withdraw(ticket, by=requester, reason="It went away.", key="k")

    assert ticket.events.of_kind(Kind.WITHDRAWN).count() == 1
    assert ticket.messages.filter(body="It went away.").count() == 1


def test_a_reason_far_too_long_is_refused(ticket, requester):
    with pytest.raises(InvalidInput):
        actions.withdraw(ticket, by=requester, reason="x" * 100_001)
    assert ticket.events.count() == 1


def test_the_agent_on_it_hears(ticket, requester, agent):
    actions.take(ticket, by=agent)
    actions.withdraw(ticket, by=requester)

    heard = Delivery.objects.filter(event__kind=Kind.WITHDRAWN).values_list("recipient", "channel")
    assert (agent.pk, Channel.MAIL) in heard
    assert requester.pk not in [person for person, _channel in heard]


def test_an_open_ticket_is_withdrawn_but_never_confirmed(ticket, requester):
    with pytest.raises(IllegalTransition):
        actions.confirm(ticket, by=requester)
