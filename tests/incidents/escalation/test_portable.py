"""Chains and levels in the configuration file, and put back from their history with all their steps."""

import json

import pytest

from accounts.administration import versions
from accounts.administration.configuration import apply, collect, read, rehearse, written
from accounts.models import AdminChange, Role
from incidents.escalation.models import Book, Chain, ChainStep, Level
from incidents.sla.models import Calendar

HEAD = {"format": "firebreak-configuration", "version": 1}


def a_file(**parts) -> dict:
    return read(json.dumps({**HEAD, **parts}).encode())


@pytest.fixture
def chain(make_chain, team, other_team, category, service, agent, lead):
    second = Level.objects.create(name="Second line", team=other_team)
    Level.objects.create(name="Leads", role=Role.objects.get(slug="team-lead"))
    return make_chain(
        "Network",
        {"after": 30, "tells_leads": True, "person": agent},
        {"after": 60, "deed": "raise", "priority": 1},
        {"after": 80, "basis": "resolution", "deed": "call", "level": second},
        {"after": 90, "basis": "resolution", "deed": "hand_over", "team": other_team},
        team=team, category=category, service=service, least_priority=2,
        calendar=Calendar.objects.get(), reaches_back=False, when="outside", when_calendar=Calendar.objects.get(),
    )  # fmt: skip


def test_what_is_written_out_comes_back_as_the_same(chain, admin):
    made = written(collect())
    Chain.objects.all().delete()
    Level.objects.all().delete()
    before = Book.now().mark

    result = apply(read(made), by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()) == made
    assert apply(read(made), by=admin).changes == 0
    assert Book.now().mark != before


def test_steps_name_rows_by_what_they_are_called(chain, agent, other_team):
    entry = json.loads(written(collect()))["escalation_chains"][0]

    assert entry["steps"] == [
        {"after": 30, "basis": "unassigned", "deed": "tell", "person": agent.email, "tells_leads": True},
        {"after": 60, "basis": "unassigned", "deed": "raise", "priority": 1},
        {"after": 80, "basis": "resolution", "deed": "call", "level": "Second line"},
        {"after": 90, "basis": "resolution", "deed": "hand_over", "team": other_team.slug},
    ]  # fmt: skip


def test_a_rehearsal_names_what_would_change_and_changes_nothing(chain, admin):
    document = read(written(collect()))
    document["escalation_chains"][0]["steps"].pop(1)

    [line] = [one for one in rehearse(document, by=admin).lines if one.outcome != "same"]

    assert (line.place, line.outcome, line.turns[0].name) == (
        "/escalation_chains/0", "changed", "steps",
    )  # fmt: skip
    assert chain.steps.count() == 4


def test_steps_that_stay_keep_their_keys(chain, admin):
    keys = [step.key for step in chain.steps.all()]
    document = read(written(collect()))
    steps = document["escalation_chains"][0]["steps"]
    steps[0]["after"] = 20
    steps.insert(0, {"after": 10, "basis": "unassigned", "deed": "tell", "tells_leads": True})
    steps.pop(2)

    assert apply(document, by=admin).is_applied

    now = [step.key for step in chain.steps.all()]
    assert now[2:] == keys[2:]
    chain.refresh_from_db()
    assert chain.version == 2


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"steps": []}, "A chain needs at least one step."),
        ({"steps": [{"after": 5, "basis": "unassigned", "deed": "call", "level": "Nobody"}]}, "There is no level “Nobody” here."),
        ({"steps": [{"after": 5, "basis": "unassigned", "deed": "tell", "person": "x@example.com"}]}, "“x@example.com”"),
        ({"steps": [{"after": 5, "basis": "unassigned", "deed": "tell"}]}, "Step 1: say who is told"),
        ({"team": "network", "steps": [{"after": 5, "basis": "unassigned", "deed": "hand_over", "team": "network"}]}, "has the ticket already"),
        ({"category": "nowhere", "steps": []}, "“nowhere”"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(admin, team, entry, words):
    [line] = apply(a_file(escalation_chains=[{"name": "New", **entry}]), by=admin).refused

    assert line.place == "/escalation_chains/0"
    assert words in line.why
    assert not Chain.objects.exists()


def test_a_level_is_a_team_or_a_role_and_not_everybody(admin, team):
    for level in ({}, {"team": "network", "role": "team-lead"}, {"role": "requester"}):
        assert apply(a_file(escalation_levels=[{"name": "Odd", **level}]), by=admin).refused
    team.is_retired = True
    team.save()
    [line] = apply(a_file(escalation_levels=[{"name": "Odd", "team": "network"}]), by=admin).refused
    assert "takes no tickets any more" in line.why


def test_levels_may_be_empty_in_a_file_since_people_come_later(admin, other_team):
    result = apply(
        a_file(
            escalation_levels=[{"name": "Second line", "team": other_team.slug}],
            escalation_chains=[
                {"name": "New", "steps": [{"after": 5, "basis": "unassigned", "deed": "call", "level": "Second line"}]}
            ],
        ),
        by=admin,
    )  # fmt: skip

    assert [line.why for line in result.refused] == []


def test_who_does_not_manage_process_puts_no_chain_in(manager):
    result = apply(a_file(escalation_levels=[{"name": "X", "role": "team-lead"}]), by=manager)

    assert not manager.permits.anywhere("process.manage")
    assert result.refused


def test_a_former_chain_is_put_back_with_its_steps_and_their_keys(chain, admin, client_of):
    keys = [step.key for step in chain.steps.all()]
    document = read(written(collect()))
    document["escalation_chains"][0] |= {"position": 3, "steps": document["escalation_chains"][0]["steps"][:2]}  # fmt: skip
    apply(document, by=admin)
    change = AdminChange.objects.filter(kind="escalation.chain").latest("pk")

    page = client_of(admin).get(f"/admin/escalation/chain/{chain.pk}/history/").content.decode()
    for words in ("after: 80", "deed: call", "level: Second line"):
        assert words in page
    versions.put_back(change, by=admin)

    chain.refresh_from_db()
    assert chain.position == 10
    assert [step.key for step in chain.steps.all()] == keys


def test_a_removed_chain_is_put_back(chain, admin, client_of):
    client_of(admin).post(f"/admin/escalation/chain/{chain.pk}/delete/", {"post": "yes"})
    assert not ChainStep.objects.exists()
    removed = AdminChange.objects.filter(kind="escalation.chain").latest("pk")

    versions.put_back(removed, by=admin)

    again = Chain.objects.get()
    assert (again.name, again.steps.count(), again.least_priority) == ("Network", 4, 2)


def test_a_level_is_put_back(chain, admin, client_of):
    level = Level.objects.get(name="Leads")
    client_of(admin).post(f"/admin/escalation/level/{level.pk}/delete/", {"post": "yes"})

    versions.put_back(AdminChange.objects.latest("pk"), by=admin)

    assert Level.objects.get(name="Leads").role.slug == "team-lead"
