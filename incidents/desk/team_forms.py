"""What a team's lead fills in, and what people fill in about their own absence."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Absence, Team, User


class GivingForm(forms.ModelForm):
    """How new tickets are given out."""

    class Meta:
        model = Team
        fields = ["assigns"]


class AbsenceForm(forms.ModelForm):
    """Whole days off. `people`: for whom it may be entered; without them, for oneself."""

    class Meta:
        model = Absence
        fields = ["user", "starts_on", "ends_on", "note"]
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        error_messages = {
            "user": {"required": _("Choose who is absent.")},
            "starts_on": {"required": _("Enter the first day.")},
            "ends_on": {"required": _("Enter the last day.")},
        }

    def __init__(
        self, *args: Any, by: User, people: list[User] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.instance.entered_by = by
        if people is None:
            del self.fields["user"]
            self.instance.user = by
        else:
            keys = [person.pk for person in people]
            self.fields["user"].queryset = User.objects.filter(pk__in=keys)  # type: ignore[attr-defined]
            self.fields["user"].empty_label = _("Choose")  # type: ignore[attr-defined]
        self.fields["note"].help_text = _("Your team’s leads read this.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        ends_on = cleaned.get("ends_on")
        person = cleaned.get("user") if "user" in self.fields else self.instance.user
        if person and ends_on and ends_on < timezone.localdate(timezone=person.zone):
            self.add_error("ends_on", _("That is over already."))
        return cleaned


class GiveAwayForm(forms.Form):
    """Tickets of one person, for another one or shared out among the others."""

    SHARED = "shared"

    to = forms.ChoiceField(label=_("Give them to"))
    ticket = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": _("Choose at least one ticket.")}
    )

    def __init__(self, *args: Any, people: list[User], tickets: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (self.SHARED, _("the others, by load")),
            *((key, one.display_name) for key, one in self.people.items()),
        ]
        self.fields["ticket"].choices = [(number, number) for number in tickets]  # type: ignore[attr-defined]
