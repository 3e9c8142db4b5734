"""What employees fill in: a report, a reply, a colleague's name."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, LayoutObject
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.categories import Tree
from incidents.tickets.forms import FilesField, FilesInput
from incidents.tickets.models import Category, Service, Ticket
from incidents.tickets.people import NotOnePerson, find_one
from incidents.tickets.questions.form import AsksQuestions
from incidents.workflow.priority import Impact, Urgency

LONGEST_TITLE = Ticket._meta.get_field("title").max_length
HINTS = {
    Impact.TEAM.value: gettext_lazy("2 to 20 people"),
    Impact.MANY.value: gettext_lazy("A floor, a site or more"),
    Urgency.STOP.value: gettext_lazy("Nothing useful can be done until this is fixed"),
    Urgency.SLOW.value: gettext_lazy("There’s a way round, or other things to do meanwhile"),
    Urgency.LOW.value: gettext_lazy("It can wait a day or two"),
}


class ChoiceCards(forms.RadioSelect):
    """Radio buttons with a line of explanation each."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "hint": HINTS.get(value)}


class QuestionsOfCategory(LayoutObject):
    """Where the questions of the chosen category stand."""

    def render(self, form: Any, context: Any, **_options: Any) -> SafeString:
        return render_to_string("components/_questions.html", {"asking": form})


class NewTicketForm(AsksQuestions):
    """Three questions must be answered; the rest helps. A category may ask for more."""

    category = forms.TypedChoiceField(
        label=gettext_lazy("What is it about?"),
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("Choose what it is about from the list."),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("In a few words, what’s the problem?"),
        help_text=gettext_lazy("For example: “Outlook keeps asking for my password”."),
        max_length=LONGEST_TITLE,
        error_messages={
            "required": gettext_lazy("Say in a few words what’s wrong."),
            "max_length": gettext_lazy("Keep this under 200 characters; the details go below."),
        },
    )
    description = forms.CharField(
        label=gettext_lazy("What happens, and what did you expect?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Tell us what happens.")},
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(is_retired=False),
        label=gettext_lazy("Which service is affected?"),
        empty_label=gettext_lazy("I don’t know"),
        required=False,
    )
    impact = forms.ChoiceField(
        label=gettext_lazy("Who is affected?"),
        help_text=gettext_lazy(
            "Where others are affected, too, colleagues with the same problem can join this report and read it, unless it is "
            "confidential."
        ),
        choices=Impact.choices,
        widget=ChoiceCards,
        required=False,
        initial=Impact.ME,
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("How much does it hold you up?"),
        choices=Urgency.choices,
        widget=ChoiceCards,
        required=False,
        initial=Urgency.SLOW,
    )
    files = FilesField(label=gettext_lazy("Screenshots or files"))  # type: ignore[assignment] # a field's name
    for_other = forms.BooleanField(
        label=gettext_lazy("I’m reporting this for someone else"), required=False
    )
    who = forms.CharField(
        label=gettext_lazy("Who has the problem?"),
        help_text=gettext_lazy("You’ll both get updates and can both reply."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    person = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, tree: Tree, kept: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.people: list[User] = []
        category = self.fields["category"]
        assert isinstance(category, forms.TypedChoiceField)  # noqa: S101 (for the type checker)
        category.choices = [("", _("Choose what fits best")), *tree.offered()]
        category.coerce = lambda pk: tree.by_pk[int(pk)]
        # Browsers cut what is pasted to `maxlength` without a word; the form says so instead.
        self.fields["title"].widget.attrs.pop("maxlength", None)
        self.fields["files"].help_text = _(
            "Up to %(most)s files, %(size)s MB each. Hide passwords and personal data first."
        ) % {
            "most": settings.ATTACHMENTS_PER_MESSAGE,
            "size": settings.ATTACHMENT_MAX_BYTES // 1024**2,
        }
        if not policies.can_file_for_others(by):
            for name in ("for_other", "who", "person"):
                del self.fields[name]
        self.ask(tree, by=by, kept=kept)
        self.helper = self._layout()

    def _layout(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = (
            False  # each field's template shows its own, the summary all of them
        )
        helper.field_template = "components/_field.html"
        parts = [
            Field("category", template="components/_field_category.html"),
            "title",
            Field("description", template="components/_field_markdown.html"),
            QuestionsOfCategory(),
            "service",
            Field(
                "impact", template="components/_field_choices.html", wrapper_class="fb-choices--row"
            ),
            Field("urgency", template="components/_field_choices.html"),
            Field("files", template="components/_field_files.html"),
        ]
        if "who" in self.fields:
            parts.append(Field("for_other", template="portal/_on_behalf.html"))
        helper.layout = Layout(*parts)
        return helper

    def clean_impact(self) -> str:
        return self.cleaned_data["impact"] or Impact.ME.value

    def clean_urgency(self) -> str:
        return self.cleaned_data["urgency"] or Urgency.SLOW.value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["requester"] = self.by
        if cleaned.get("for_other") and "who" in cleaned:
            try:
                cleaned["requester"] = find_one(
                    cleaned["who"], cleaned.get("person", ""), by=self.by
                )
            except NotOnePerson as unclear:
                self.people = list(unclear.choices)
                self.add_error("who", unclear.message)
        return cleaned


class ReplyForm(forms.Form):
    """Words, and files if need be. Also for “No, still broken”."""

    body = forms.CharField(
        label=gettext_lazy("Your message"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )
    files = FilesField(
        label=gettext_lazy("Files"), widget=FilesInput(attrs={"class": "form-control"})
    )  # type: ignore[assignment] # a field's name


class FollowerForm(forms.Form):
    """A colleague to add, by name."""

    who = forms.CharField(
        label=gettext_lazy("Share with a colleague"),
        help_text=gettext_lazy("They see everything on this page, get its updates and can reply."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type their name.")},
    )
    person = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.people: list[User] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who"):
            try:
                cleaned["colleague"] = find_one(
                    cleaned["who"], cleaned.get("person", ""), by=self.by
                )
            except NotOnePerson as unclear:
                self.people = list(unclear.choices)
                raise ValidationError({"who": unclear.message}) from unclear
        return cleaned


def category_asked_for(slug: str, tree: Tree) -> Category | None:
    """The category that a link named, if it still takes tickets."""
    offered = {pk for _group, choices in tree.offered() for pk, _label in choices}
    return next((tree.by_pk[pk] for pk in offered if tree.by_pk[pk].slug == slug), None)
