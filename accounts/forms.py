"""What people set about themselves, and allauth's forms in our words."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import LIFETIMES, Scope
from accounts.models import User

REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
"""The rest of the database's names are old spellings and offsets that nobody looks for."""


@cache
def zones() -> Mapping[str, list[tuple[str, str]]]:
    """Time zones by region, as (name, city), so that typing a city's first letters finds it."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(available_timezones()):
        region, _slash, city = name.partition("/")
        if region in found and city:
            found[region].append((name, city.replace("_", " ").replace("/", ", ")))
    return found


class ThemeForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["theme"]
        widgets = {"theme": forms.RadioSelect(attrs={"class": "form-check-input"})}


class ProfileForm(forms.Form):
    """What people say of themselves. The rules are in `actions.change_profile`."""

    display_name = forms.CharField(
        label=_("Name"),
        help_text=_("As others see it on tickets."),
        error_messages={"required": _("Type the name that others know you by.")},
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        help_text=_("Where we reach you about a ticket."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        error_messages={"invalid_choice": _("Choose a language from the list.")},
    )
    time_zone = forms.CharField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 (for the type checker)
        language.choices = [("", _("As my browser says")), *settings.LANGUAGES]

    @classmethod
    def of(cls, person: User, typed: Mapping[str, list[str]] | None = None) -> "ProfileForm":
        """The form as it is shown: what is known, or what was typed before the session ended."""
        known = {name: getattr(person, name) for name in cls.base_fields}
        kept = {
            name: values[-1] for name, values in (typed or {}).items() if name in known and values
        }
        return cls(initial={**known, **kept})

    def zones(self) -> Sequence[tuple[str | Promise, list[tuple[str, str]]]]:
        """The choices of `time_zone` by region; a zone that is not among them is kept as it is."""
        here = [(REGIONS[region], cities) for region, cities in zones().items() if cities]
        chosen = self["time_zone"].value() or ""
        if chosen and not any(chosen == name for _region, cities in here for name, _city in cities):
            return [(_("Other"), [(chosen, chosen)]), *here]
        return here


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


class TokenForm(forms.Form):
    """What a new token is for, and how long. The rules are in `actions.make_token`."""

    name = forms.CharField(
        label=_("What will use it?"),
        help_text=_("A name by which you know it again, such as “Backup script on nas-2”."),
        max_length=80,
        error_messages={"required": _("Give it a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        help_text=_("Only what the account itself may do, and of that no more than you tick."),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one.")},
    )
    days = forms.TypedChoiceField(
        label=_("How long may it be used?"),
        choices=list(LIFETIMES.items()),
        coerce=int,
        initial=90,
    )
