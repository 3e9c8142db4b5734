"""Forms of the texts and the look of letters."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.bidi import is_plain
from incidents.notify import filling
from incidents.notify.correspondence import LetterKind, LetterLook, LetterText
from incidents.notify.wording import NAMES, Texts

LABELS = {
    LetterKind.EVERY: {"subject": gettext_lazy("Behind the subject")},
    LetterKind.UNKNOWN_SENDER: {"subject": gettext_lazy("Subject")},
}
HELP = {
    LetterKind.EVERY: {
        "subject": gettext_lazy("Mails about a ticket begin with its number and title. This follows; it is the same in all of them, so that mail programs keep them together."),
        "foot": gettext_lazy("Stands below the news. Why somebody gets the mail, and where to answer, follows by itself."),
    },
}  # fmt: skip


class LetterTextForm(forms.ModelForm):
    """Which of its fields are offered depends on the kind of letter. In a file the kind is set on the row first."""

    class Meta:
        model = LetterText
        fields = ("subject", "greeting", "sentence", "foot")
        widgets = {
            "sentence": forms.Textarea(attrs={"rows": 5}),
            "foot": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.kind:
            return
        kind = LetterKind(self.instance.kind)
        ours = Texts.of(kind, self.instance.language, typed={})
        for name in NAMES:
            if name not in kind.fields:
                del self.fields[name]
                continue
            field = self.fields[name]
            field.widget.attrs |= {
                "class": "fb-input",
                "placeholder": getattr(ours, name),
                "dir": "auto",
            }
            field.label = LABELS.get(kind, {}).get(name, field.label)
            field.help_text = HELP.get(kind, {}).get(name, "")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.kind not in LetterKind.values:
            return given  # the row's own check says so
        kind = LetterKind(self.instance.kind)
        for name in [one for one in NAMES if given.get(one)]:
            if name not in kind.fields:
                self.add_error(name, _("This can’t be set in this letter."))
            elif problem := _problem(given[name], kind, is_line=name in {"subject", "greeting"}):
                self.add_error(name, problem)
        return given

    def typed(self) -> dict[str, str]:
        """What can be shown of what was typed, also where something is wrong."""
        given = getattr(self, "cleaned_data", {})
        return {name: given.get(name) or "" for name in NAMES}


def _problem(text: str, kind: LetterKind, *, is_line: bool) -> ValidationError | None:
    if not is_plain(text if is_line else text.replace("\r\n", "").replace("\n", "")):
        return ValidationError(_("This text holds signs that can’t be seen."))
    if wrong := filling.unknown(text, kind.variables):
        return ValidationError(
            ngettext(
                "There is no variable %(names)s in this letter. Choose one of the list below.",
                "There are no variables %(names)s in this letter. Choose from the list below.",
                len(wrong),
            )
            % {"names": ", ".join(wrong[:5])}
        )
    return None


class LetterLookForm(forms.ModelForm):
    class Meta:
        model = LetterLook
        fields = ("heading", "colour")
        widgets = {
            "heading": forms.TextInput(attrs={"class": "fb-input", "dir": "auto"}),
            "colour": forms.TextInput(attrs={"class": "fb-input", "spellcheck": "false"}),
        }

    def clean_heading(self) -> str:
        heading: str = self.cleaned_data["heading"]
        if not is_plain(heading):
            raise ValidationError(_("This text holds signs that can’t be seen."))
        return heading
