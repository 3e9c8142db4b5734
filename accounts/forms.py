"""What people set about themselves, and allauth's forms in our words."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ThemeForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["theme"]
        widgets = {"theme": forms.RadioSelect(attrs={"class": "form-check-input"})}


def plainly(form: forms.BaseForm, **labels: str | Promise) -> None:
    """Our words as labels, and no second label inside the field."""
    for name, field in form.fields.items():
        if name in labels:
            field.label = labels[name]  # type: ignore[assignment]  # lazy texts are one
        field.widget.attrs.pop("placeholder", None)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plainly(
            self,
            oldpassword=_("Your password now"),
            password1=_("New password"),
            password2=_("New password once more"),
        )


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plainly(self, email=_("Work email"))


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plainly(self, password1=_("New password"), password2=_("New password once more"))
