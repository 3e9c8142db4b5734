"""Who may find a ticket and join it: said when it is filed, or by the desk."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.tickets import actions, timeline
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Ticket
from incidents.workflow.priority import Impact


@pytest.mark.parametrize(
    ("impact", "is_offered"), [(Impact.ME, False), (Impact.TEAM, True), (Impact.MANY, True)]
)
def test_a_report_is_offered_when_others_have_it_too(make_ticket, impact, is_offered):
    assert make_ticket(impact=impact).is_offered is is_offered


def test_an_agent_offers_a_ticket_and_takes_it_back(ticket, agent, other_requester):
    ticket = actions.offer(ticket, on=True, by=agent)
    assert ticket in Ticket.objects.offered_to(other_requester)

    ticket = actions.offer(ticket, on=False, by=agent)
    assert ticket not in Ticket.objects.offered_to(other_requester)


def test_it_is_written_down_for_the_desk_alone(ticket, agent, requester):
    actions.offer(ticket, on=True, by=agent)

    event = ticket.events.get(kind=Kind.OFFERED)
    assert (event.is_public, event.data["set"]) == (False, {"is_offered": True})
    assert "lets others join" in str(timeline.for_staff(ticket, agent)[-1].sentence)
    assert len(timeline.for_requester(ticket, requester)) == 1


def test_as_it_is_already_changes_and_records_nothing(ticket, agent):
    actions.offer(ticket, on=False, by=agent)

    assert not ticket.events.filter(kind=Kind.OFFERED).exists()


@pytest.mark.parametrize("who", ["requester", "other_agent", "auditor"])
def test_only_those_who_work_on_it_decide(ticket, who, request):
    with pytest.raises(NotAllowed):
        actions.offer(ticket, on=True, by=request.getfixturevalue(who))


def test_a_resolved_ticket_is_not_offered(ticket, agent):
    actions.resolve(ticket, "Restarted.", code="fixed", by=agent)

    with pytest.raises(IllegalTransition):
        actions.offer(ticket, on=True, by=agent)


def test_a_request_and_a_confidential_matter_are_not_offered(make_ticket, agent, team):
    request = make_ticket(type="request")
    hushed = Category.objects.create(
        name="HR", slug="hr", default_team=team, is_confidential=True, is_confined=True
    )

    for ticket in (request, make_ticket(category=hushed)):
        with pytest.raises(InvalidInput):
            actions.offer(ticket, on=True, by=agent)
