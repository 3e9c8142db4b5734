"""What agents fill in: one form for each verb. Each knows who fills it in, and offers only what they may choose."""

from collections.abc import Sequence
from functools import cached_property
from textwrap import shorten
from typing import Any, Self

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.digits import whole
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets import numbers, policies, tags, types
from incidents.tickets.categories import Tree
from incidents.tickets.forms import FilesField
from incidents.tickets.models import Link, Message, QuestionForm, Service, Ticket
from incidents.tickets.people import NotOnePerson, find_one
from incidents.tickets.questions import QuestionsChanged, form_of_type, lacking
from incidents.tickets.questions.form import (
    AsksQuestions,
    QuestionsForm,
    Several,
    for_ticket,
    version_name,
)
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.states import Resolution

NOBODY = "nobody"
LONGEST_TITLE = Ticket._meta.get_field("title").max_length
LONGEST_REASON = 500
LONGEST_TAGS = 1000
WRITE_SOMETHING = {"required": _("Write something first.")}


class VersionedForm(forms.Form):
    """A change that is based on what somebody saw: `expected` is the version of it."""

    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def based_on(self, version: int) -> Self:
        """The same input, to be sent again by somebody who has now seen this version."""
        now = {name: str(version) for name in ("expected", "seen") if name in self.fields}
        self.data = {name: self.data[name] for name in self.data} | now
        return self


# What is said ----------------------------------------------------------------------------------------


LONGEST_ARTICLE = 300


class SayForm(VersionedForm):
    """Words and files. `then` is what else sending does, `seen` the version that was read when the words were begun."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    body = forms.CharField(
        label=_("Text"), widget=forms.Textarea(attrs={"rows": 4}), error_messages=WRITE_SOMETHING
    )
    files = FilesField(label=_("Files"))  # type: ignore[assignment]  # a field, not the form's files
    then = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    also_merged = forms.BooleanField(required=False)


class SolvedWithForm(forms.Form):
    """Which article said how, if any: picked from those found, or where nothing can be picked its address or title."""

    article = forms.CharField(
        label=_("Solved with an article"), max_length=LONGEST_ARTICLE, required=False
    )
    article_typed = forms.CharField(
        max_length=LONGEST_ARTICLE, required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        typed = given.pop("article_typed", "")
        given["article"] = given.get("article") or typed
        return given


class ResolveForm(SayForm, SolvedWithForm):
    also_merged = forms.BooleanField(required=False, initial=True)
    code = forms.ChoiceField(
        label=_("How was it resolved?"),
        choices=[("", _("Choose")), *Resolution.choices],
        error_messages={"required": _("Choose how it was resolved.")},
    )
    despite = forms.BooleanField(required=False, widget=forms.HiddenInput)
    """Resolve it though steps of the checklist are open: asked once, never in the way."""
    asks_despite = False


# Properties ------------------------------------------------------------------------------------------


class PropertyForm(VersionedForm):
    """One property of a ticket."""

    def __init__(self, *args: Any, ticket: Ticket, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket = ticket
        self.by = by
        self.initial.setdefault("expected", ticket.version)


class TitleForm(PropertyForm):
    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        error_messages={"required": _("A ticket needs a title.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["title"] = self.ticket.title


class AssignForm(PropertyForm):
    """Me first, then the others of the team; who may not assign is offered only themselves."""

    to = forms.ChoiceField(
        label=_("Assignee"),
        error_messages={"invalid_choice": _("Choose somebody who works on tickets of this team.")},
    )

    def __init__(self, *args: Any, may_assign: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(self.by.pk): self.by}
        if may_assign:
            found = User.objects.people().holding(
                Permission.TICKETS_WORK, self.ticket.team, confined=self.ticket.is_confined
            )
            self.people |= {str(one.pk): one for one in found.order_by("display_name")}
        self.initial["to"] = str(self.ticket.assignee_id or NOBODY)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (NOBODY, _("Nobody")),
            *((pk, self._label(one)) for pk, one in self.people.items()),
        ]

    def _label(self, one: User) -> str:
        return gettext("%s (me)") % one.display_name if one == self.by else one.display_name

    def clean_to(self) -> User | None:
        return self.people.get(self.cleaned_data["to"])


class MoveForm(PropertyForm):
    to = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = Team.objects.filter(is_retired=False)  # type: ignore[attr-defined]
        self.initial["to"] = self.ticket.team_id


class PriorityForm(PropertyForm):
    """Impact and urgency; priority follows from them, or is set by hand with a reason."""

    impact = forms.ChoiceField(label=_("Impact"), choices=Impact.choices)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
    override = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[("", _("From impact and urgency")), *Priority.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    reason = forms.CharField(
        label=_("Reason, if you set it by hand"), max_length=LONGEST_REASON, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticket = self.ticket
        self.initial.update(
            impact=ticket.impact,
            urgency=ticket.urgency,
            override=ticket.priority if ticket.priority_by_hand else "",
        )


class CategoriseForm(PropertyForm):
    category = forms.TypedChoiceField(label=_("Category"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_categories(self.fields["category"], Tree.load())
        self.initial["category"] = self.ticket.category_id


class ServiceForm(PropertyForm):
    service = forms.ModelChoiceField(
        Service.objects.filter(is_retired=False),
        label=_("Service"),
        empty_label=_("None"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["service"] = self.ticket.service_id


class TypeForm(PropertyForm):
    """What it is now stays a choice, also where that was retired or is for others to set.

    Once a type is chosen that asks something, its questions stand below, unless the ticket answered them at an earlier
    time. `first`: the type that is proposed.
    """

    type = forms.ChoiceField(label=_("Type"))

    def __init__(self, *args: Any, first: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = types.offered(self.by, self.ticket)
        self.initial["type"] = first if first in dict(offered) else self.ticket.type
        self.fields["type"].choices = offered  # type: ignore[attr-defined]
        self.part = self._part(offered)
        self.asked = Several([self.part] if self.part and self.part.is_bound else [])

    def _part(self, offered: list[tuple[str, str]]) -> QuestionsForm | None:
        chosen = str(self["type"].value() or "")
        if chosen == self.ticket.type or chosen not in dict(offered):
            return None
        version = form_of_type(chosen)
        if version is None:
            return None
        if self._was_shown(version):
            return for_ticket(self.ticket, version, self.data, self.files, by=self.by)
        row = self.ticket.answers.filter(type=chosen).first()
        if row and not lacking(version, row.given):
            return None
        return for_ticket(self.ticket, version, by=self.by)

    def _was_shown(self, version: QuestionForm) -> bool:
        """Were these questions on the page that was sent, as they are or as they were? Not those of another type."""
        shown = whole(self.data.get(version_name(version), ""), 18) if self.is_bound else None
        return (
            shown is not None
            and QuestionForm.objects.filter(pk=shown, type=version.type_id).exists()
        )

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            self.errors.update(self.asked.errors)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["answers"] = None
        if self.part is None:
            return given
        if not self.part.is_bound:
            raise forms.ValidationError(
                QuestionsChanged().message
                if self._was_shown(self.part.version)
                else gettext("“%(type)s” asks a little more. Answer below and save again.")
                % {"type": self.part.title}
            )
        if self.part.is_valid():
            given["answers"] = self.part.checked
        return given


class TagsForm(PropertyForm):
    """Tags it has, to be ticked off, and further ones. `seen` says which ones the form showed."""

    keep = forms.MultipleChoiceField(
        label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    add = forms.CharField(
        label=_("Add tags, with commas between"),
        max_length=LONGEST_TAGS,
        required=False,
        widget=forms.TextInput(attrs={"list": "tags-in-use", "autocomplete": "off"}),
    )
    seen = forms.CharField(max_length=LONGEST_TAGS, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(keep=self.ticket.tags, seen=",".join(self.ticket.tags))
        shown = (self["seen"].value() or "").split(",") if self.is_bound else self.ticket.tags
        self.fields["keep"].choices = [(tag, tag) for tag in shown if tag]  # type: ignore[attr-defined]
        if not self.fields["keep"].choices:  # type: ignore[attr-defined]
            del self.fields["keep"]

    @cached_property
    def suggestions(self) -> list[str]:
        """Tags in use that this ticket does not have."""
        return [tag for tag in tags.in_use(self.by) if tag not in self.ticket.tags]

    def clean_add(self) -> list[str]:
        return [tag for tag in self.cleaned_data["add"].split(",") if tag.strip()]

    def clean_seen(self) -> list[str]:
        return [tag for tag in self.cleaned_data["seen"].split(",") if tag]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return {"keep": [], **cleaned}


def offer_categories(field: forms.Field, tree: Tree, *, empty: str = "") -> None:
    """Fill a `TypedChoiceField` with the categories in use; its value is the category."""
    assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 (for the type checker)
    field.choices = [*([("", empty)] if empty else []), *tree.offered()]
    field.coerce = lambda pk: tree.by_pk[int(pk)]


# What belongs to it -------------------------------------------------------------------------------------


BACK = ":back"
"""Behind a kind of link: from the other ticket to this one."""


def _kinds() -> list[tuple[str, Any]]:
    """Every kind of link in both directions; of those that read the same both ways one."""
    kinds: list[tuple[str, Any]] = []
    for kind in Link.Kind:
        kinds.append((kind.value, kind.label))
        if Link.REVERSED[kind] != kind.label:
            kinds.append((f"{kind.value}{BACK}", Link.REVERSED[kind]))
    return kinds


class LinkForm(forms.Form):
    """How this ticket belongs to another one, named by its number or found by words; `picked` is one of those found."""

    kind = forms.ChoiceField(label=_("This ticket"), choices=_kinds)
    number = forms.CharField(
        label=_("Other ticket"),
        max_length=200,
        error_messages={"required": _("Type the number of the other ticket, or words to find it.")},
        widget=forms.TextInput(attrs={"placeholder": _("INC-… or words"), "autocomplete": "off"}),
    )
    picked = forms.CharField(max_length=24, required=False)
    is_synced = forms.BooleanField(
        label=_("Resolve the part together with the whole"),
        required=False,
        help_text=_("With the same words. Opening the whole again does not open its parts."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: Sequence[Ticket] = ()
        """What the words may mean, to be picked from."""

    @property
    def words(self) -> str:
        """What was typed, where that is no number."""
        typed = self.data.get("number", "").strip()
        return "" if ticket_number(typed) is not None else typed[:200]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        number = ticket_number(cleaned.get("picked") or cleaned.get("number", ""))
        if number is None and cleaned.get("number"):
            self.add_error("number", _("Type a number like INC-1042, or pick the ticket you mean."))
        cleaned["other"] = number
        return cleaned


class MergeForm(forms.Form):
    """Into which ticket, and what its requester comes to know."""

    into = forms.CharField(max_length=24)
    tell = forms.BooleanField(required=False)
    follow = forms.BooleanField(required=False)


LONGEST_PROPOSED = 80


def _short(line: str) -> str:
    """Cut between words; within one only where it is longer than all that may stand there."""
    cut = shorten(line, LONGEST_PROPOSED, placeholder="…")
    return cut if cut != "…" else Truncator(line).chars(LONGEST_PROPOSED)


class SplitForm(forms.Form):
    """The title of the ticket that one message becomes."""

    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        error_messages={"required": _("A ticket needs a title.")},
    )

    def __init__(self, *args: Any, message: Message, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = message.body.strip().splitlines()
        self.initial["title"] = _short(lines[0].strip("#*-> ") if lines else "")
        own = policies.speaks_for_itself(message.author, message.ticket)
        self.requester = message.author if own else message.ticket.requester


class FollowForm(forms.Form):
    """A person to add, by name; `person` is the key when one was picked from the list."""

    who = forms.CharField(
        label=_("Who should get updates?"),
        max_length=120,
        error_messages={"required": _("Type their name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    person = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: Sequence[User] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who"):
            try:
                cleaned["one"] = find_one(cleaned["who"], cleaned.get("person", ""))
            except NotOnePerson as unclear:
                self.people = list(unclear.choices)
                self.add_error("who", unclear.message)
        return cleaned


def ticket_number(words: str) -> int | None:
    """The number meant by “INC-1042”, “inc 1042”, “#1042” or “1042”."""
    digits = words.strip().upper().removeprefix(numbers.PREFIX).removeprefix("INC").strip(" #-")
    return whole(digits, 15)


# A ticket for somebody on the phone ------------------------------------------------------------------------


class FileForm(FollowForm, AsksQuestions):
    """What the caller says. The same questions as employees answer, in the desk's words."""

    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        error_messages={"required": _("Say in a few words what the problem is.")},
    )
    description = forms.CharField(
        label=_("Description"),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write down what happens.")},
    )
    category = forms.TypedChoiceField(
        label=_("Category"), error_messages={"required": _("Choose a category.")}
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(is_retired=False),
        label=_("Service"),
        empty_label=_("None"),
        required=False,
    )
    type = forms.ChoiceField(label=_("Type"), required=False)
    impact = forms.ChoiceField(label=_("Impact"), choices=Impact.choices, initial=Impact.ME)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices, initial=Urgency.SLOW)
    files = FilesField(label=_("Files"))  # type: ignore[assignment]  # a field, not the form's files

    field_order = ("who", "person", "title", "description", "category")

    def __init__(self, *args: Any, by: User, tree: Tree, kept: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].label = _("Who has the problem?")
        offer_categories(self.fields["category"], tree, empty=gettext("Choose"))
        self.fields["type"].choices = [("", gettext("As the category says")), *types.offered(by)]  # type: ignore[attr-defined]
        self.ask(tree, by=by, kept=kept)
