"""Workflows, matrices and types in the configuration file, and put back from their history."""

import json

from accounts.administration import versions
from accounts.administration.configuration import apply, collect, read, rehearse, written
from accounts.models import AdminChange
from incidents.tickets.models import Category
from incidents.workflow.models import IncidentType, Workflow


def test_a_process_of_ones_own_comes_with_the_file_and_is_put_back(admin, category):
    document = read(written(collect()))
    assert {line.outcome for line in rehearse(document, by=admin).lines} == {"same"}
    standard = document["workflows"][0]
    document["workflows"].append(
        json.loads(json.dumps({**standard, "slug": "slow", "name": "Slow"}))
    )
    standard["steps"][0]["name"] = "Fresh"
    document["matrices"].append({**document["matrices"][0], "slug": "flat", "name": "Flat"})
    odd = {
        "nature": "incident",
        "workflow": "slow",
        "matrix": "flat",
        "tasks": ["Look"],
        "position": 9,
    }
    document["types"].append({"slug": "odd", "name": "Odd", **odd})
    document["categories"][0]["type"] = "odd"

    result = apply(document, by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert IncidentType.objects.get(slug="odd").workflow.slug == "slow"
    assert Category.objects.get().type == "odd"
    assert {one.outcome for one in rehearse(read(written(collect())), by=admin).lines} == {"same"}

    fresh = AdminChange.objects.filter(kind="workflow.workflow", action="changed").latest("pk")
    versions.put_back(fresh, by=admin)
    assert [step.name for step in Workflow.objects.get(slug="standard").steps.all()] == [""] * 6


def test_a_workflow_with_a_dead_end_is_refused_with_its_place(admin):
    document = read(written(collect()))
    document["workflows"][0]["transitions"] = []

    refused = rehearse(document, by=admin).refused

    assert [line.place for line in refused] == ["/workflows/0"]
    assert "dead end" in refused[0].why


def test_a_step_that_is_not_there_and_another_nature_are_refused(admin):
    document = read(written(collect()))
    document["workflows"][0]["transitions"][0]["to"] = "nowhere"
    document["types"][0]["nature"] = "request"

    assert [line.place for line in rehearse(document, by=admin).refused] == [
        "/workflows/0",
        "/types/0",
    ]


def test_gaps_in_a_matrix_are_refused(admin):
    document = read(written(collect()))
    document["matrices"][0]["cells"] = {}

    assert "Choose a priority" in rehearse(document, by=admin).refused[0].why
