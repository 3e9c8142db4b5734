"""What agents fill in beside a ticket: steps, hypotheses, evidence, time."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from incidents.tickets import durations
from incidents.tickets.actions.checklist import LONGEST as LONGEST_STEP
from incidents.tickets.actions.hypotheses import LONGEST as LONGEST_HYPOTHESIS
from incidents.tickets.actions.spend import LONGEST_NOTE
from incidents.tickets.evidence import LONGEST_ADDRESS, LONGEST_LABEL

LONGEST_PASTE = 20_000


class SkipForm(forms.Form):
    """Why a required step is not done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_STEP,
        error_messages={"required": _("Say why this is not done.")},
    )


class StepsForm(forms.Form):
    """Steps for the checklist, one a line: several can be pasted at once."""

    steps = forms.CharField(
        label=_("New steps, one a line"),
        max_length=LONGEST_PASTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Add a step, or paste a list")}),
        error_messages={"required": _("Write down what there is to do.")},
    )

    def clean_steps(self) -> list[str]:
        """Lines, without the marks that lists have where they are copied from."""
        marks = "-*•·–☐☑□ \t"
        lines = [line.strip().lstrip(marks) for line in self.cleaned_data["steps"].splitlines()]
        return [line.removeprefix("[ ]").removeprefix("[x]").strip() for line in lines]


class HypothesisForm(forms.Form):
    text = forms.CharField(
        label=_("New hypothesis"),
        max_length=LONGEST_HYPOTHESIS,
        widget=forms.TextInput(
            attrs={"placeholder": _("What might be the cause?"), "autocomplete": "off"}
        ),
        error_messages={"required": _("Write down what might be the cause.")},
    )


class EvidenceForm(forms.Form):
    url = forms.CharField(
        label=_("Link"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"placeholder": "INC-1042, https://…", "autocomplete": "off"}),
        error_messages={"required": _("Paste the address of what you found.")},
    )
    label = forms.CharField(
        label=_("What it shows"),
        max_length=LONGEST_LABEL,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DurationField(forms.CharField):
    """Minutes, written as people write them."""

    default_error_messages = {
        "required": _("Type how long it took, like 20 or 1h 20m."),
        "unclear": _("Type a time like 20, 45m or 1h 20m, up to a day."),
    }

    def clean(self, value: object) -> int | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        minutes = durations.read(text)
        if minutes is None:
            raise ValidationError(self.error_messages["unclear"], code="unclear")
        return minutes


class EscalateForm(forms.Form):
    """Why a ticket must not wait."""

    reason = forms.CharField(
        label=_("Why must this not wait?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    coming = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    """What the page said would happen, see `deeds.mark`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_escalate_%s", **kwargs})


class SpendForm(forms.Form):
    minutes = DurationField(
        label=_("Time spent"),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "1h 20m", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("What for"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("What for (optional)"), "autocomplete": "off"}),
    )  # fmt: skip
