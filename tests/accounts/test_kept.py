"""Queries that are kept: built once for each key, asked every time, never for somebody else."""

from accounts import kept
from accounts.models import Grant, Role, Team, User
from incidents.desk.sidebar import Sidebar
from tests.conftest import make_person


def test_a_query_is_built_once_and_asked_every_time(db):
    built = []

    def build():
        built.append(1)
        return Team.objects.filter(name__startswith="Kept").values_list("name")

    assert kept.rows("test: built once", build) == []
    Team.objects.create(name="Kept apart", slug="kept-apart")

    assert kept.rows("test: built once", build) == [("Kept apart",)]
    assert built == [1]


def test_a_query_that_can_find_nothing_is_not_asked(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert kept.rows("test: nothing", lambda: Team.objects.none().values_list("pk")) == []


def test_whoever_gains_or_loses_a_role_is_asked_anew(team, other_team, agent):
    def queues():
        return [one.name for one, _n, _label in Sidebar(User.objects.get(pk=agent.pk)).queues]

    assert queues() == ["Network"]

    grant = Grant.objects.create(user=agent, role=Role.objects.get(slug="agent"), team=other_team)
    assert queues() == ["Network", "Workplace"]

    grant.delete()
    assert queues() == ["Network"]


def test_two_people_of_the_same_roles_are_two(team):
    first, second = make_person("Wren", ("agent", team)), make_person("Stoat", ("agent", team))

    assert first.reach != second.reach
