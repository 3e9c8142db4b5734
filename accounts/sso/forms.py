"""What people type to sign in by a directory."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DirectoryForm(forms.Form):
    name = forms.CharField(
        label=_("User name"), max_length=150, error_messages={"required": _("Type your user name.")}
    )
    password = forms.CharField(
        label=_("Password"), max_length=256, strip=False, widget=forms.PasswordInput(render_value=False),
        error_messages={"required": _("Type your password.")},
    )  # fmt: skip
