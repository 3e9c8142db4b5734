"""How the demo company handles things, as `process.toml` tells it: a workflow and a type of its own, and what is promised."""

import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from incidents.demo.company import FOLDER, Company
from incidents.sla import rules as promises
from incidents.sla.models import Policy, Rules, Target
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.models import Category, QuestionForm
from incidents.workflow import rulebook
from incidents.workflow.actions import types, workflows
from incidents.workflow.models import IncidentType, Matrix, Workflow
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

LONG_AGO = timedelta(days=60)


def shape(company: Company, *, now: datetime) -> None:
    """Make all of it, before the first ticket is filed."""
    told = tomllib.loads((FOLDER / "process.toml").read_text(encoding="utf-8"))
    by = company.people["alex.heron"]
    made = _type(told["type"], _workflow(told["workflow"], by=by), by=by)
    form = change_questions(made, told["question"], by=by)
    QuestionForm.objects.filter(pk=form.pk).update(made_at=now - LONG_AGO)
    category = company.categories[told["type"]["category"]]
    Category.objects.filter(pk=category.pk).update(type=made.slug)
    category.type = made.slug
    _promise(told["promises"], now=now)


def _workflow(told: dict[str, Any], *, by: User) -> Workflow:
    """The usual one, with steps between its own."""
    usual = rulebook.current().flows["standard"]
    last = len(usual.places)
    added = [
        Place(
            step["slug"], Status(step["status"]), step["name"], step["outside_name"], last + at, is_default=False
        )
        for at, step in enumerate(told["steps"])
    ]  # fmt: skip
    places = {place.slug: place for place in (*usual.places, *added)}
    ways = [
        Way(
            places[way["from"]], places[way["to"]], way["name"], needs_text=way.get("needs_text", False)
        )
        for way in told["ways"]
    ]  # fmt: skip
    flow: Flow = replace(usual, places=tuple(places.values()), ways=(*usual.ways, *ways))
    made = workflows.add_workflow(told["name"], like=flow, by=by)
    Workflow.objects.filter(pk=made.pk).update(description=told["description"])
    return made


def _type(told: dict[str, Any], workflow: Workflow, *, by: User) -> IncidentType:
    return types.add_type(
        by=by,
        nature=told["nature"],
        name=told["name"],
        description=told["description"],
        workflow=workflow,
        matrix=Matrix.objects.get(slug="standard"),
    )


def _promise(told: dict[str, Any], *, now: datetime) -> None:
    policy = Policy.objects.live().get(is_seeded=True)
    for target in Target.objects.filter(policy=policy):
        target.minutes = told[target.kind]
        target.save(update_fields=["minutes"])
    Rules.objects.filter(pk=1).update(since=now - timedelta(days=told["days_ago"]))
    promises.changed()
