"""Forms of incident types and of matrices, in administration."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.errors import InvalidInput
from accounts.permissions import EXPLAINED, Permission
from incidents.workflow.actions.matrices import mark_of
from incidents.workflow.actions.types import tidy_tasks
from incidents.workflow.models import IncidentType, Matrix, Workflow
from incidents.workflow.priority import Impact, Priority, Urgency


class TypeForm(forms.ModelForm):
    """What a type is called, and how tickets of it are handled."""

    tasks = forms.CharField(
        label=_("Required tasks"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("One a line. Each must be done, or skipped with a reason, before the ticket is resolved."),
    )  # fmt: skip

    class Meta:
        model = IncidentType
        fields = [
            "name", "description", "nature", "workflow", "matrix", "set_by", "tasks", "review", "closes_by_itself",
        ]  # fmt: skip
        help_texts = {
            "nature": _(
                "Only what is broken can be joined by others. This can't be changed later."
            ),
            "set_by": _("Besides working on the ticket."),
            "review": _("Always: resolving leaves a task to look back on what happened."),
        }
        widgets = {
            "name": UnfoldAdminTextInputWidget(),
            "description": UnfoldAdminTextInputWidget(),
            "nature": UnfoldAdminSelectWidget(),
            "workflow": UnfoldAdminSelectWidget(),
            "matrix": UnfoldAdminSelectWidget(),
            "review": UnfoldAdminSelectWidget(),
            "closes_by_itself": UnfoldBooleanSwitchWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        if not is_new:
            self.initial["name"] = self.instance.label
            self.initial["tasks"] = "\n".join(self.instance.tasks)
            del self.fields["nature"]
        self.fields["set_by"] = forms.ChoiceField(
            label=_("Who may set it"),
            required=False,
            choices=[("", _("Everybody who works on the ticket")), *self._permissions()],
            widget=UnfoldAdminSelectWidget(),
            help_text=_("Besides working on the ticket."),
        )
        workflow: Any = self.fields["workflow"]
        workflow.empty_label = None
        used = Workflow.objects.filter(is_retired=False)
        workflow.queryset = (
            used if is_new else used | Workflow.objects.filter(pk=self.instance.workflow_id)
        )
        matrix: Any = self.fields["matrix"]
        matrix.empty_label = None

    @staticmethod
    def _permissions() -> list[tuple[str, str]]:
        return [(one.value, f"{EXPLAINED[one].group}: {one.label}") for one in Permission]

    def clean_tasks(self) -> list[str]:
        try:
            return tidy_tasks(self.cleaned_data["tasks"].splitlines())
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from None

    def _post_clean(self) -> None:
        """The verb checks and writes; the row in memory stays as it is."""


class MatrixForm(forms.Form):
    """A priority for each impact and urgency; `seen` is what the page showed."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=UnfoldAdminTextInputWidget())
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    follow = forms.BooleanField(
        label=_("Let open tickets follow"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Each gets an entry in its history. What was set by hand stays."),
    )

    def __init__(self, *args: Any, matrix: Matrix | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cells = matrix.cells if matrix else {}
        if matrix:
            self.initial["name"] = matrix.label
            self.initial["seen"] = mark_of(cells)
        for impact in Impact:
            for urgency in Urgency:
                name = f"{impact.value}-{urgency.value}"
                self.fields[name] = forms.TypedChoiceField(
                    label=_("%(impact)s, %(urgency)s")
                    % {"impact": impact.label, "urgency": urgency.label},
                    choices=[
                        ("", "–"),
                        *((one.value, f"P{one.value} {one.label}") for one in Priority),
                    ],
                    coerce=int,
                    error_messages={"required": _("Choose a priority.")},
                    widget=forms.Select(attrs={"class": "fb-input"}),
                )
                self.initial[name] = cells.get(impact.value, {}).get(urgency.value)

    @property
    def lines(self) -> list[tuple[Any, list[Any]]]:
        """Each impact with its fields, in the order of urgency."""
        return [
            (impact.label, [self[f"{impact.value}-{urgency.value}"] for urgency in Urgency])
            for impact in reversed(Impact)
        ]

    @property
    def cells(self) -> dict[str, dict[str, int]]:
        """What was chosen, once it is valid."""
        return {
            impact.value: {
                urgency.value: self.cleaned_data[f"{impact.value}-{urgency.value}"]
                for urgency in Urgency
            }
            for impact in Impact
        }
