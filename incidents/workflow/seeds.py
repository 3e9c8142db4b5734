"""What every install starts with: one workflow, one matrix, and the types that incidents come in."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_noop as _

from incidents.workflow.models import IncidentType, Matrix, Rulebook, Step, Transition, Workflow
from incidents.workflow.priority import MATRIX
from incidents.workflow.states import TRANSITIONS, Status

INCIDENT, REQUEST, MAJOR, REPETITIVE, COMPLEX = (
    "incident", "request", "major", "repetitive", "complex",
)  # fmt: skip
"""Slugs of the types that are always there, whatever they are called."""


@dataclass(frozen=True)
class SeededType:
    slug: str
    name: str
    description: str
    nature: str = IncidentType.Nature.INCIDENT
    review: str = IncidentType.Review.NEVER
    closes_by_itself: bool = True


TYPES = (
    SeededType(INCIDENT, _("Standard incident"), "Something does not work as it should."),
    SeededType(
        REQUEST,
        _("Request"),
        "Somebody needs something; nothing is broken.",
        nature=IncidentType.Nature.REQUEST,
    ),
    SeededType(
        MAJOR,
        _("Major incident"),
        "Many people or the whole company can't work; led by an incident manager.",
        review=IncidentType.Review.ALWAYS,
        closes_by_itself=False,
    ),
    SeededType(REPETITIVE, _("Repetitive incident"), "The same thing happens again and again."),
    SeededType(
        COMPLEX,
        _("Complex incident"),
        "Several teams or several attempts are needed.",
        review=IncidentType.Review.ASKED,
    ),
)


def plant(**_signal: Any) -> None:
    """Make what is missing; what administrators changed stays as they left it."""
    workflow = _standard_workflow()
    matrix, _made = Matrix.objects.get_or_create(
        slug="standard", defaults={"name": "Standard", "cells": cells(), "is_seeded": True}
    )
    for position, seed in enumerate(TYPES):
        IncidentType.objects.get_or_create(
            slug=seed.slug,
            defaults={
                "name": seed.name,
                "description": seed.description,
                "nature": seed.nature,
                "review": seed.review,
                "closes_by_itself": seed.closes_by_itself,
                "workflow": workflow,
                "matrix": matrix,
                "position": position,
                "is_seeded": True,
            },
        )
    Rulebook.objects.get_or_create(pk=1, defaults={"mark": uuid4().hex})


def cells() -> dict[str, dict[str, int]]:
    """The matrix that ITIL describes."""
    found: dict[str, dict[str, int]] = {}
    for (impact, urgency), priority in MATRIX.items():
        found.setdefault(str(impact), {})[str(urgency)] = int(priority)
    return found


def _standard_workflow() -> Workflow:
    """Six steps, one for each status, and the transitions between them."""
    workflow, is_new = Workflow.objects.get_or_create(
        slug="standard", defaults={"name": "Standard", "is_seeded": True}
    )
    if not is_new:
        return workflow
    places = {
        status: Step.objects.create(
            workflow=workflow, slug=status.value, status=status, position=at, is_default=True
        )
        for at, status in enumerate(Status)
    }
    Transition.objects.bulk_create(
        Transition(
            workflow=workflow,
            here=places[Status(here)],
            there=places[Status(there)],
            by_staff=one.by_staff,
            by_requester=one.by_requester,
            needs_text=one.needs_text,
        )
        for (here, there), one in TRANSITIONS.items()
    )
    return workflow


_("Standard")  # what the first workflow and the first matrix are called
