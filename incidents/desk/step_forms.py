"""What a step of the workflow asks for, in the same form as the step itself: what is still to be filled in, and words."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.desk.forms import WRITE_SOMETHING, VersionedForm, offer_categories
from incidents.desk.work_forms import DurationField
from incidents.tickets import actions, ways
from incidents.tickets.categories import Tree
from incidents.tickets.models import Service, Ticket
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Way
from incidents.workflow.states import Resolution, Status

LONGEST_TAGS = 400


class Filling(forms.Form):
    """The fields that a step requires and the ticket does not have yet; none, where nothing is missing."""

    def __init__(self, sent: Any, *, ticket: Ticket, needs: Sequence[Need], by: User) -> None:
        super().__init__(sent, prefix="first")
        self.ticket, self.by, self.needs = ticket, by, needs
        for need in needs:
            if field := self._field(need):
                self.fields[need.value] = field

    @property
    def asks_for_checklist(self) -> bool:
        """That is nothing to fill in here: its steps are done first."""
        return Need.CHECKLIST in self.needs

    def fill(self, *, expected: int | None) -> int | None:
        """One verb for each field. In the transaction of the step, so that all of it happens or nothing.

        `expected` is the version that the person saw, and what comes back is the one to take the step from: giving a
        new ticket to oneself starts work on it, which is no change by somebody else.
        """
        if not self.fields:
            return expected
        is_fresh = expected is not None and self._version() <= expected
        self._fill()
        return self._version() if is_fresh else expected

    def _version(self) -> int:
        """As it is now, held until the step is taken."""
        row = Ticket.objects.select_for_update().filter(pk=self.ticket.pk)
        return row.values_list("version", flat=True).get()

    def _fill(self) -> None:
        given, by, ticket = self.cleaned_data, self.by, self.ticket
        if Need.CATEGORY in given:
            actions.categorise(ticket, category=given[Need.CATEGORY], by=by)
        if Need.SERVICE in given:
            actions.set_service(ticket, service=given[Need.SERVICE], by=by)
        if Need.TEAM in given:
            actions.move(ticket, to=given[Need.TEAM], by=by)
        if Need.ASSIGNEE in given:
            actions.assign(ticket, to=self._people[given[Need.ASSIGNEE]], by=by)
        if Need.TAGS in given:
            actions.tag(ticket, add=given[Need.TAGS].split(","), by=by)
        if given.get(Need.TIME_SPENT):
            actions.spend(ticket, given[Need.TIME_SPENT], by=by)

    def _field(self, need: Need) -> forms.Field | None:
        required = {"required": gettext("Fill this in first.")}
        match need:
            case Need.SERVICE:
                services = Service.objects.filter(is_retired=False)
                return forms.ModelChoiceField(services, label=_("Service"), empty_label=_("Choose"), error_messages=required)  # fmt: skip
            case Need.CATEGORY:
                field = forms.TypedChoiceField(label=_("Category"), error_messages=required)
                offer_categories(field, Tree.load(), empty=gettext("Choose"))
                return field
            case Need.TEAM:
                teams = Team.objects.filter(is_retired=False)
                return forms.ModelChoiceField(teams, label=_("Team"), empty_label=_("Choose"), error_messages=required)  # fmt: skip
            case Need.ASSIGNEE:
                return forms.ChoiceField(label=_("Assignee"), choices=self._assignees(), error_messages=required)  # fmt: skip
            case Need.TAGS:
                return forms.CharField(label=_("Tags"), max_length=LONGEST_TAGS, help_text=_("Several with commas between them."), error_messages=required)  # fmt: skip
            case Need.TIME_SPENT:
                return DurationField(label=_("Time spent"), max_length=20, widget=forms.TextInput(attrs={"placeholder": "1h 20m", "autocomplete": "off"}))  # fmt: skip
        return None

    def _assignees(self) -> list[tuple[str, str]]:
        people = User.objects.people().holding(
            Permission.TICKETS_WORK, self.ticket.team, confined=self.ticket.is_confined
        )
        self._people = {str(one.pk): one for one in people.order_by("display_name")}
        named = [(key, one.display_name) for key, one in self._people.items()]
        return [("", gettext("Choose")), *named]


def filling(ticket: Ticket, way: Way | None, *, by: User, sent: Any = None) -> Filling:
    """The form for what this way still asks for."""
    needs = ways.missing(way, ticket) if way else []
    return Filling(sent, ticket=ticket, needs=needs, by=by)


class GoForm(VersionedForm):
    """A step with its words: the question, the reason, what restored the service, or what is still wrong."""

    code = forms.ChoiceField(
        label=_("How was it resolved?"),
        choices=[("", _("Choose")), *Resolution.choices],
        error_messages={"required": _("Choose how it was resolved.")},
    )
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), error_messages=WRITE_SOMETHING)

    def __init__(self, *args: Any, way: Way, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not resolves(way):
            del self.fields["code"]
        self.fields["text"].label = _words_for(way)
        self.fields["text"].required = way.needs_text or resolves(way) or reopens(way)
        self.fields["text"].help_text = (
            _("The requester reads this.")
            if is_read_outside(way)
            else _("Only the desk reads this.")
        )


def resolves(way: Way) -> bool:
    return way.there.status == Status.RESOLVED != way.here.status


def reopens(way: Way) -> bool:
    return way.here.status == Status.RESOLVED and way.there.is_open


def is_read_outside(way: Way) -> bool:
    return resolves(way) or reopens(way) or way.there.status == Status.WAITING_REQUESTER


def _words_for(way: Way) -> str:
    if resolves(way):
        return gettext("What restored the service?")
    if reopens(way):
        return gettext("What is still wrong?")
    if way.there.status == Status.WAITING_REQUESTER:
        return gettext("What do you need from the requester?")
    return gettext("Why?") if way.needs_text else gettext("Note (optional)")
