"""The form of a mailbox, for its page and for the configuration file."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from incidents.mail.models import Mailbox, Vouched

WHERE = ("host", "port", "security")
"""Where the password goes. Elsewhere it goes only when somebody enters it anew."""


class MailboxForm(forms.ModelForm):
    """Without the password, which is in no file: one that would go to another server is forgotten."""

    class Meta:
        model = Mailbox
        fields: tuple[str, ...] = (
            "slug", "address", "name", "is_active", "is_general", "team", "category", "type", "language", "senders",
            "domains", "authserv_id", "host", "port", "security", "username", "folder", "after", "moves_to", "takes_old",
        )  # fmt: skip
        error_messages = {
            "address": {"unique": gettext_lazy("Another mailbox has this address.")},
            "slug": {"unique": gettext_lazy("Another mailbox has this short name.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"] = forms.ChoiceField(
                choices=[("", _("the portal’s own")), *settings.LANGUAGES], required=False,
                label=self.fields["language"].label, help_text=self.fields["language"].help_text,
            )  # fmt: skip

    def clean_team(self) -> Any:
        return self._in_use("team")

    def clean_category(self) -> Any:
        return self._in_use("category")

    def clean_type(self) -> Any:
        return self._in_use("type")

    def _in_use(self, name: str) -> Any:
        row = self.cleaned_data[name]
        if row and row.is_retired and name in self.changed_data:
            raise forms.ValidationError(_("“%(name)s” is retired."), params={"name": row})
        return row

    @property
    def goes_elsewhere(self) -> bool:
        """A password that is kept would go to another server, or less well guarded."""
        kept = bool(self.instance.pk and self.instance.password)
        return kept and any(name in self.changed_data for name in WHERE)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.goes_elsewhere:
            self.forget_password()
        return given

    def forget_password(self) -> None:
        self.instance.password, self.instance.password_set_at = "", None


class MailboxPageForm(MailboxForm):
    """With the password, which is written and never shown. Empty: it stays."""

    password = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )  # fmt: skip

    class Meta(MailboxForm.Meta):
        fields = (*MailboxForm.Meta.fields, "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("password")
        if field:
            field.label = capfirst(Mailbox._meta.get_field("password").verbose_name)
            field.help_text = _("It is kept sealed and never shown. Empty: it stays as it is.")

    def clean_password(self) -> str:
        given: str = self.cleaned_data["password"]
        return given or self.instance.password

    def forget_password(self) -> None:
        if not self.data.get(self.add_prefix("password")):
            self.add_error("password", _("It would go to another server: enter it anew."))

    def _post_clean(self) -> None:
        before = self.instance.password
        super()._post_clean()  # type: ignore[misc]  # Django's, without types
        if self.instance.password != before:
            self.instance.password_set_at = timezone.now()


class VouchedForm(forms.ModelForm):
    """An address that a mailbox lets in; `by` is whoever fills it in."""

    by: User

    class Meta:
        model = Vouched
        fields = ("mailbox", "address")

    def save(self, commit: bool = True) -> Vouched:  # noqa: FBT001, FBT002 (Django's signature)
        if self.instance.pk is None:
            self.instance.vouched_by = self.by
        saved: Vouched = super().save(commit)
        return saved
