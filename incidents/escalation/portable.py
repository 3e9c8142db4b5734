"""Levels and chains as configuration. A chain comes with its steps."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed
from accounts.administration.portable import (
    Column,
    Part,
    Values,
    by_form,
    find,
    form_data,
    named,
    register,
    save_form,
)
from accounts.administration.versions import found_again
from accounts.errors import InvalidInput
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.escalation import configuring
from incidents.escalation.configuring import SAYS
from incidents.escalation.models import LONGEST_WAIT, Chain, ChainStep, Level
from incidents.workflow.priority import Priority

P = Permission
AMONG: Mapping[str, Any] = {"person": User, "team": Team, "level": Level}
"""What of a step is a row of another table."""
MOST_STEPS = 100


class ChainForm(forms.ModelForm):
    notes_itself = True
    """With its steps, once those are written."""

    class Meta:
        model = Chain
        fields = (
            "name", "position", "is_active", "category", "service", "type", "team", "least_priority", "when",
            "when_calendar", "calendar", "reaches_back",
        )  # fmt: skip


def write_level(part: Part, row: Any, values: Values, *, by: User) -> Level:
    """As on its page: neither a team that takes no tickets nor the role that everybody holds can be called."""
    team, role = values["team"], values["role"]
    if team and team.is_retired:
        raise InvalidInput(_("%(team)s takes no tickets any more.") % {"team": team}, field="team")
    if role and role.is_everybody:
        raise InvalidInput(_("Everybody holds the role “%(role)s”.") % {"role": role}, field="role")
    saved: Any = by_form(part, row, values, by=by)
    level: Level = saved
    return level


def write_chain(part: Part, row: Any, values: Values, *, by: User) -> Chain:
    for name in ("category", "service", "type", "team"):
        if values[name] and values[name].is_retired:
            raise InvalidInput(_("“%(name)s” is retired.") % {"name": values[name]}, field=name)
    before = configuring.noted(row) if row else {}
    saved: Any = save_form(part, ChainForm(form_data(values), instance=row), values, by=by)
    chain: Chain = saved
    configuring.write_steps(chain, values.get("steps", []))
    after = configuring.noted(chain)
    if not before:
        record_added(chain, by=by, after=after)
    elif record_changed(chain, by=by, before=before, after=after):
        chain.version += 1
        chain.save(update_fields=["version"])
    return chain


# Steps name rows by their key -------------------------------------------------------------------------------


def dump_steps(chain: Chain) -> list[dict[str, Any]]:
    """What each says; their own keys are of this install."""
    steps = chain.steps.select_related("person", "team", "level").order_by("position", "pk")
    return [_turned(_said(step), lambda _model, row: named(row)) for step in steps]


def load_steps(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_turned(one, find) for one in given]


def logged_steps(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_turned(one, found_again) for one in kept]


def _said(step: ChainStep) -> dict[str, Any]:
    says = {name: getattr(step, name) for name in SAYS}
    return {name: value for name, value in says.items() if value not in (None, False)}


def _turned(step: dict[str, Any], turn: Callable[[Any, Any], Any]) -> dict[str, Any]:
    return {
        name: turn(AMONG[name], value) if name in AMONG and value is not None else value
        for name, value in step.items()
    }


STEPS = {
    "type": "array",
    "maxItems": MOST_STEPS,
    "items": {
        "type": "object",
        "required": ["after", "basis", "deed"],
        "additionalProperties": False,
        "properties": {
            "after": {"type": "integer", "minimum": 1, "maximum": LONGEST_WAIT},
            "basis": {"enum": list(ChainStep.Basis.values)},
            "deed": {"enum": list(ChainStep.Deed.values)},
            "person": {"type": "string"},
            "tells_assignee": {"type": "boolean"},
            "tells_leads": {"type": "boolean"},
            "team": {"type": "string"},
            "priority": {"enum": list(Priority.values)},
            "level": {"type": "string"},
        },
    },
}

register(
    Part(
        "escalation_levels", 76, Level, P.PROCESS_MANAGE, ("name",), ("team", "role"), write=write_level
    ),
    Part(
        "escalation_chains", 78, Chain, P.PROCESS_MANAGE, ("name",),
        tuple(name for name in ChainForm.Meta.fields if name != "name"),
        columns={"steps": Column(dump_steps, load_steps, STEPS, logged_steps)}, write=write_chain,
    ),
)  # fmt: skip
