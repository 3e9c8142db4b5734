"""Who has the ticket."""

import pytest

from accounts.errors import EditConflict, InvalidInput, NotAllowed
from accounts.models import Grant
from incidents.tickets import actions
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from tests.threads import together


def test_taking_a_new_ticket_opens_it(ticket, agent):
    actions.take(ticket, by=agent)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "open")


def test_assigning_again_to_the_same_agent_records_nothing(ticket, agent):
    actions.take(ticket, by=agent)
    actions.assign(ticket, to=agent, by=agent)

    assert ticket.events.of_kind(Kind.ASSIGNED).count() == 1


def test_giving_it_to_somebody_else_leaves_it_new(ticket, lead, agent):
    actions.assign(ticket, to=agent, by=lead)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "new")


def test_only_people_who_work_in_the_team_can_have_it(
    ticket, lead, other_agent, auditor, requester
):
    for person in (other_agent, auditor, requester):
        with pytest.raises(InvalidInput):
            actions.assign(ticket, to=person, by=lead)


def test_requesters_other_teams_and_auditors_take_nothing(ticket, requester, other_agent, auditor):
    for person in (requester, other_agent, auditor):
        with pytest.raises(NotAllowed):
            actions.take(ticket, by=person)


def test_giving_needs_the_right_to(ticket, agent, lead):
    Grant.objects.filter(user=agent).update(role=_role_without_assign())
    agent.__dict__.pop("permits", None)

    with pytest.raises(NotAllowed):
        actions.assign(ticket, to=lead, by=agent)


def _role_without_assign():
    from accounts.models import Role

    return Role.objects.create(
        name="Helper", slug="helper", permissions=["tickets.see", "tickets.work"]
    )


def test_two_at_once_the_second_is_told_who_was_first(ticket, agent, lead):
    seen = ticket.version
    actions.take(ticket, by=agent, expected=seen)

    with pytest.raises(EditConflict) as conflict:
        actions.take(ticket, by=lead, expected=seen)
    assert [event.actor for event in conflict.value.changes] == [agent]


def test_a_change_of_something_else_does_not_clash(ticket, agent, lead):
    seen = ticket.version
    actions.set_priority(ticket, impact="many", by=lead, expected=seen)

    actions.take(ticket, by=agent, expected=seen)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.impact) == (agent, "many")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_takes_it(ticket, agent):
    seen = ticket.version

    def press():
        try:
            actions.take(ticket, by=agent, expected=seen)
        except EditConflict:
            return "refused"
        return "taken"

    assert sorted(together(6, press)) == ["refused"] * 5 + ["taken"]


def test_resolved_and_closed_tickets_are_not_taken(ticket, agent, lead, requester):
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    with pytest.raises(IllegalTransition):
        actions.take(ticket, by=lead)
    actions.confirm(ticket, by=requester)
    with pytest.raises(IllegalTransition):
        actions.take(ticket, by=lead)


def test_releasing_gives_it_back(ticket, agent):
    actions.take(ticket, by=agent)
    actions.release(ticket, by=agent)

    ticket.refresh_from_db()
    assert ticket.assignee is None
