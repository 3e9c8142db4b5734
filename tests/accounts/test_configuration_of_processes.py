"""Workflows, matrices and types in the configuration file, and put back from their history."""

import json

import pytest
from django.contrib import admin as admin_site
from django.core.management import call_command

from accounts.administration import portable, versions
from accounts.administration.configuration import apply, collect, read, rehearse, written
from accounts.models import AdminChange, AuditEntry
from incidents.desk.models import Macro, SavedView
from incidents.tickets.models import Category, ClosingRule, ProposalRules
from incidents.workflow.models import IncidentType, Workflow

TELL = {"after": 30, "basis": "unassigned", "deed": "tell"}


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


@pytest.mark.parametrize(
    ("part", "entry"),
    [
        ("forms", {"category": None, "questions": []}),
        ("type_forms", {"type": None, "questions": []}),
        ("type_forms", {"type": "complex"}),
        ("escalation_chains", {"name": "Night", "steps": [{**TELL, "person": ""}]}),
        ("escalation_chains", {"name": "Night", "steps": [{**TELL, "level": ""}]}),
    ],
)
def test_an_entry_without_what_it_is_about_is_refused_with_its_place(admin, part, entry):
    document = read(written(collect()))
    place = len(document[part])
    document[part].append(entry)

    refused = rehearse(document, by=admin).refused
    assert all(line.place == f"/{part}/{place}" for line in refused)
    assert refused or part == "type_forms"


# Closing rules and signs ------------------------------------------------------------------------------------


def changed(kind):
    return AdminChange.objects.filter(kind=kind).latest("pk")


def test_closing_rules_and_signs_come_with_the_file(admin):
    request = IncidentType.objects.get(slug="request")
    ClosingRule.objects.create(type=request, warn_after_days=5, words="Still **there**?\n")
    ProposalRules.objects.create(pk=1, teams=7)
    made = written(collect())
    ClosingRule.objects.all().delete()
    ProposalRules.objects.all().delete()

    result = apply(read(made), by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()) == made
    assert apply(read(made), by=admin).changes == 0
    assert ProposalRules.now().teams == 7


def test_closing_rules_and_signs_are_put_back(admin, client_of):
    client = client_of(admin)
    rule = ClosingRule.objects.get()
    days = {"warn_after_days": 7, "close_after_days": 3}
    client.post(f"/admin/tickets/closingrule/{rule.pk}/change/", days)
    signs = {"assignments": 9, "teams": 3, "reopenings": 2, "age_days": 14, "alike": 3, "alike_days": 90}  # fmt: skip
    client.post("/admin/tickets/proposalrules/1/change/", signs)

    versions.put_back(changed("tickets.closingrule"), by=admin)
    versions.put_back(changed("tickets.proposalrules"), by=admin)

    assert ClosingRule.objects.get().warn_after_days == 11
    assert ProposalRules.now().assignments == 3


def test_a_removed_closing_rule_is_put_back(admin, client_of):
    request = IncidentType.objects.get(slug="request")
    rule = ClosingRule.objects.create(type=request, ask_after_days=4, give_up_after_days=2)
    client_of(admin).post(f"/admin/tickets/closingrule/{rule.pk}/delete/", {"post": "yes"})

    versions.put_back(changed("tickets.closingrule"), by=admin)

    again = ClosingRule.objects.get(type=request)
    assert (again.ask_after_days, again.give_up_after_days) == (4, 2)


def test_closing_rules_that_make_no_sense_are_refused_with_their_place(admin):
    document = read(written(collect()))
    document["closing_rules"] = [
        {"type": "major"},
        {"type": None, "ask_after_days": 5, "give_up_after_days": None},
        {"type": "request", "close_after_days": 0},
    ]
    document["signs"] = {"alike": 51}

    refused = {line.place: line.why for line in apply(document, by=admin).refused}

    assert set(refused) == {"/closing_rules/0", "/closing_rules/1", "/closing_rules/2", "/signs"}
    assert "never closed by themselves" in refused["/closing_rules/0"]
    assert "say both" in refused["/closing_rules/1"]


# All of it --------------------------------------------------------------------------------------------------

ELSEWHERE = {
    "accounts.user": "people, who can be put back but are in no file",
    "accounts.adminchange": "the log itself",
    "knowledge.article": "articles have files of their own",
}


def test_every_table_of_administration_is_in_the_file_and_can_be_put_back(db):
    missing = [
        model._meta.label_lower
        for model in admin_site.site._registry
        if model._meta.label_lower not in ELSEWHERE
        and not ((part := portable.part_of(model)) and part.in_file)
    ]

    assert missing == []


def test_putting_a_file_in_and_writing_one_out_is_in_the_audit_log(admin, tmp_path, capsys):
    file = tmp_path / "config.json"
    call_command("export_config", str(file))
    document = json.loads(file.read_text())
    document["departments"].append({"name": "Legal"})
    file.write_text(json.dumps(document))
    call_command("import_config", str(file))
    call_command("import_config", str(file), "--apply", "--by", admin.email)

    told = AuditEntry.objects.filter(kind__in=["exported", "imported"]).order_by("pk")
    assert [(one.kind, one.actor.is_system, one.data["what"]) for one in told] == [
        ("exported", True, "configuration"),
        ("imported", False, "configuration"),
    ]
    assert told[1].data["count"] == 1


def test_what_was_kept_in_another_way_reads_the_same_on_both_installs(admin, team):
    """Steps and filters that were written past their forms, as imports and demo data do."""
    macro = Macro.objects.create(
        name="Stop", owner=admin, scope="everybody",
        steps=[{"act": "team", "with": {"to": team.pk}}, {"act": "priority", "with": {"urgency": "stop"}}],
    )  # fmt: skip
    view = SavedView.objects.create(
        name="New here", owner=admin, scope="everybody", query="team=network&status=new&sort=created"
    )  # fmt: skip
    made = written(collect())
    macro.delete()
    view.delete()

    result = apply(read(made), by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()) == made
    assert SavedView.objects.get().query == "status=new&team=network&sort=created"
