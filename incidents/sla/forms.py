"""Forms of calendars, holidays and policies in administration. Each makes the plain content that a draft keeps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import InvalidInput
from accounts.models import Department, Team, User
from incidents.sla import countries, ics, library, spans, week
from incidents.sla.breach import MISSED, WARNED
from incidents.sla.models import Calendar, HolidaySet, Policy, TargetKind
from incidents.sla.rules import Content
from incidents.tickets import tags
from incidents.tickets.categories import Tree
from incidents.tickets.models import Service
from incidents.workflow.models import IncidentType
from incidents.workflow.priority import Priority
from incidents.workflow.states import WAITING, Status

INPUT = {"class": "fb-input"}
PAIRS = 3
"""Intervals a day that can be typed before some are there; always one more than there are."""
MOST_PAIRS = 8
MOST_WARNINGS = 5
LONGEST_LIST = 20_000
MOST_TYPED = 1_000


def _key(row: Calendar | HolidaySet | Policy | None) -> int:
    return 0 if row is None else row.pk


def _named(taken: Any, name: str) -> str:
    if taken.filter(name__iexact=name).exists():
        raise ValidationError(_("There is one of this name already."))
    return name


class CalendarForm(forms.Form):
    """A week as a grid of times, the zone, and the holidays."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs=INPUT)
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=forms.Select(attrs=INPUT))
    holidays = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Holidays"),
        queryset=HolidaySet.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, calendar: Calendar | None = None) -> None:
        self.calendar = calendar
        typed = week.pairs(calendar.week) if calendar else [[] for _day in range(7)]
        initial: dict[str, Any] = {"zone": "Europe/Berlin"}
        if calendar:
            initial = {"name": calendar.label, "zone": calendar.zone, "holidays": calendar.holidays.all()}  # fmt: skip
        super().__init__(data, initial=initial)
        zone: Any = self.fields["zone"]
        zone.choices = [(name, name) for name in sorted(available_timezones()) if "/" in name]
        self.pairs = min(MOST_PAIRS, max(PAIRS, *(len(day) + 1 for day in typed)))
        for day, name in enumerate(week.day_names()):
            for place in range(self.pairs):
                given = typed[day][place] if place < len(typed[day]) else ("", "")
                for end, value in zip(("from", "to"), given, strict=True):
                    label = (
                        _("%(day)s, from (%(place)d)")
                        if end == "from"
                        else _("%(day)s, to (%(place)d)")
                    )
                    self.fields[f"d{day}-{place}-{end}"] = forms.TimeField(
                        label=label % {"day": name, "place": place + 1},
                        required=False,
                        initial=value,
                        widget=forms.TimeInput(format="%H:%M", attrs={**INPUT, "type": "time"}),
                    )

    def clean_name(self) -> str:
        others = Calendar.objects.exclude(pk=_key(self.calendar))
        return _named(others, self.cleaned_data["name"])

    def clean(self) -> None:
        typed = [
            [
                (
                    self.cleaned_data.get(f"d{day}-{at}-from"),
                    self.cleaned_data.get(f"d{day}-{at}-to"),
                )
                for at in range(self.pairs)
            ]
            for day in range(7)
        ]
        self.week, faults = week.read(typed)
        if self.errors:
            return
        for fault in faults:
            day = week.day_names()[fault.day]
            nowhere = not any(any(pair) for pairs in typed for pair in pairs)
            words = fault.words if nowhere else f"{day}: {fault.words}"
            self.add_error(f"d{fault.day}-0-from", words)

    def days(self) -> Iterator[tuple[str, Sequence[tuple[Any, Any]], list[str]]]:
        """For each day its name, the pairs of fields, and what is wrong."""
        for day, name in enumerate(week.day_names()):
            fields = [
                (self[f"d{day}-{at}-from"], self[f"d{day}-{at}-to"]) for at in range(self.pairs)
            ]
            wrong = [str(words) for pair in fields for field in pair for words in field.errors]
            yield name, fields, wrong

    def content(self) -> Content:
        is_same = self.calendar is not None and self.cleaned_data["name"] == self.calendar.label
        return {
            "name": self.calendar.name if self.calendar and is_same else self.cleaned_data["name"],
            "is_seeded": bool(self.calendar and is_same and self.calendar.is_seeded),
            "zone": self.cleaned_data["zone"],
            "week": self.week,
            "holidays": sorted(one.pk for one in self.cleaned_data["holidays"]),
        }


class HolidaysForm(forms.Form):
    """Days off: of a country, of a file, or typed."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs=INPUT)
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Where from"),
        choices=HolidaySet.Source.choices,
        widget=forms.RadioSelect,
        initial=HolidaySet.Source.LIBRARY,
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), required=False, widget=forms.Select(attrs=INPUT)
    )
    subdivision = forms.CharField(
        label=gettext_lazy("Region"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("Its short name, as in BY for Bavaria. Empty: the whole country."),
        widget=forms.TextInput(attrs=INPUT),
    )
    file = forms.FileField(
        label=gettext_lazy("ICS file"),
        required=False,
        help_text=gettext_lazy(
            "All-day events become holidays; what recurs is told for ten years."
        ),
        widget=forms.FileInput(attrs={**INPUT, "accept": ".ics,text/calendar"}),
    )
    typed = forms.CharField(
        label=gettext_lazy("Days"),
        required=False,
        max_length=LONGEST_LIST,
        help_text=gettext_lazy("One a line: 2026-12-24 Christmas Eve"),
        widget=forms.Textarea(attrs={**INPUT, "rows": 8}),
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        holidays: HolidaySet | None = None,
        today: date,
    ) -> None:
        self.holidays, self.today = holidays, today
        initial = {}
        if holidays:
            initial = {
                "name": holidays.name, "source": holidays.source, "country": holidays.country,
                "subdivision": holidays.subdivision,
            }  # fmt: skip
            if holidays.source == HolidaySet.Source.TYPED:
                initial["typed"] = "\n".join(f"{one.day} {one.name}" for one in holidays.days.all())
        super().__init__(data, files, initial=initial)
        country: Any = self.fields["country"]
        country.choices = [
            ("", _("Choose a country")),
            *((one, one) for one in countries.countries()),
        ]

    def clean_name(self) -> str:
        others = HolidaySet.objects.exclude(pk=_key(self.holidays))
        return _named(others, self.cleaned_data["name"])

    def clean(self) -> None:
        if self.errors:
            return
        source = self.cleaned_data["source"]
        try:
            if source == HolidaySet.Source.LIBRARY:
                self.found = countries.days(
                    self.cleaned_data["country"],
                    self.cleaned_data["subdivision"].strip().upper(),
                    library.years(self.today),
                )
            elif source == HolidaySet.Source.FILE:
                self.found = self._of_file()
            else:
                self.found = _typed(self.cleaned_data["typed"])
        except InvalidInput as refusal:
            self.add_error(refusal.field or None, refusal.message)

    def _of_file(self) -> dict[date, str]:
        """A new file, or the days of the one before where none is given."""
        given = self.cleaned_data["file"]
        if given:
            if given.size > ics.LARGEST:
                raise InvalidInput(_("The file is larger than 2 MB."), field="file")
            return ics.read(given.read(), today=self.today)
        if self.holidays and self.holidays.source == HolidaySet.Source.FILE:
            return {one.day: one.name for one in self.holidays.days.all()}
        raise InvalidInput(_("Choose a file."), field="file")

    def content(self) -> Content:
        source = self.cleaned_data["source"]
        of_library = source == HolidaySet.Source.LIBRARY
        given = self.cleaned_data["file"]
        file_name = given.name if given else self.holidays.file_name if self.holidays else ""
        return {
            "name": self.cleaned_data["name"],
            "source": source,
            "country": self.cleaned_data["country"] if of_library else "",
            "subdivision": self.cleaned_data["subdivision"].strip().upper() if of_library else "",
            "file_name": file_name[:120] if source == HolidaySet.Source.FILE else "",
            "known_until": library.years(self.today)[-1] if of_library else None,
            "days": [[day.isoformat(), name] for day, name in sorted(self.found.items())],
        }


def _typed(text: str) -> dict[date, str]:
    found: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        day, _blank, name = line.strip().partition(" ")
        try:
            found[date.fromisoformat(day)] = name.strip()[:120] or _("Holiday")
        except ValueError:
            raise InvalidInput(
                _("Line %(line)d: “%(day)s” is no date like 2026-12-24.")
                % {"line": number, "day": day[:20]},
                field="typed",
            ) from None
    if not found:
        raise InvalidInput(_("Write at least one day."), field="typed")
    if len(found) > MOST_TYPED:
        raise InvalidInput(
            _("These are more than %(most)d days.") % {"most": MOST_TYPED}, field="typed"
        )
    return found


@dataclass(frozen=True)
class Gone:
    """A condition that names what is not there any more."""

    field: str
    values: list[Any]


class PolicyForm(forms.Form):
    """For which tickets, by which calendar, and how much time for what."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs=INPUT)
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    after = forms.TypedChoiceField(
        label=gettext_lazy("Place"),
        coerce=int,
        help_text=gettext_lazy("The first policy that fits a ticket is its policy."),
        widget=forms.Select(attrs=INPUT),
    )
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"),
        queryset=Calendar.objects.all(),
        empty_label=None,
        widget=forms.Select(attrs=INPUT),
    )

    def __init__(self, data: Any = None, *, policy: Policy | None = None) -> None:
        self.policy = policy
        self.targets = {one.kind: one for one in policy.targets.all()} if policy else {}
        super().__init__(data, initial=self._initial())
        self._choices = _choices()
        self.gone = list(self._gone())
        after: Any = self.fields["after"]
        after.choices = [(0, _("First of all")), *((one.pk, _("After “%(name)s”") % {"name": one.label}) for one in self._others())]  # fmt: skip
        for field, (label, choices) in self._choices.items():
            self.fields[f"if-{field}"] = forms.MultipleChoiceField(
                label=label,
                choices=choices,
                required=False,
                initial=[
                    str(value) for value in (policy.conditions.get(field, []) if policy else [])
                ],
                widget=forms.SelectMultiple(attrs={**INPUT, "size": 5}),
            )
        for kind in TargetKind.values:
            self._add_target(kind)

    def _initial(self) -> dict[str, Any]:
        order = list(Policy.objects.live().order_by("position", "pk").values_list("pk", flat=True))
        if self.policy is None:
            return {"after": 0}
        place = order.index(self.policy.pk)
        return {
            "name": self.policy.label,
            "is_active": self.policy.is_active,
            "after": order[place - 1] if place else 0,
            "calendar": self.policy.calendar_id,
        }

    def _others(self) -> Iterable[Policy]:
        return Policy.objects.live().exclude(pk=_key(self.policy)).order_by("position", "pk")

    def _add_target(self, kind: str) -> None:
        target = self.targets.get(kind)
        minutes = target.minutes if target else {}
        label = TargetKind(kind).label
        for priority in Priority:
            given = minutes.get(str(priority.value))
            self.fields[f"{kind}-p{priority.value}"] = forms.CharField(
                label=_("%(target)s, P%(priority)d")
                % {"target": label, "priority": priority.value},
                required=False,
                max_length=20,
                initial=spans.show(given) if given else "",
                widget=forms.TextInput(attrs=INPUT),
            )
        self.fields[f"{kind}-warn"] = forms.CharField(
            label=_("Warn at (percent of the time)"),
            required=False,
            max_length=40,
            initial=", ".join(str(share) for share in (target.warn_at if target else [75])),
            widget=forms.TextInput(attrs=INPUT),
        )
        self.fields[f"{kind}-pauses"] = forms.MultipleChoiceField(
            label=_("The clock stands while the ticket is"),
            required=False,
            choices=[(status.value, status.label) for status in Status if status in WAITING],
            initial=target.pauses_on if target else [],
            widget=forms.CheckboxSelectMultiple,
        )
        for on in (WARNED, MISSED):
            self._add_deeds(kind, on, target.actions if target else [])

    def _add_deeds(self, kind: str, on: str, deeds: list[dict[str, Any]]) -> None:
        mine = [deed for deed in deeds if deed["on"] == on]
        named = {name: deed[name] for deed in mine for name in ("team", "person", "tag") if name in deed}  # fmt: skip
        prefix = f"{kind}-{on}"
        self.fields[f"{prefix}-team"] = forms.ModelChoiceField(
            label=_("Tell a team, too"), queryset=Team.objects.filter(is_retired=False), required=False,
            empty_label=_("nobody"), initial=named.get("team"), widget=forms.Select(attrs=INPUT),
        )  # fmt: skip
        staff = (
            User.objects.people().filter(grants__isnull=False).distinct().order_by("display_name")
        )
        self.fields[f"{prefix}-person"] = forms.ModelChoiceField(
            label=_("Tell a person, too"), queryset=staff, required=False,
            empty_label=_("nobody"), initial=named.get("person"), widget=forms.Select(attrs=INPUT),
        )  # fmt: skip
        self.fields[f"{prefix}-tag"] = forms.CharField(
            label=_("Set a tag"), required=False, max_length=40, initial=named.get("tag", ""),
            widget=forms.TextInput(attrs=INPUT),
        )  # fmt: skip
        if on == MISSED:
            self.fields[f"{prefix}-raise"] = forms.BooleanField(
                label=_("Raise the priority by one"), required=False,
                initial=any(deed["do"] == "raise_priority" for deed in mine),
            )  # fmt: skip

    def _gone(self) -> Iterator[Gone]:
        for field, values in (self.policy.conditions if self.policy else {}).items():
            known = {value for value, _label in self._choices[field][1]}
            missing = [value for value in values if str(value) not in known]
            if missing:
                yield Gone(str(self._choices[field][0]), missing)

    def clean_name(self) -> str:
        others = Policy.objects.live().exclude(pk=_key(self.policy))
        return _named(others, self.cleaned_data["name"])

    def clean(self) -> None:
        self._targets = [
            target for kind in TargetKind.values if (target := self._target(kind)) is not None
        ]
        if not self.errors and not self._targets:
            self.add_error(None, _("Promise a time for at least one priority."))

    def _target(self, kind: str) -> Content | None:
        minutes = {}
        for priority in Priority:
            name = f"{kind}-p{priority.value}"
            given = self.cleaned_data.get(name, "").strip()
            read = spans.read(given)
            if given and read is None:
                self.add_error(name, _("Write a time like 15 min, 4 h or 1 h 30 min."))
            elif read:
                minutes[str(priority.value)] = read
        shares = self._shares(kind)
        if not minutes:
            return None
        return {
            "kind": kind,
            "minutes": minutes,
            "warn_at": shares,
            "pauses_on": self.cleaned_data.get(f"{kind}-pauses", []),
            "actions": [deed for on in (WARNED, MISSED) for deed in self._deeds(kind, on)],
        }

    def _shares(self, kind: str) -> list[int]:
        given = self.cleaned_data.get(f"{kind}-warn", "").replace("%", "").replace(",", " ").split()
        shares = sorted({int(one) for one in given if one.isascii() and one.isdecimal()})
        wrong = len(given) > MOST_WARNINGS or any(
            not (one.isascii() and one.isdecimal() and 0 < int(one) < 100) for one in given
        )
        if wrong:
            self.add_error(f"{kind}-warn", _("Write up to five whole numbers between 1 and 99, like 50, 75."))  # fmt: skip
            return []
        return shares

    def _deeds(self, kind: str, on: str) -> Iterator[Content]:
        prefix = f"{kind}-{on}"
        if self.cleaned_data.get(f"{prefix}-raise"):
            yield {"on": on, "do": "raise_priority"}
        for name in ("team", "person"):
            if chosen := self.cleaned_data.get(f"{prefix}-{name}"):
                yield {"on": on, "do": "notify", name: chosen.pk}
        if given := self.cleaned_data.get(f"{prefix}-tag", "").strip():
            try:
                yield {"on": on, "do": "tag", "tag": tags.tidy([given])[0]}
            except InvalidInput as refusal:
                self.add_error(f"{prefix}-tag", refusal.message)

    def conditions(self) -> list[Any]:
        return [self[f"if-{field}"] for field in self._choices]

    def targets_table(self) -> Iterator[dict[str, Any]]:
        """For the template: each promise with its fields."""
        for kind in TargetKind.values:
            warned, missed = f"{kind}-{WARNED}", f"{kind}-{MISSED}"
            yield {
                "kind": kind,
                "label": TargetKind(kind).label,
                "times": [self[f"{kind}-p{priority.value}"] for priority in Priority],
                "warn": self[f"{kind}-warn"],
                "pauses": self[f"{kind}-pauses"],
                "warned": [self[f"{warned}-{name}"] for name in ("team", "person", "tag")],
                "missed": [self[f"{missed}-{name}"] for name in ("team", "person", "tag")],
                "raise": self[f"{missed}-raise"],
            }

    def content(self) -> Content:
        conditions: dict[str, list[Any]] = {}
        for field in self._choices:
            chosen = self.cleaned_data[f"if-{field}"]
            if chosen:
                conditions[field] = (
                    chosen if field == "type" else sorted(int(one) for one in chosen)
                )
        is_same = self.policy is not None and self.cleaned_data["name"] == self.policy.label
        return {
            "name": self.policy.name if self.policy and is_same else self.cleaned_data["name"],
            "is_seeded": bool(self.policy and is_same and self.policy.is_seeded),
            "position": self.policy.position if self.policy else 0,
            "after": self.cleaned_data["after"],
            "is_active": self.cleaned_data["is_active"],
            "conditions": conditions,
            "calendar": self.cleaned_data["calendar"].pk,
            "targets": self._targets,
        }


def conditions_in_words(policies: Iterable[Policy]) -> dict[int, list[str]]:
    """For each policy, by its key, what it asks of a ticket; nothing where it is for every ticket."""
    known = {field: (label, dict(values)) for field, (label, values) in _choices().items()}

    def words(field: str, values: Iterable[Any]) -> str:
        label, names = known[field]
        return f"{label}: {', '.join(names.get(str(value), '?') for value in values)}"

    return {
        one.pk: [words(field, values) for field, values in one.conditions.items() if values]
        for one in policies
    }


def _choices() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """What can be asked of a ticket, with its words and its values."""
    tree = Tree.load()
    return {
        "type": (_("Type"), [(one.slug, one.label) for one in IncidentType.objects.all()]),
        "priority": (
            _("Priority"),
            [(str(one.value), f"P{one.value} {one.label}") for one in Priority],
        ),
        "category": (
            _("Category, with all below it"),
            [(str(node.category.pk), tree.label(node.category)) for _depth, node in tree.walk()],
        ),
        "service": (_("Service"), _rows(Service.objects.order_by("name"))),
        "team": (_("Team"), _rows(Team.objects.order_by("name"))),
        "department": (
            _("Department of the requester"),
            _rows(Department.objects.order_by("name")),
        ),
    }


def _rows(found: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]
