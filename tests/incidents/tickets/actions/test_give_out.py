"""New tickets are given out as their team has it set: by hand, in turn, to whoever has least."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Absence, Grant, Team, User
from incidents.notify.models import Delivery
from incidents.tickets import actions, rebuild, turns
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from tests.conftest import make_person
from tests.threads import together


@pytest.fixture
def people(team):
    return [make_person(name, ("agent", team)) for name in ("Ada Ash", "Ben Birch", "Cem Cedar")]


@pytest.fixture
def gives(team):
    def setting(how):
        Team.objects.filter(pk=team.pk).update(assigns=how)

    return setting


def who(tickets):
    return [Ticket.objects.get(pk=one.pk).assignee for one in tickets]


def test_by_hand_nobody_gets_it(people, make_ticket):
    assert who([make_ticket()]) == [None]


def test_in_turn_everybody_gets_one_after_the_other(people, gives, make_ticket):
    gives("in_turn")

    assert who([make_ticket() for _ in range(4)]) == [*people, people[0]]
    assert list(rebuild.all_differences()) == []


def test_by_load_whoever_has_least_gets_it(people, gives, make_ticket):
    for one in people[:2]:
        actions.take(make_ticket(), by=one)
    gives("by_load")

    assert who([make_ticket() for _ in range(3)]) == [people[2], *people[:2]]


def test_the_desk_itself_did_it_and_they_are_told(people, gives, make_ticket):
    gives("in_turn")

    ticket = make_ticket()

    event = ticket.events.of_kind(Kind.ASSIGNED).get()
    assert event.actor == User.objects.system()
    told = Delivery.objects.filter(recipient=people[0])
    assert {(row.event.kind, row.channel) for row in told} == {
        ("assigned", "mail"),
        ("assigned", "bell"),
    }
    assert not Delivery.objects.filter(recipient=people[1]).exists()
    assert Ticket.objects.get().status == "new"


def test_nobody_who_is_absent_gets_one(people, gives, make_ticket):
    Absence.objects.create(user=people[0], starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 3))
    gives("in_turn")

    with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=UTC), tick=False):
        assert who([make_ticket(), make_ticket(), make_ticket()]) == [
            people[1],
            people[2],
            people[1],
        ]


def test_a_day_off_is_one_of_their_own_time_zone(people, gives, make_ticket):
    User.objects.filter(pk=people[0].pk).update(time_zone="Pacific/Auckland")
    Absence.objects.create(user=people[0], starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 3))
    gives("in_turn")

    with time_machine.travel(datetime(2026, 3, 2, 20, tzinfo=UTC), tick=False):
        assert who([make_ticket()]) == [people[1]]
    with time_machine.travel(datetime(2026, 3, 3, 20, tzinfo=UTC), tick=False):
        assert who([make_ticket(), make_ticket()]) == [people[2], people[0]]


def test_when_all_are_absent_it_waits(people, gives, make_ticket):
    for one in people:
        Absence.objects.create(user=one, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 4))
    gives("by_load")

    with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=UTC), tick=False):
        assert who([make_ticket()]) == [None]


def test_only_who_works_there_by_a_role_in_the_team(team, gives, make_ticket, manager, auditor):
    Grant.objects.create(user=make_person("Eve Elm"), role=auditor.grants.get().role, team=team)
    left = make_person("Dan Dogwood", ("agent", team), is_active=False)
    gives("in_turn")

    assert who([make_ticket()]) == [None]
    assert left.assigned_tickets.count() == 0


def test_nobody_gets_their_own_report(people, gives, make_ticket):
    gives("in_turn")

    assert who([make_ticket(by=people[0])]) == [people[1]]


def test_what_is_moved_into_the_team_is_given_out(people, gives, make_ticket, other_category, manager, team):  # fmt: skip
    gives("in_turn")
    ticket = make_ticket(category=other_category)

    moved = actions.move(ticket, to=team, by=manager)

    assert who([moved]) == [people[0]]
    assert moved.assignee_id == people[0].pk
    assert list(rebuild.all_differences()) == []


def test_what_is_imported_is_given_to_nobody(people, gives, make_ticket):
    gives("in_turn")

    assert who([make_ticket(origin="import")]) == [None]


def test_a_follow_up_is_given_out_and_linked(people, gives, make_ticket, requester):
    gives("in_turn")
    first = make_ticket()

    again = make_ticket("Again", follows=first)

    assert who([first, again]) == people[:2]
    assert again.links.get().other == first
    assert list(rebuild.all_differences()) == list(rebuild.all_breaks()) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_tickets_at_one_moment_each_goes_to_another(people, gives, make_ticket):
    gives("in_turn")

    filed = together(6, make_ticket)

    got = [one.pk for one in who(filed)]
    assert sorted(got) == sorted([one.pk for one in people] * 2)


@pytest.mark.parametrize(
    ("people", "last", "next_one"),
    [([], None, None), ([3, 1, 2], None, 1), ([1, 2, 3], 1, 2), ([1, 2, 3], 3, 1), ([1, 3], 2, 3), ([1], 1, 1)],
)  # fmt: skip
def test_turns_go_round(people, last, next_one):
    assert turns.in_turn(people, last) == next_one


@pytest.mark.parametrize(
    ("load", "last", "next_one"),
    [({}, None, 1), ({1: 2, 2: 1}, None, 3), ({1: 1, 2: 1, 3: 1}, 1, 2), ({1: 1, 2: 1, 3: 2}, 2, 1)],
)  # fmt: skip
def test_the_least_loaded_comes_first_and_equals_in_turn(load, last, next_one):
    assert turns.by_load([1, 2, 3], load, last) == next_one
