"""The form of a webhook, for its page and for the configuration file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import outbound
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.webhooks.listening import INTERNAL_KINDS
from incidents.webhooks.models import Endpoint
from incidents.webhooks.words import NAMES


def choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Every kind of event, those that requesters may know of first."""
    public = [(kind.value, NAMES[kind]) for kind in Kind if kind not in INTERNAL_KINDS]
    internal = [(kind.value, NAMES[kind]) for kind in Kind if kind in INTERNAL_KINDS]
    return [(gettext_lazy("Public"), public), (gettext_lazy("Internal"), internal)]


HARMLESS = {"name", "is_active"}
"""What changes nothing of what is told, or to whom."""


class EndpointForm(forms.ModelForm):
    by: User | None = None
    """Who fills it in: whoever uses it says so."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), choices=choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Endpoint
        fields = ("name", "url", "kinds", "is_internal", "is_full", "team", "category", "is_active")
        help_texts = {
            "is_internal": gettext_lazy(
                "What requesters never see: notes, escalation, promised times. Only for machines of your own desk."
            )
        }

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if (
            url != self.instance.url
        ):  # what stood before stays, also where an operator no longer allows it
            try:
                outbound.check_url(url)
            except outbound.Forbidden as error:
                raise forms.ValidationError(error.reason) from error
        return url

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = set(given.get("kinds", ())) & {kind.value for kind in INTERNAL_KINDS}
        if chosen and not given.get("is_internal"):
            named = ", ".join(sorted(str(NAMES[Kind(kind)]) for kind in chosen))
            self.add_error(
                "kinds",
                _("These are internal: %(kinds)s. Tick “also internal events”, or leave them out.")
                % {"kinds": named},
            )
        self._check_who(given)
        return given

    def _check_who(self, given: dict[str, Any]) -> None:
        """Who sets up channels need not see every ticket, and must not read them all by a machine of their own."""
        team = given.get("team")
        tells = given.get("is_full") or given.get("is_internal") or (team and team.is_private)
        if not tells or not set(self.changed_data) - HARMLESS:
            return
        if self.by is None or not policies.may_have_told(self.by, team):
            self.add_error(
                None,
                _("Words, internal events and private teams are told to machines by somebody who sees these tickets, or who manages roles. That holds for every change to such a webhook, too."),
            )  # fmt: skip
