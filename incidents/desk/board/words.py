"""What a move has to say: the question for the requester, the reason of a hold, how it was resolved."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.desk.forms import LONGEST_REASON, WRITE_SOMETHING
from incidents.workflow.states import Resolution


class Lane(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str: ...


class WordsForm(forms.Form):
    """Base. `panel`: the tab of the workspace's composer to which these words belong."""

    panel = ""
    hint: Any = ""
    is_internal = False
    send: Any = ""


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": 4}), error_messages=WRITE_SOMETHING
    )


class AskForm(WordsForm):
    panel = "reply"
    hint = _("The requester reads this and is asked to answer.")
    send = _("Send and wait")
    body = _text(_("What do you need from the requester?"))


class HoldForm(WordsForm):
    panel = "note"
    hint = _("Internal note: the requester can’t see this.")
    is_internal = True
    send = _("Put on hold")
    body = _text(_("What is it waiting for?"))


class ResolvedForm(WordsForm):
    panel = "resolve"
    hint = _("The requester reads this and is asked to check that it works.")
    send = _("Resolve")
    code = forms.ChoiceField(
        label=_("How was it resolved?"),
        choices=[("", _("Choose")), *Resolution.choices],
        error_messages={"required": _("Choose how it was resolved.")},
    )
    body = _text(_("What restored the service?"))


class ReopenForm(WordsForm):
    panel = "reply"
    hint = _("The requester reads this.")
    send = _("Reopen")
    body = _text(_("What is still wrong?"))


class WhyForm(WordsForm):
    panel = "note"
    hint = _("Internal note: the requester can’t see this.")
    is_internal = True
    send = _("Move it")
    body = _text(_("Why?"))


class ReasonForm(WordsForm):
    hint = _("Only the desk reads this.")
    is_internal = True
    send = _("Change priority")
    reason = forms.CharField(
        label=_("Why does the priority differ from impact and urgency?"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why the priority differs from impact and urgency.")},
    )


class LimitsForm(forms.Form):
    """How many cards each lane should hold at most; empty: as many as there are."""

    def __init__(self, lanes: Iterable[Lane], limits: Mapping[str, int], sent: Any = None) -> None:
        super().__init__(sent)
        for lane in lanes:
            self.fields[lane.key] = forms.IntegerField(
                label=lane.label, min_value=1, max_value=999, required=False, initial=limits.get(lane.key),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )  # fmt: skip
