"""Two people changed the same property: what each of them wants, side by side, and what can be merged without asking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext

from accounts.errors import EditConflict
from incidents.desk.forms import PriorityForm, PropertyForm

TOLD_APART = ("impact", "urgency")


@dataclass(frozen=True)
class Difference:
    """One field, as it is now and as this person would have it."""

    label: str
    theirs: str
    mine: str


def differences(now: PropertyForm, mine: PropertyForm) -> list[Difference]:
    """Fields that the two want otherwise. `now` is the form as it opens now, `mine` the one that was sent."""
    pairs = [
        Difference(
            str(field.label), _words(now[name], now.initial.get(name)), _words(mine[name], mine[name].value())
        )
        for name, field in mine.fields.items()
        if not field.widget.is_hidden and name in now.fields and name != "reason"
    ]  # fmt: skip
    return [pair for pair in pairs if pair.theirs != pair.mine]


def merged(now: PropertyForm, mine: PropertyForm, clash: EditConflict) -> dict[str, Any] | None:
    """What both wanted, where they changed different fields of one form; None where they did not.

    Only impact and urgency can be told apart: a priority by hand is a judgement of the whole.
    """
    if not isinstance(now, PriorityForm) or not clash.changes:
        return None
    base = clash.changes[0].data.get("was", {})
    if not base.keys() >= {"priority_by_hand", *TOLD_APART}:  # undone: not all of it was set back
        return None
    given = mine.cleaned_data
    if base["priority_by_hand"] or given["override"] is not None or now.initial["override"]:
        return None
    wanted = {name for name in TOLD_APART if given[name] != base[name]}
    theirs = {name for name in TOLD_APART if now.initial[name] != base[name]}
    if any(given[name] != now.initial[name] for name in wanted & theirs):
        return None
    both = {name: (given if name in wanted else now.initial)[name] for name in TOLD_APART}
    return {**given, **both, "expected": now.ticket.version}


def _words(field: forms.BoundField, value: Any) -> str:
    """A value as people read it."""
    choices: Any = getattr(field.field, "choices", None)
    if choices is None:
        return str(value or "") or gettext("None")
    shown = {str(key): str(label) for key, label in _flat(choices)}
    return shown.get("" if value is None else str(value), "") or gettext("None")


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Choices without their groups."""
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
