"""What agents fill in while somebody is on the phone."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.desk.forms import LONGEST_TITLE, FollowForm, SolvedWithForm, offer_categories
from incidents.desk.work_forms import DurationField
from incidents.tickets.categories import Tree
from incidents.tickets.questions.form import AsksQuestions
from incidents.workflow.states import Resolution

RESOLVES = "resolve"
"""What `then` says where the ticket is resolved at once."""


class QuickForm(FollowForm, SolvedWithForm, AsksQuestions):
    """A small thing that is mostly solved at once: who, what, what was done. `then` says whether it is."""

    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say in a few words what the problem is.")},
    )
    category = forms.TypedChoiceField(
        label=_("Category"), error_messages={"required": _("Choose a category.")}
    )
    description = forms.CharField(
        label=_("What they said"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    done = forms.CharField(
        label=_("What you did (needed to resolve it)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "The requester reads this if you resolve it; otherwise it is an internal note."
        ),
    )
    code = forms.ChoiceField(
        label=_("How was it resolved?"), choices=Resolution.choices, initial=Resolution.FIXED
    )
    minutes = DurationField(
        label=_("Time spent"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "5", "autocomplete": "off"}),
        help_text=_("Minutes, or like 1h 20m."),
    )
    then = forms.CharField(max_length=8, required=False, widget=forms.HiddenInput)

    field_order = ("who", "person", "title", "category", "description", "done", "code", "minutes")

    def __init__(self, *args: Any, by: User, tree: Tree, kept: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].label = _("Who has the problem?")
        self.fields["done"].says_whether_required = True  # type: ignore[attr-defined]
        offer_categories(self.fields["category"], tree, empty=gettext("Choose"))
        self.ask(tree, by=by, kept=kept)
        if self.begins_with not in {"", "who"}:
            self.fields[self.begins_with].widget.attrs["autofocus"] = True

    @property
    def begins_with(self) -> str:
        """The first field that is empty, where one types on; after mistakes the first of those has the cursor."""
        if self.is_bound:
            return ""
        names = ("who", "title", "category", "done")
        return next((name for name in names if not self[name].value()), "")

    @property
    def begins_with_person(self) -> bool:
        return self.begins_with == "who"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("then") == RESOLVES and not cleaned.get("done", "").strip():
            self.add_error("done", gettext("Say what you did; the requester reads this."))
        return cleaned
