"""Logging in one go: filed, taken, resolved; or nothing of it."""

import pytest

from accounts.errors import InvalidInput, KeyReused, NotAllowed
from accounts.models import Team
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket
from incidents.workflow.states import Status
from tests.conftest import make_person


@pytest.fixture
def log(agent, requester, category):
    def do(title="Password forgotten", **given):
        fields = {"by": agent, "requester": requester, "category": category, **given}
        return actions.log(title, **fields)

    return do


def kinds(ticket):
    return list(ticket.events.order_by("number").values_list("kind", flat=True))


def test_it_is_filed_for_the_caller_taken_and_resolved(log, agent, requester, team):
    ticket = log(done="Reset it.", code="fixed", minutes=5, remark="Call.", origin="phone")

    ticket.refresh_from_db()
    assert (ticket.requester, ticket.reporter, ticket.assignee) == (requester, agent, agent)
    assert (ticket.status, ticket.resolution_code, ticket.team) == (Status.RESOLVED, "fixed", team)
    assert (ticket.minutes_spent, ticket.origin) == (5, "phone")
    said = dict(ticket.messages.values_list("kind", "body"))
    assert said == {"description": "Password forgotten", "note": "Call.", "resolution": "Reset it."}
    assert Kind.RESOLVED in kinds(ticket)


def test_kept_open_it_is_ones_own_and_what_was_done_is_a_note(log, agent):
    ticket = log(description="Locked out.", done="Told them to wait.")

    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.OPEN, agent)
    assert ticket.messages.get(kind=Message.Kind.NOTE).body == "Told them to wait."


def test_what_one_solves_of_another_teams_category_stays_with_ones_own_team(
    log, other_category, team
):
    ticket = log(category=other_category, done="Done.", code="fixed")

    assert (ticket.category, ticket.team) == (other_category, team)


def test_what_stays_open_goes_to_the_categorys_team(log, other_category, other_team):
    ticket = log(category=other_category)

    ticket.refresh_from_db()
    assert (ticket.team, ticket.assignee, ticket.status) == (other_team, None, Status.NEW)


def test_what_one_did_is_not_lost_with_a_ticket_of_another_team(log, other_category):
    with pytest.raises(InvalidInput):
        log(category=other_category, done="Restarted it.")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("confidential", [True, False])
def test_what_is_closed_to_one_is_not_resolved_by_one(
    log, other_category, private_team, confidential
):
    if confidential:
        other_category.is_confined = other_category.is_confidential = True
    else:
        other_category.default_team = private_team
    other_category.save()
    with pytest.raises(InvalidInput):
        log(category=other_category, done="Done.", code="fixed")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "given", [{"title": " "}, {"code": "fixed", "done": " "}, {"code": "nonsense", "done": "x"},
              {"minutes": 2000}, {"title": "x" * 201}],
)  # fmt: skip
def test_bad_input_leaves_nothing_behind(log, given):
    with pytest.raises(InvalidInput):
        log(given.pop("title", "A title"), **given)
    assert not Ticket.objects.exists()


def test_a_repeat_is_the_first_ticket_and_a_key_is_for_one(log):
    first = log(done="Reset.", code="fixed", key="k")

    assert log(done="Reset.", code="fixed", key="k") == first
    with pytest.raises(KeyReused):
        log("Another", key="k")
    assert Ticket.objects.count() == 1


def test_who_works_on_no_tickets_logs_none(log, auditor, other_requester):
    for person in (auditor, other_requester):
        with pytest.raises(NotAllowed):
            log(by=person)


def test_who_works_everywhere_solves_it_in_the_categorys_team(log, manager, team):
    assert log(by=manager, done="Done.", code="fixed").team == team


def test_a_call_is_noted_on_an_open_ticket_with_its_time(ticket, agent, requester, other_agent):
    actions.note_call(
        ticket, by=agent, remark="Call from 1.", done="Wants news.", minutes=3, key="k"
    )
    actions.note_call(
        ticket, by=agent, remark="Call from 1.", done="Wants news.", minutes=3, key="k"
    )

    ticket.refresh_from_db()
    note = ticket.messages.get(kind=Message.Kind.NOTE)
    assert (note.body, note.is_public, ticket.minutes_spent) == ("Call from 1.\n\nWants news.", False, 3)  # fmt: skip
    for person in (requester, other_agent):
        with pytest.raises(NotAllowed):
            actions.note_call(ticket, by=person, remark="x")


def test_private_teams_of_ones_own_are_the_last_choice(
    log, private_team, other_category, requester
):
    guard = make_person("Uma Reed", ("agent", private_team))

    assert log(by=guard, category=other_category, done="x", code="fixed").team == private_team


def test_what_one_solves_is_given_out_to_nobody_before(log, agent, team):
    make_person("Uma Wren", ("agent", team))
    Team.objects.filter(pk=team.pk).update(assigns=Team.Assigns.IN_TURN)
    ticket = log(done="Restarted it.", code="fixed")

    assert [event.actor for event in ticket.events.of_kind(Kind.ASSIGNED)] == [agent]
    team.refresh_from_db()
    assert team.last_in_turn is None
