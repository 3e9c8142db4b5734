"""Incident types and matrices in administration, by plain forms."""

import pytest

from accounts.models import AdminChange
from incidents.tickets import actions as tickets
from incidents.tickets import jobs
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Recount, Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow
from incidents.workflow.models import IncidentType, Matrix, Workflow
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import standard as standard_flow
from tests.incidents.workflow.flows import without


@pytest.fixture
def client(admin, client_of):
    return client_of(admin)


@pytest.fixture
def standard(db):
    return Matrix.objects.get(slug="standard")


def a_type(**given):
    return {
        "name": "Data breach",
        "description": "Personal data got out.",
        "nature": "incident",
        "workflow": Workflow.objects.get(slug="standard").pk,
        "matrix": Matrix.objects.get(slug="standard").pk,
        "set_by": "team.lead",
        "tasks": "Tell the data protection officer\n\n Change all passwords ",
        "review": "always",
        **given,
    }


def cells(matrix, **changed):
    grid = {
        f"{one}-{two}": level for one, line in matrix.cells.items() for two, level in line.items()
    }
    return {"name": matrix.label, **grid, **{k.replace("_", "-"): v for k, v in changed.items()}}


def test_a_type_is_added_and_offered_at_once(client, agent, lead, ticket):
    answer = client.post("/admin/types/new/", a_type())

    made = IncidentType.objects.get(slug="data-breach")
    assert answer.url == f"/admin/types/?at={made.pk}#t-{made.pk}"
    assert made.tasks == ["Tell the data protection officer", "Change all passwords"]
    assert not made.closes_by_itself
    assert rulebook.type("data-breach").label == "Data breach"
    assert tickets.set_type(ticket, type="data-breach", by=lead).type == "data-breach"
    change = AdminChange.objects.get(kind="workflow.incidenttype")
    assert (change.label, change.after["set_by"]) == ("Data breach", "team.lead")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "required"),
        ({"name": "standard incident"}, "There is a type of this name already"),
        ({"nature": "problem"}, "valid choice"),
        ({"workflow": 999999}, "valid choice"),
        ({"set_by": "everything"}, "valid choice"),
        ({"tasks": "x" * 201}, "under 201 characters"),
        ({"tasks": "\n".join(map(str, range(21)))}, "up to 20 tasks"),
    ],
)
def test_what_can_not_be_comes_back_with_its_words(client, wrong, words):
    answer = client.post("/admin/types/new/", a_type(**wrong))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert IncidentType.objects.count() == 5


def test_a_renamed_type_is_no_longer_translated_and_tickets_follow(client, ticket):
    incident = IncidentType.objects.get(slug="incident")

    client.post(f"/admin/types/{incident.pk}/", a_type(name="Disturbance", set_by="", tasks=""))

    assert rulebook.type(ticket.type).label == "Disturbance"
    incident.refresh_from_db()
    assert (incident.is_seeded, incident.slug, incident.nature) == (False, "incident", "incident")


def test_another_workflow_has_a_place_for_every_open_ticket(client, admin, agent, ticket):
    short = add_workflow("Short", like=without(standard_flow(), "waiting_other"), by=admin)
    incident = IncidentType.objects.get(slug="incident")
    sent = a_type(name="Standard incident", set_by="", tasks="", workflow=short.pk)
    tickets.transition(ticket, to=Status.WAITING_OTHER, text="Ordered.", by=agent)

    refused = client.post(f"/admin/types/{incident.pk}/", sent)

    assert refused.status_code == 422
    assert "1 open ticket of this type has a status" in refused.content.decode()
    assert "1 open ticket follows at once" in refused.content.decode()
    assert rulebook.flow("incident").slug == "standard"
    tickets.transition(ticket, to=Status.OPEN, by=agent)
    assert client.post(f"/admin/types/{incident.pk}/", sent).status_code == 302
    assert rulebook.flow("incident").slug == "short"


def test_types_change_places(client):
    request = IncidentType.objects.get(slug="request")

    client.post(f"/admin/types/{request.pk}/position/", {"to": "up"})

    assert [one.slug for one in rulebook.types()][:2] == ["request", "incident"]


def test_a_retired_type_is_offered_no_more_and_the_usual_one_stays(client):
    major, usual = (IncidentType.objects.get(slug=slug) for slug in ("major", "incident"))

    client.post(f"/admin/types/{major.pk}/retirement/")
    refused = client.post(f"/admin/types/{usual.pk}/retirement/")

    assert "major" not in [one.slug for one in rulebook.types()]
    assert refused.status_code == 409
    client.post(f"/admin/types/{major.pk}/restoration/")
    assert "major" in [one.slug for one in rulebook.types()]


def test_readers_of_the_audit_look_and_change_nothing(auditor, client_of):
    theirs = client_of(auditor)

    for page in ("/admin/types/", "/admin/types/?at=1", "/admin/matrices/"):
        assert theirs.get(page).status_code == 200
    assert theirs.post("/admin/types/new/", a_type()).status_code == 403


def test_a_gap_in_the_matrix_is_refused_where_it_is(client, standard):
    answer = client.post(f"/admin/matrices/{standard.pk}/", cells(standard, me_low=""))

    assert answer.status_code == 422
    assert "Choose a priority" in answer.content.decode()
    assert rulebook.priority("incident", "me", "low") == 5


def test_the_look_ahead_counts_open_tickets_and_saves_nothing(
    client, standard, ticket, agent, make_ticket
):
    by_hand = make_ticket()
    tickets.set_priority(by_hand, by=agent, override=2, reason="The director")

    page = client.post(
        f"/admin/matrices/{standard.pk}/", {**cells(standard, me_slow=2), "do": "look"}
    )

    assert page.context["moving"] == 1
    assert "1 open ticket would get another priority" in page.content.decode()
    assert rulebook.priority("incident", "me", "slow") == 4


def test_open_tickets_follow_only_where_that_is_wanted(
    client, admin, standard, ticket, make_ticket, agent
):
    by_hand, settled = make_ticket(), make_ticket()
    tickets.set_priority(by_hand, by=agent, override=3, reason="The director")
    tickets.resolve(settled, "Done.", code="fixed", by=agent)

    client.post(f"/admin/matrices/{standard.pk}/", cells(standard, me_slow=2))
    assert jobs.follow_matrices() == 0
    client.post(f"/admin/matrices/{standard.pk}/", {**cells(standard, me_slow=1), "follow": "on"})
    assert jobs.follow_matrices() == 1
    assert jobs.follow_matrices() == 0  # once

    levels = {one.pk: one.priority for one in Ticket.objects.all()}
    assert levels == {ticket.pk: 1, by_hand.pk: 3, settled.pk: 4}
    event = ticket.events.get(kind=Kind.PRIORITISED)
    assert (event.actor, event.data["matrix"]) == (admin, "standard")
    assert Recount.objects.get().changed == 1


def test_an_older_page_does_not_overwrite_a_newer_matrix(client, standard):
    seen = client.get(f"/admin/matrices/{standard.pk}/").context["form"].initial["seen"]
    client.post(f"/admin/matrices/{standard.pk}/", cells(standard, me_slow=2))

    answer = client.post(
        f"/admin/matrices/{standard.pk}/", {**cells(standard, me_slow=3), "seen": seen}
    )

    assert answer.status_code == 409
    assert rulebook.priority("incident", "me", "slow") == 2


def test_overrides_are_counted_by_team(client, ticket, make_ticket, agent, team):
    tickets.set_priority(ticket, by=agent, override=2, reason="The director")
    tickets.set_priority(ticket, by=agent, override=1, reason="The director again")
    tickets.set_priority(make_ticket(), by=agent, impact="team")

    (found,) = client.get("/admin/matrices/").context["overrides"]

    assert (found.team, found.times, found.tickets) == (team.name, 2, 1)
    page = client.get(f"/desk/all/?marked=by-hand&team={team.slug}").content.decode()
    assert ticket.ref in page
