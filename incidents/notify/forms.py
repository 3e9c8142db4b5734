"""When somebody wants to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.notify.models import Habits

CLOCK = {"type": "time", "class": "form-control"}


class HabitsForm(forms.Form):
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(CLOCK, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(CLOCK, format="%H:%M")
    )
    morning_at = forms.TimeField(
        label=_("Mail of the morning at"),
        widget=forms.TimeInput(CLOCK, format="%H:%M"),
        error_messages={"required": _("Say when it comes, like 07:30.")},
    )

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        if field and field in self.fields:
            self.fields[field].widget.attrs["class"] = "form-control is-invalid"

    @classmethod
    def of(cls, user: Any, data: Any = None) -> "HabitsForm":
        habits = Habits.objects.filter(user=user).first() or Habits(user=user)
        names = ("quiet_from", "quiet_until", "morning_at")
        return cls(data, initial={name: getattr(habits, name) for name in names})
