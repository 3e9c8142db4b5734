"""A chat or phone service as an administrator types it. Its address is written and never read back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.notify import chats, rooms, services
from incidents.notify.models import ChatService
from incidents.notify.rooms import HEARD, HEARD_WORDS

HARMLESS = {"name", "is_on", "to_hint"}
"""What changes nothing of what is told, or to whom."""


class ChatServiceForm(forms.ModelForm):
    by: User | None = None
    """Who fills it in: whoever uses it says so."""
    new_address = forms.CharField(
        label=gettext_lazy("Apprise address"),
        required=False,
        max_length=services.LONGEST,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "As Apprise writes it, for example mmosts://chat.example.com/TOKEN/. For people’s own use, {to} stands where their number or name goes. It is kept sealed and shown to nobody; empty keeps what is set."
        ),
    )
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("Hears of"),
        required=False,
        choices=[(topic.value, HEARD_WORDS[topic]) for topic in HEARD],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("For a team’s channel."),
    )

    class Meta:
        model = ChatService
        fields = ["name", "team", "is_staff_only", "topics", "to_hint", "is_on"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if set(self.changed_data) - HARMLESS:
            self._check_who(given)
        address = given.get("new_address") or self.instance.address
        if not address:
            self.add_error("new_address", _("Without an address nothing can be sent."))
            return given
        try:
            checked = chats.check(address, for_people=given.get("team") is None)
        except InvalidInput as refusal:
            self.add_error("new_address", refusal.message)
            return given
        self.instance.address = checked
        return given

    def _check_who(self, given: dict[str, Any]) -> None:
        try:
            rooms.check_who(
                self.by, given.get("team"), is_staff_only=given.get("is_staff_only", False)
            )
        except InvalidInput as refusal:
            self.add_error(None, refusal.message)
