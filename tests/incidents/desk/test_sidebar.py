"""Queues beside every page of the desk, and how much waits in them."""

from accounts.models import User
from incidents.desk import sidebar
from incidents.desk.sidebar import Sidebar
from incidents.tickets import actions


def test_it_counts_my_work_unassigned_and_each_queue(
    agent, other_agent, other_category, make_ticket
):
    actions.take(make_ticket(), by=agent)
    make_ticket()
    make_ticket(category=other_category)

    beside = Sidebar(agent)

    assert (beside.mine, beside.unassigned) == ("1", "1")
    assert [(team.name, count) for team, count, _label in beside.queues] == [("Network", 2)]


def test_a_manager_sees_all_queues_but_private_ones(manager, team, other_team, private_team):
    assert [team.name for team, *_rest in Sidebar(manager).queues] == ["Network", "Workplace"]


def test_own_queues_come_first(make_ticket, agent, other_team, admin):
    person = User.objects.get(pk=agent.pk)
    from accounts.models import Grant, Role

    Grant.objects.create(user=person, role=Role.objects.get(slug="auditor"), team=None)
    other_team.name = "Aardvarks"
    other_team.save()

    assert [team.name for team, *_rest in Sidebar(person).queues] == ["Network", "Aardvarks"]


def test_counts_stop_at_the_cap(monkeypatch, agent, make_ticket):
    monkeypatch.setattr(sidebar, "COUNT_CAP", 2)
    for _ in range(4):
        make_ticket()

    assert Sidebar(agent).unassigned == "2+"
    assert Sidebar(agent).queues[0][1:] == (3, "2+")


def test_it_is_one_query_besides_the_permits(agent, make_ticket, django_assert_num_queries):
    make_ticket()
    _ = agent.permits
    beside = Sidebar(agent)

    with django_assert_num_queries(1):
        _ = beside.mine, beside.unassigned, beside.queues


def test_who_sees_no_queue_has_none(requester, editor):
    assert not Sidebar(requester)
    assert not Sidebar(editor)
    assert Sidebar(requester).mine == "0"


def test_tickets_of_no_team_are_counted_for_whoever_sees_some(agent, make_ticket):
    make_ticket(category=None)

    assert Sidebar(agent).unassigned == "1"
