"""Macros: several acts in one click, all of them or none.

What a macro would do to a ticket is not guessed but rehearsed: its steps are run as they would be and rolled back, so a
preview says exactly what would be refused, also when one step depends on another.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import User
from incidents.desk.act_forms import ActForm, Values
from incidents.desk.acts import ACTS, Act, words_of
from incidents.desk.canned import fill
from incidents.desk.models import Macro
from incidents.tickets import actions, policies
from incidents.tickets.models import Ticket

MOST_STEPS = 20


class StepRefused(Refused):
    """A step was refused, so nothing was changed; `status` is that of the refusal."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Step:
    act: Act
    values: Values

    @property
    def words(self) -> str:
        return self.act.describe(self.values)

    @property
    def tells(self) -> bool:
        return self.act.tells(self.values)

    @property
    def writes(self) -> bool:
        return bool(self.values.get("text", "").strip())


@dataclass(frozen=True)
class Rehearsed:
    """A step as it would happen: in words, with the text as it would read, and why it would be refused."""

    step: Step
    words: str
    text: str
    refused: str
    is_public: bool


def steps_of(macro: Macro) -> list[Step]:
    return list(_steps(macro.steps))


def mark(macro: Macro) -> str:
    """What tells these steps from others, so that what somebody looked at is what is run."""
    return hashlib.sha256(json.dumps(macro.steps, sort_keys=True).encode()).hexdigest()[:32]


def given(macro: Macro) -> Values:
    """The macro as values of `MACRO`, with its steps as they are now."""
    return {"macro": macro.pk, "name": macro.name, "steps": macro.steps}


def resolves(values: Values) -> bool:
    """Does one of the steps resolve the ticket? Then its parts are held with it, before any step."""
    return any(step.act.slug == "resolve" for step in _steps(values["steps"]))


def writes(values: Values) -> bool:
    """Does one of its steps write something down, or send it? That stays when the rest is undone."""
    return any(step.writes for step in _steps(values["steps"]))


def rehearse(macro: Macro, ticket: Ticket, *, by: User) -> list[Rehearsed]:
    """Every step as it would happen now. Nothing of it stays."""
    told = []
    with transaction.atomic():
        if resolves(given(macro)):
            actions.hold_family(ticket)
        for step in steps_of(macro):
            now = _as_it_is(ticket)
            is_status = step.act.slug == "status"
            text = (
                words_of(step.values, now, by)
                if is_status
                else fill(step.values.get("text", ""), now, by)
            )
            words = step.act.describe({**step.values, "text": ""})
            tells = step.act.tells({**step.values, "text": text})
            told.append(Rehearsed(step, words, text, _refusal(step, now, by), tells))
        transaction.set_rollback(True)
    return told


def _refusal(step: Step, ticket: Ticket, by: User) -> str:
    try:
        with transaction.atomic():
            step.act.run(ticket, by=by, values=step.values)
    except Refused as refusal:
        return refusal.message
    return ""


def _steps(raw: Iterable[dict[str, Any]]) -> Iterator[Step]:
    """Steps as they are kept; an act that no longer exists is left out."""
    for one in raw:
        if one["act"] in ACTS:
            yield Step(ACTS[one["act"]], one["with"])


def _as_it_is(ticket: Ticket) -> Ticket:
    """The ticket after the steps before: they may have moved it, or opened it again."""
    return Ticket.objects.select_related("team", "requester").get(pk=ticket.pk)


# As an act on many tickets -----------------------------------------------------------------------------


class ChooseMacro(ActForm):
    macro = forms.ModelChoiceField(
        Macro.objects.none(), label=gettext_lazy("Macro"), empty_label=gettext_lazy("Choose")
    )

    def offer(self) -> None:
        usable = Macro.objects.usable_by(self.by).exclude(steps=[])
        self.fields["macro"].queryset = usable  # type: ignore[attr-defined]

    def plain(self) -> Values:
        """With its steps as they are now: a run does not change under way when somebody edits the macro."""
        return given(self.cleaned_data["macro"])


def _run(ticket: Ticket, by: User, values: Values) -> None:
    with transaction.atomic():
        if resolves(values):
            actions.hold_family(ticket)
        for number, step in enumerate(_steps(values["steps"]), start=1):
            try:
                step.act.run(_as_it_is(ticket), by=by, values=step.values)
            except Refused as refusal:
                raise StepRefused(
                    _("Nothing was changed. Step %(number)d, “%(step)s”, was refused: %(why)s")
                    % {"number": number, "step": step.words, "why": refusal.message},
                    refusal.status,
                ) from refusal


def _says(values: Values) -> str:
    return _("Macro “%(name)s”") % {"name": values["name"]}


def _tells(values: Values) -> bool:
    return any(step.tells for step in _steps(values.get("steps", ())))


MACRO = Act("macro", gettext_lazy("Macro"), "zap", ChooseMacro, policies.can_work, _run, _says, _tells)  # fmt: skip
