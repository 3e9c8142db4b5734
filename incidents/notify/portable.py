"""The words and the look of letters as configuration."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.administration.portable import Part, Values, by_form, register
from accounts.errors import InvalidInput
from accounts.models import User
from accounts.permissions import Permission
from incidents.notify.correspondence import LetterKind, LetterLook, LetterText
from incidents.notify.letter_forms import LetterLookForm, LetterTextForm

P = Permission


def write_text(part: Part, row: Any, values: Values, *, by: User) -> LetterText:
    """Only words that its kind of letter has."""
    if values["kind"] in LetterKind.values:
        kind = LetterKind(values["kind"])
        for name in ("subject", "greeting", "sentence", "foot"):
            if values.get(name) and name not in kind.fields:
                raise InvalidInput(_("This can’t be set in this letter."), field=name)
    saved: Any = by_form(part, row, values, by=by)
    text: LetterText = saved
    return text


def write_look(part: Part, row: Any, values: Values, *, by: User) -> LetterLook:
    only, _made = LetterLook.objects.get_or_create(pk=1)
    saved: Any = by_form(part, only, values, by=by)
    look: LetterLook = saved
    return look


register(
    Part(
        "letters", 120, LetterText, P.CHANNELS_MANAGE, ("kind", "language"),
        ("subject", "greeting", "sentence", "foot"), write=write_text, form=LetterTextForm,
        page=lambda row: reverse("admin:letter", args=[row.kind, row.language]), home="admin:letters",
    ),
    Part(
        "letter_look", 122, LetterLook, P.CHANNELS_MANAGE, (), ("heading", "colour"), write=write_look, form=LetterLookForm,
        page=lambda row: reverse("admin:letter-look"), home="admin:letters", words=gettext_lazy("look of letters"),
    ),
)  # fmt: skip
