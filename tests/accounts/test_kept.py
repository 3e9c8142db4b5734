"""Queries that are kept: built once for each key, asked every time, never for somebody else."""

import pytest
from django.db import connection
from django.db.models import Count
from django.db.models.functions import Upper

from accounts import kept
from accounts.models import Grant, Role, Team, User
from incidents.desk.sidebar import Sidebar
from knowledge.search import engine
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


def test_a_part_of_a_query_is_built_once_and_filled_each_time(db):
    built = []

    def build():
        built.append(1)
        named = Team.objects.filter(slug__startswith="100%", pk__gt=kept.Hole("above"))
        return engine.keys_of(named)

    teams = [Team.objects.create(name=name, slug=name) for name in ("100%-a", "100%-b", "other")]
    for above, found in ((0, teams[:2]), (teams[0].pk, teams[1:2]), (teams[1].pk, [])):
        sql, values = kept.part("test: part", build, above=above)
        asked = f"SELECT pk FROM ({sql}) AS part ORDER BY pk"  # noqa: S608 (the ORM wrote it)
        for ask in (kept.ask, engine.rows):
            assert [key for (key,) in ask(asked, values)] == [one.pk for one in found]
    assert built == [1]


def test_a_part_that_can_find_nothing_is_none(db):
    for _time in range(2):
        assert kept.part("test: no part", lambda: engine.keys_of(Team.objects.none())) is None


def test_a_statement_is_asked_with_its_values_in_their_places(db):
    Team.objects.create(name="Half", slug="50%")

    asked = "SELECT name, %s FROM accounts_team WHERE slug LIKE '50%%' AND name = %s"
    assert kept.ask(asked, ["it’s", "Half"]) == [("Half", "it’s")]


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


@pytest.fixture
def teams(db):
    return [Team.objects.create(name=f"Team {n}", slug=f"team-{n}") for n in range(5)]


def test_a_hole_is_filled_each_time(teams):
    def build():
        return Team.objects.filter(pk=kept.Hole("team")).values_list("slug")

    found = [kept.rows("test: hole", build, team=team.pk)[0][0] for team in teams]

    assert found == [team.slug for team in teams]


def test_instances_are_those_of_the_orm(agent, lead):
    def query(key):
        people = User.objects.select_related("department").annotate(held=Count("grants"))
        return people.filter(pk=key)

    for person in (agent, lead):
        ours = kept.instances("test: people", lambda: query(kept.Hole("person")), person=person.pk)
        (theirs,) = query(person.pk)

        assert [vars(one) | {"_state": 0} for one in ours] == [vars(theirs) | {"_state": 0}]
        assert ours[0].department == theirs.department
        assert not ours[0]._state.adding


def test_many_are_found_by_their_keys_and_few_queries_are_kept(teams, django_assert_num_queries):
    keys = [team.pk for team in teams]
    for size in range(6):
        wanted = keys[:size]
        with django_assert_num_queries(1 if size else 0):
            found = kept.in_bulk("test: in bulk", Team.objects.all, wanted)
        assert {key: one.slug for key, one in found.items()} == {
            team.pk: team.slug for team in teams[:size]
        }

    assert len([key for _vendor, key in kept._queries if "test: in bulk" in str(key)]) == 4


def test_more_than_a_batch_is_found_in_several(teams, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(kept, "LARGEST_BATCH", 2)

    with django_assert_num_queries(3):
        found = kept.in_bulk("test: batches", Team.objects.all, [team.pk for team in teams])

    assert sorted(found) == sorted(team.pk for team in teams)


def test_values_are_those_of_the_orm(teams):
    def query(start):
        named = Team.objects.annotate(upper=Upper("name")).filter(name__startswith=start)
        return named.order_by("pk").values("slug", "pk", "upper", "is_private")

    ours = kept.dicts("test: values", lambda: query(kept.Hole("start")), start="Team")

    assert ours == list(query("Team"))


def test_on_postgresql_words_are_written_out_for_partial_indexes(teams):
    query = Team.objects.filter(name__in=["it's 100 %", "Team 1"], pk__gt=0).values_list("slug")

    assert kept.rows("test: words", lambda: query) == [("team-1",)]

    sent = kept._queries[(connection.vendor, "test: words")]
    words = [value for value in sent.parameters if isinstance(value, str)]
    assert words == ([] if connection.vendor == "postgresql" else ["it's 100 %", "Team 1"])
