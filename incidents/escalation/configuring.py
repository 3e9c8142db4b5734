"""A chain with its steps as one thing: written as a file or a former state has it, and noted as a whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from accounts.actions.record import snapshot
from incidents.escalation import rules, soundness
from incidents.escalation.models import Chain, ChainStep, new_key

Said = Mapping[str, Any]
"""A step as `write_steps` takes it: what of `SAYS` differs from nothing, and its key where that is known."""

SAYS: Mapping[str, Any] = {
    "after": None,
    "basis": ChainStep.Basis.UNASSIGNED,
    "deed": ChainStep.Deed.TELL,
    "person": None,
    "tells_assignee": False,
    "tells_leads": False,
    "team": None,
    "priority": None,
    "level": None,
}
BESIDE = ("version", "made_at")
"""What a chain keeps for itself."""


def noted(chain: Chain) -> dict[str, Any]:
    """The chain and its steps as the log of administration keeps them."""
    kept = {name: value for name, value in snapshot(chain).items() if name not in BESIDE}
    steps = chain.steps.select_related("person", "team", "level").order_by("position", "pk")
    kept["steps"] = [_noted(step) for step in steps]
    return kept


def _noted(step: ChainStep) -> dict[str, Any]:
    kept = snapshot(step)
    return {name: kept[name] for name in (*SAYS, "key") if kept[name] not in (None, False)}


@transaction.atomic
def write_steps(chain: Chain, steps: list[Said]) -> None:
    """Let the chain have these steps in this order. People need not be in its levels yet: they come after the file.

    A step that is there already keeps its key, so that nobody hears of it twice; so does one that was changed.

    Raises:
        ValidationError: a step can't be.
        InvalidInput: the steps make no sense, or close a circle with other chains.
    """
    kept = list(_matched(list(chain.steps.order_by("position", "pk")), steps))
    chain.steps.exclude(pk__in=[row.pk for row in kept if row.pk]).delete()
    for position, (row, said) in enumerate(zip(kept, steps, strict=True), start=1):
        for name, nothing in SAYS.items():
            setattr(row, name, said.get(name, nothing))
        row.chain, row.position = chain, position
        row.full_clean(exclude=["chain"], validate_unique=False, validate_constraints=False)
        row.save()
    soundness.require_sound(chain, are_people_here=False)
    rules.renew()


def _matched(rows: list[ChainStep], steps: list[Said]) -> Iterator[ChainStep]:
    """For each step the row that says it already, or the next one that nobody else is, or a new one."""
    left = list(rows)
    same: dict[int, ChainStep] = {}
    for place, said in enumerate(steps):
        found = next((row for row in left if _is(row, said)), None)
        if found:
            same[place] = found
            left.remove(found)
    for place, said in enumerate(steps):
        key = said.get("key")
        if place in same:
            yield same[place]
        elif left and not key:
            yield left.pop(0)
        else:
            yield ChainStep(key=key or new_key())


def _is(row: ChainStep, said: Said) -> bool:
    if key := said.get("key"):
        return row.key == str(key)
    return all(getattr(row, name) == said.get(name, nothing) for name, nothing in SAYS.items())
