"""What is asked before something goes for good."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from incidents.privacy.models import RetentionRule


class EraseForm(forms.Form):
    """The name, typed: nobody erases somebody by a slip."""

    name = forms.CharField(
        label=gettext_lazy("Their name, as it stands above"), max_length=120, strip=True
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200,
        help_text=gettext_lazy("For the audit log. Without their name."),
    )  # fmt: skip
    words = forms.ChoiceField(
        label=gettext_lazy("What they wrote on tickets"),
        choices=[
            ("keep", gettext_lazy("Keep texts and files, under the neutral name")),
            ("blank", gettext_lazy("Blank texts and remove files")),
        ],
        initial="keep",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        for name in ("name", "reason"):
            self.fields[name].widget.attrs |= {"class": "fb-input", "autocomplete": "off"}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if name.casefold() != " ".join(self.person.display_name.split()).casefold():
            raise forms.ValidationError(_("This is not the name of the person."))
        return name


class RuleForm(forms.ModelForm):
    class Meta:
        model = RetentionRule
        fields = ["what", "category", "months"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "fb-input"
        category: Any = self.fields["category"]
        category.empty_label = _("All others")
