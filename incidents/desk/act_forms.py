"""What acts ask: small forms that know no ticket, for many tickets at once and for the steps of macros."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import InvalidInput
from accounts.models import Role, Team, User
from accounts.permissions import Permission
from incidents.desk import articles, canned
from incidents.desk.forms import (
    LONGEST_REASON,
    NOBODY,
    SolvedWithForm,
    offer_categories,
    ticket_number,
)
from incidents.tickets import tags, types
from incidents.tickets.categories import Tree
from incidents.tickets.models import Service, Ticket
from incidents.tickets.questions import types_with_a_must
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.rulebook import Flow, Place
from incidents.workflow.states import Resolution, Status

Values = dict[str, Any]
"""What an act is given, as it is kept: keys of rows and plain words, fit for JSON."""

AS_IT_IS = ("", _("As it is"))
LONGEST_WORDS = 10_000
LONGEST_TAGS = 400


class ActForm(forms.Form):
    """`by` fills it in. Without fields, the act asks nothing."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.offer()

    def offer(self) -> None:
        """Fill in the choices that `by` has."""

    def plain(self) -> Values:
        """The values as runs and macros keep them, once the form is valid."""
        return {name: _raw(value) for name, value in self.cleaned_data.items()}


class AssignTo(ActForm):
    to = forms.ChoiceField(label=_("Assignee"))

    def offer(self) -> None:
        people = [one for one in assignable_by(self.by) if one != self.by]
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (str(self.by.pk), gettext("%s (me)") % self.by.display_name),
            *((str(one.pk), one.display_name) for one in people),
            (NOBODY, gettext("Nobody")),
        ]


class HandTo(ActForm):
    to = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=_("Choose"))

    def offer(self) -> None:
        self.fields["to"].queryset = Team.objects.filter(is_retired=False)  # type: ignore[attr-defined]


class Prioritise(ActForm):
    """What stays empty stays as each ticket has it; priority follows, or is set by hand with a reason."""

    impact = forms.ChoiceField(
        label=_("Impact"), choices=[AS_IT_IS, *Impact.choices], required=False
    )
    urgency = forms.ChoiceField(
        label=_("Urgency"), choices=[AS_IT_IS, *Urgency.choices], required=False
    )
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

    def clean(self) -> Values:
        given = super().clean() or self.cleaned_data
        if given.get("override") and not given.get("reason", "").strip():
            self.add_error("reason", gettext("Say why the priority is set by hand."))
        return given


class Categorise(ActForm):
    category = forms.TypedChoiceField(
        label=_("Category"), error_messages={"required": _("Choose a category.")}
    )

    def offer(self) -> None:
        offer_categories(self.fields["category"], Tree.load(), empty=gettext("Choose"))


class SetService(ActForm):
    service = forms.ModelChoiceField(
        Service.objects.filter(is_retired=False),
        label=_("Service"),
        empty_label=_("None"),
        required=False,
    )


class ChangeType(ActForm):
    type = forms.ChoiceField(label=_("Type"))

    def offer(self) -> None:
        offered = types.offered(self.by)
        self.fields["type"].choices = [("", gettext("Choose")), *offered]  # type: ignore[attr-defined]
        ask = types_with_a_must()
        if asking := [label for slug, label in offered if slug in ask]:
            self.fields["type"].help_text = gettext(
                "Some types ask for answers: %(types)s. They are given on each ticket’s own page; a ticket without them stays as it is."
            ) % {"types": ", ".join(asking)}


class Tag(ActForm):
    add = forms.CharField(
        label=_("Add tags"),
        max_length=LONGEST_TAGS,
        required=False,
        help_text=_("Several with commas between them."),
    )
    remove = forms.CharField(label=_("Remove tags"), max_length=LONGEST_TAGS, required=False)

    def clean_add(self) -> list[str]:
        return self._tidy("add")

    def clean_remove(self) -> list[str]:
        return self._tidy("remove")

    def clean(self) -> Values:
        given = super().clean() or self.cleaned_data
        if not self.errors and not given["add"] and not given["remove"]:
            self.add_error("add", gettext("Name a tag to add or to remove."))
        return given

    def _tidy(self, name: str) -> list[str]:
        try:
            return tags.tidy(self.cleaned_data[name].split(","))
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from None


def check_variables(text: str) -> None:
    """Refuse variables that mean nothing, before anybody reads them."""
    if wrong := canned.unknown(text):
        raise ValidationError(
            gettext("There is no %(variables)s. These exist: %(known)s")
            % {
                "variables": ", ".join(wrong),
                "known": ", ".join("{{" + name + "}}" for name in canned.VALUES),
            }
        )


class Words(forms.CharField):
    """A text with variables."""

    def __init__(self, **kwargs: Any) -> None:
        given = {"widget": forms.Textarea(attrs={"rows": 4}), "max_length": LONGEST_WORDS, **kwargs}
        super().__init__(
            error_messages={"required": _("Write something first.")},
            validators=[check_variables],
            help_text=_("{{requester.first_name}} and its like are filled in for each ticket."),
            **given,
        )


STEP = "step:"
"""Before the slug of a step that is chosen instead of a status."""
ONLY_WHERE_ASKED = "only_where_asked"
"""Among the values: the words are for tickets that are opened again, or whose workflow asks for a reason."""
CHOSEN_STATUSES = (Status.OPEN, Status.WAITING_REQUESTER, Status.WAITING_OTHER)


def named_steps() -> dict[str, tuple[Place, list[str]]]:
    """Open steps that are not the usual ones of their status, with the workflows that have them."""
    found: dict[str, tuple[Place, list[str]]] = {}
    for flow in rulebook.flows():
        for place in flow.places:
            if place.is_open and not place.is_default:
                found.setdefault(f"{STEP}{place.slug}", (place, []))[1].append(flow.label)
    return found


def leads_to(choice: str, flow: Flow) -> Place | None:
    """Where a choice leads in this workflow; nowhere, where it has no such step."""
    if choice.startswith(STEP):
        return flow.place(choice.removeprefix(STEP))
    return flow.default(choice)


def counts_as(choice: str, flows: Iterable[Flow] = ()) -> set[Status]:
    """As which statuses: the same step may be another one in another workflow."""
    found = (leads_to(choice, flow) for flow in flows or rulebook.flows())
    return {place.status for place in found if place}


def opens_again(choice: str) -> bool:
    """Does a workflow let a resolved ticket go there? What is written with that is for the requester."""
    return any(
        way.here.status == Status.RESOLVED and way.there == leads_to(choice, flow)
        for flow in rulebook.flows()
        for way in flow.ways
        if way.there.is_open
    )


def _is_only_one() -> bool:
    return len(rulebook.flows()) == 1


@dataclass(frozen=True)
class Wording:
    """What is written with a change of status: how the field is called, who reads it, what is said where it is missing."""

    name: str
    label: str | Promise
    read_by: str | Promise
    missing: str | Promise


ASK = Wording(
    "ask",
    _("What do you need from the requester?"),
    _("The requester reads this."),
    _("Write what you ask the requester."),
)
HOLD = Wording(
    "hold",
    _("What do you wait for?"),
    _("Only the desk reads this."),
    _("Write what the ticket waits for."),
)
WHERE_RESOLVED = _(
    "A ticket that is resolved is opened again by this, and its requester reads it. Of any other, only the desk reads it."
)
HOLD_ANY = replace(HOLD, name="hold-any", read_by=WHERE_RESOLVED)
REOPEN = Wording(
    "reopen",
    _("Why is it opened again?"),
    _(
        "Of the chosen tickets, those that are resolved take this, and their requesters read it. The others are set without words."
    ),
    _("Write why it is opened again: some of these tickets are resolved."),
)
REOPEN_ANY = Wording(
    "reopen-any",
    _("Why is it opened again? (only for tickets that are resolved)"),
    _("The requester reads this. A ticket that is not resolved is set without these words."),
    "",
)
WHY = Wording(
    "why",
    _("Why?"),
    _(
        "Of the chosen tickets, those whose workflow asks for a reason take this. The others are set without words."
    ),
    _("Write why: the workflow of some of these tickets asks for a reason."),
)
NOTE = Wording("note", _("Note (optional)"), _("Only the desk reads this."), "")
NOTE_ANY = replace(NOTE, name="note-any", read_by=WHERE_RESOLVED)
WORDS = (ASK, HOLD, HOLD_ANY, REOPEN, REOPEN_ANY, WHY, NOTE, NOTE_ANY)


class SelectWithWords(forms.Select):
    """Each choice says which words it takes, so that the page shows their field with that choice alone (work.css)."""

    takes: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        option = super().create_option(name, value, *args, **kwargs)
        if words := self.takes.get(str(value)):
            option["attrs"]["data-words"] = words
        return option


class ChangeStatus(ActForm):
    """Waiting needs words: for the requester the question, for others the reason. Other choices take them where a ticket
    can keep them, so nothing that is written here is lost.

    Steps that workflows have beside the usual ones are offered, too; tickets of another workflow refuse them in words.
    `about`: where the tickets stand (type, status, step), where they are known.
    """

    to = forms.ChoiceField(label=_("Status"), widget=SelectWithWords)
    text = Words(label=_("Text"), required=False)

    def __init__(
        self, *args: Any, about: Collection[tuple[str, str, str]] | None = None, **kwargs: Any
    ) -> None:
        self.about = about
        super().__init__(*args, **kwargs)

    def offer(self) -> None:
        usual: list[Any] = [(one.value, one.label) for one in CHOSEN_STATUSES]
        self.steps = named_steps()
        steps = [
            (key, place.label if len(names) == 1 and _is_only_one() else f"{place.label} ({', '.join(names)})")
            for key, (place, names) in self.steps.items()
        ]  # fmt: skip
        field: Any = self.fields["to"]
        field.choices = [*usual, *([(gettext("Steps of workflows"), steps)] if steps else [])]
        taken = {key: self._taken_with(key) for key, _label in [*usual, *steps]}
        field.widget.takes = {key: words.name for key, words in taken.items() if words}
        self.words = [words for words in WORDS if words in taken.values()]

    def clean(self) -> Values:
        given = super().clean() or self.cleaned_data
        if "to" not in given:
            return given
        words = self._taken_with(given["to"])
        if words is None:
            given["text"] = ""
        elif words in (REOPEN, WHY):
            given[ONLY_WHERE_ASKED] = True
        if (
            words
            and words.missing
            and "text" not in self.errors
            and not given.get("text", "").strip()
        ):
            self.add_error("text", str(words.missing))
        return given

    def _taken_with(self, to: str) -> Wording | None:
        """The words for this choice, which must be there where it says what is missing."""
        about = self.about or ()
        statuses = counts_as(to, [rulebook.flow(kind) for kind, _status, _step in about])
        if Status.WAITING_REQUESTER in {to, *statuses}:
            return ASK
        are_resolved = any(status == Status.RESOLVED for _type, status, _step in about)
        if Status.WAITING_OTHER in {to, *statuses}:
            is_any = opens_again(to) and (are_resolved or self.about is None)
            return HOLD_ANY if is_any else HOLD
        if self.about is None:
            return REOPEN_ANY if to == Status.OPEN else NOTE_ANY
        if are_resolved:
            return REOPEN
        if any(_asks_for_reason(one, to) for one in about):
            return WHY
        return NOTE if to in self.steps else None


def _asks_for_reason(standing: tuple[str, str, str], to: str) -> bool:
    """Does a ticket that stands there need a reason to go to this status or step?"""
    kind, status, step = standing
    flow = rulebook.flow(kind)
    there = leads_to(to, flow)
    way = flow.way(flow.at(status, step), there) if there else None
    return bool(way and way.needs_text)


class CallForHelp(ActForm):
    text = Words(
        label=_("Why must this not wait?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class Say(ActForm):
    text = Words(label=_("Text"))


class Resolve(ActForm, SolvedWithForm):
    code = forms.ChoiceField(
        label=_("How was it resolved?"),
        choices=[("", _("Choose")), *Resolution.choices],
        error_messages={"required": _("Choose how it was resolved.")},
    )
    text = Words(label=_("What restored the service"))

    field_order = ("code", "text", "article")

    def offer(self) -> None:
        """Of an article that `by` may not read, not even the address is shown."""
        kept = self.initial.get("article")
        if kept and not articles.reads(kept, by=self.by):
            self.initial = {**self.initial, "article": ""}

    def clean(self) -> Values:
        """Keeps the article by its address, which leads to it under a new one, too."""
        given = super().clean()
        if given["article"]:
            try:
                given["article"] = articles.named(given["article"], by=self.by).slug
            except InvalidInput as refusal:
                self.add_error("article", refusal.message)
        return given


class MergeInto(ActForm):
    into = forms.CharField(
        label=_("Ticket that stays open"),
        max_length=24,
        widget=forms.TextInput(attrs={"placeholder": "INC-", "autocomplete": "off"}),
        error_messages={"required": _("Type the number of the ticket that stays open.")},
    )
    tell = forms.BooleanField(
        label=_("Tell their requesters that it is handled together with another report"),
        required=False,
    )

    def clean_into(self) -> int:
        number = ticket_number(self.cleaned_data["into"])
        if number is None:
            raise ValidationError(gettext("Type a number like INC-1042."))
        if not Ticket.objects.seen_as_staff_by(self.by).filter(number=number).exists():
            raise ValidationError(gettext("You see no ticket of this number."))
        return number


def assignable_by(user: User) -> list[User]:
    """People who work on tickets of the teams in which this person may give tickets to others."""
    permits = user.permits
    if not permits.anywhere(Permission.TICKETS_ASSIGN):
        return []
    works = [role.pk for role in Role.objects.all() if Permission.TICKETS_WORK in role.permissions]
    reach = Q(grants__team__in=permits.teams_with(Permission.TICKETS_ASSIGN))
    reach |= Q(grants__team=None)
    if Permission.TICKETS_ASSIGN in permits.everywhere:
        reach |= Q(grants__team__is_private=False)
    found = User.objects.people().filter(reach, grants__role__in=works).distinct()
    return list(found.order_by("display_name", "pk"))


def shown(values: Values) -> Values:
    """Kept values as a form shows them again."""
    return {n: ", ".join(v) if isinstance(v, list) else v for n, v in values.items()}


def _raw(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value
