"""What somebody decides about a held mail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.tickets import numbers, policies
from incidents.tickets.models import Ticket
from incidents.tickets.people import NotOnePerson, find_one


class LetInForm(forms.Form):
    """A new ticket."""

    title = forms.CharField(
        label=_("Title"), max_length=200, error_messages={"required": _("A ticket needs a title.")}
    )
    who = forms.CharField(
        label=_("Whose matter is it?"),
        max_length=120,
        required=False,
        help_text=_("Somebody’s name. Empty: the sender’s."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    vouch = forms.BooleanField(
        label=_("Let mails from this address in from now on"),
        required=False,
        help_text=_("New matters from it become tickets of this mailbox at once, unless something else speaks against them."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who"):
            try:
                cleaned["requester"] = find_one(cleaned["who"])
            except NotOnePerson as unclear:
                self.add_error("who", unclear.message)
        return cleaned


class JoinForm(forms.Form):
    """Words on a ticket."""

    ticket = forms.CharField(
        label=_("Ticket"),
        max_length=24,
        help_text=_("Its number, like INC-1042."),
        error_messages={"required": _("Type the ticket’s number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    follows = forms.BooleanField(
        label=_("The sender gets this ticket’s updates from now on"), required=False
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_ticket(self) -> Ticket:
        number = numbers.read(self.cleaned_data["ticket"])
        seen = Ticket.objects.seen_as_staff_by(self.by).select_related("team", "category")
        found = seen.filter(number=number).first() if number else None
        if found is None or not policies.can_work(self.by, found):
            raise forms.ValidationError(_("There is no ticket of yours with this number."))
        return found


class DiscardForm(forms.Form):
    """Nothing is made of it."""

    why = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        help_text=_("For your colleagues. May be empty."),
    )
