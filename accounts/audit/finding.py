"""What an auditor asks the log for: whose, of which kind, about what, from when to when."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.audit.kinds import GROUPS, Kind
from accounts.models import AppendOnly, AuditEntry, User

MOST_PEOPLE = 50
"""Of one name. Who has a more common one is found by their address."""


FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Days far from these have no midnight in every time zone, or none after them."""


class AuditFilter(forms.Form):
    """Fields of the page's address. Anything else an address asks for is not looked at."""

    who = forms.CharField(
        label=_("Person"), required=False, max_length=120,
        help_text=_("Name or e-mail address: what they did, and what was done to them."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("What"), required=False)
    about = forms.CharField(label=_("About"), required=False, max_length=120)
    start = forms.DateField(label=pgettext_lazy("day", "From"), required=False)
    end = forms.DateField(label=pgettext_lazy("day", "Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: list[tuple[str, Any]] = [("", _("Everything"))]
        for group in GROUPS:
            kinds.append((group.key, group.title))
            if len(group.kinds) > 1:
                kinds += [(kind.value, f"– {kind.label}") for kind in group.kinds]
        field: Any = self.fields["kind"]
        field.choices = kinds
        for name, bound in self.fields.items():
            bound.widget.attrs["class"] = "fb-input"
            if name in {"start", "end"}:
                bound.widget = forms.DateInput(
                    attrs={"type": "date", "class": "fb-input"}, format="%Y-%m-%d"
                )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("start", "end"):
            if (day := given.get(name)) and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, _("Choose a day between 2000 and 2200."))
        start, end = given.get("start"), given.get("end")
        if start and end and end < start:
            self.add_error("end", _("This is before the first day."))
        return given

    def entries(self) -> AppendOnly:
        """The entries that are asked for, in no order."""
        found = AuditEntry.objects.all()
        given = self.cleaned_data
        if given["who"]:
            found = found.filter(_of_people(given["who"].strip()))
        if given["kind"]:
            found = found.filter(kind__in=_kinds(given["kind"]))
        if given["about"]:
            found = found.filter(label__icontains=given["about"].strip())
        if given["start"]:
            found = found.filter(at__gte=_midnight(given["start"]))
        if given["end"]:
            found = found.filter(at__lt=_midnight(given["end"] + timedelta(days=1)))
        return found

    @property
    def told(self) -> dict[str, str]:
        """What was asked for, for the entry about an export."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _of_people(words: str) -> Q:
    named = User.objects.get_queryset().named(words).order_by("display_name", "pk")
    keys = list(named.values_list("pk", flat=True)[:MOST_PEOPLE])
    return Q(actor__in=keys) | Q(about_kind="accounts.user", about_key__in=map(str, keys))


def _kinds(chosen: str) -> list[Kind]:
    for group in GROUPS:
        if group.key == chosen:
            return list(group.kinds)
    return [Kind(chosen)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
