"""Form parts that portal and desk share."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.errors import BadFile
from accounts.files import ACCEPT, ALSO, Upload, check


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        limits = {
            "accept": ACCEPT,
            "data-also": ALSO,
            "data-most-bytes": settings.ATTACHMENT_MAX_BYTES,
            "data-most-files": settings.ATTACHMENTS_PER_MESSAGE,
        }
        super().__init__({**limits, **(attrs or {})})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Only the input: no file is ever there already. Without the engine of templates, since a page has three."""
        given = self.build_attrs(self.attrs, attrs)
        return format_html('<input type="file" name="{}"{}>', name, flatatt(given))


class FilesField(forms.FileField):
    """Several files, each checked; the value is a list of `Upload`."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:  # type: ignore[override]
        given: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > settings.ATTACHMENTS_PER_MESSAGE:
            raise ValidationError(
                _("At most %(most)s files at once. Send the others with a second message.")
                % {"most": settings.ATTACHMENTS_PER_MESSAGE}
            )
        taken: list[Upload] = []
        refused: list[str] = []
        for file in given:
            try:
                taken.append(check(file))
            except BadFile as error:
                refused.append(error.message)
        if refused:
            raise ValidationError([*refused, _("Please choose your files again.")])
        return taken
