"""Narrowing a list: the address is the state, and only what is named here can be asked for.

What an address names (a team, a person, a category) is looked up first, as a bound value, and only what was found is a
choice. So no name and no value from outside ever reaches the ORM as anything but a value.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import formats
from accounts.errors import InvalidInput
from accounts.models import Department, User
from incidents.desk.sidebar import queues_of
from incidents.tickets import places, search, tags
from incidents.tickets.categories import Tree
from incidents.tickets.models import ChecklistItem, Service, Tagging, TicketQuerySet
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from incidents.workflow.rulebook import Flow, Place
from incidents.workflow.states import OPEN_STATUSES, Status

ME, NOBODY, NONE = "me", "nobody", "none"
LONGEST_TEXT = 200
MOST_VALUES = 25
"""Of one filter."""
MOST_PEOPLE = 100
"""Of those whose name has the words, so many are looked for."""

SPANS = [
    ("last-1", _("in the last 24 hours")),
    ("last-7", _("in the last 7 days")),
    ("last-30", _("in the last 30 days")),
    ("over-1", _("more than a day ago")),
    ("over-3", _("more than 3 days ago")),
    ("over-7", _("more than 7 days ago")),
    ("over-30", _("more than 30 days ago")),
]
DUE = [
    ("late", _("late")),
    ("1", _("within an hour, or late")),
    ("4", _("within 4 hours, or late")),
    ("24", _("within a day, or late")),
    ("168", _("within a week, or late")),
]
"""By hours, besides what is late."""
MARKS = [
    ("by-hand", _("priority set by hand")),
    ("proposed", _("another type is proposed")),
    ("review", _("to be reviewed")),
]
UNREAD = [("1", _("only what is new to me"))]
SLUG = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
KEY = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
STEP = re.compile(r"([A-Za-z0-9_-]{1,40})\.([A-Za-z0-9_-]{1,40})", re.ASCII)
"""Workflow and step, as a value of the filter by step."""
DAYS = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2190, 1, 1))]
FIELDS = {
    "team": "team",
    "category": "category",
    "service": "service",
    "department": "requester__department",
    "requester": "requester",
    "assignee": "assignee",
    "type": "type",
}
"""Filters by something that has a row of its own, and the ticket's field for it."""


class UnknownFilter(InvalidInput):
    """An address asks for what no list knows: `what` in words, `names` as the address has it, where that is known.

    `understood` is the query string without that.
    """

    status = 400

    def __init__(
        self, what: Sequence[str], understood: str = "", *, names: Sequence[str] = ()
    ) -> None:
        super().__init__(gettext("This address asks for filters that are not known here."))
        self.what = list(what)
        self.names = list(names)
        self.understood = understood


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the query string without it."""

    name: str
    key: str
    value: str
    without: str


@dataclass(frozen=True)
class Named:
    """What a value of a filter stands for: in words, and by the keys of its rows. No keys: the empty field."""

    label: str
    keys: tuple[int | str, ...] = ()


def _several(label: Any, method: str, choices: Any = ()) -> django_filters.MultipleChoiceFilter:
    return django_filters.MultipleChoiceFilter(choices=choices, method=method, label=label)


def _day(label: Any) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        method="on_day", label=label, input_formats=["%Y-%m-%d"], validators=DAYS
    )


class TicketFilter(django_filters.FilterSet):
    """All that a list of the desk can be narrowed by; several values of one filter widen it, filters together narrow."""

    q = django_filters.CharFilter(method="with_text", label=_("Text"), max_length=LONGEST_TEXT)
    status = _several(_("Status"), "with_status", Status.choices)
    step = _several(_("Step"), "at_step")
    priority = django_filters.TypedMultipleChoiceFilter(
        choices=Priority.choices, coerce=int, method="with_value", label=_("Priority")
    )
    type = _several(_("Type"), "among")
    team = _several(_("Team"), "among")
    assignee = _several(_("Assignee"), "among")
    category = _several(_("Category"), "among")
    service = _several(_("Service"), "among")
    requester = _several(_("Requester"), "among")
    requester_name = django_filters.CharFilter(
        method="with_requester_named", label=_("Requester’s name"), max_length=120
    )
    department = _several(_("Department"), "among")
    tag = _several(_("Tag"), "with_tag")
    due = _several(pgettext_lazy("time left", "Due"), "due_within", DUE)
    created = django_filters.ChoiceFilter(choices=SPANS, method="in_span", label=_("Created"))
    created_from = _day(_("Created from"))
    created_to = _day(_("Created until"))
    updated = django_filters.ChoiceFilter(choices=SPANS, method="in_span", label=_("Updated"))
    updated_from = _day(_("Updated from"))
    updated_to = _day(_("Updated until"))
    marked = _several(_("Marked"), "with_mark", MARKS)
    unread = django_filters.ChoiceFilter(choices=UNREAD, method="unread_only", label=_("Unread"))

    def __init__(
        self,
        asked: QueryDict,
        tickets: TicketQuerySet,
        *,
        by: User,
        known: dict[Any, Any] | None = None,
    ) -> None:
        """`known`: what was looked up already, by filters for the same person; they share the dictionary."""
        self.asked = {
            name: given
            for name in EVERY
            if (given := list(dict.fromkeys(filter(None, asked.getlist(name)))))
        }
        """What is asked for, by the name of the filter, each value once."""
        # Only what is asked for is built: all twenty would take longer than the rest of a list.
        asked_for = {name: EVERY[name] for name in self.asked}
        setattr(self, "base_filters", asked_for)  # noqa: B010 (a name of the class in its stubs)
        super().__init__(MultiValueDict(self.asked), tickets)
        self.by = by
        self.known = {} if known is None else known
        self.named = {name: self._named(name) for name in FINDERS if name in self.asked}
        for name, found in self.named.items():
            self.filters[name].extra["choices"] = [(v, one.label) for v, one in found.items()]

    @property
    def tree(self) -> Tree:
        if "tree" not in self.known:
            self.known["tree"] = Tree.load()
        found: Tree = self.known["tree"]
        return found

    def _named(self, name: str) -> dict[str, Named]:
        asked = name, *self.asked[name]
        if asked not in self.known:
            self.known[asked] = FINDERS[name](self, self.asked[name])
        found: dict[str, Named] = self.known[asked]
        return found

    @property
    def tickets(self) -> TicketQuerySet:
        """Those that fit; without a word on the status, the open ones.

        Raises:
            UnknownFilter: something that was asked for is none of the choices.
        """
        if errors := self.errors_by_name:
            labels = [str(self.filters[name].label) for name in errors]
            raise UnknownFilter(labels, names=list(errors))
        found: TicketQuerySet = self.qs
        return found if {"status", "step"} & self.asked.keys() else found.open()

    @property
    def _statuses(self) -> set[str]:
        """Those that a ticket in the list may have, as far as anything is said about that."""
        named = set(self.asked.get("status", ()))
        if "step" not in self.asked:
            return named
        steps = {
            place.status.value for value in self.asked["step"] for _flow, place in _step(value)
        }
        return named & steps if named else steps

    @property
    def is_open_only(self) -> bool:
        """Is everything that may be in the list still open?"""
        return OPEN_STATUSES.issuperset(self._statuses)

    @property
    def is_settled_only(self) -> bool:
        statuses = self._statuses
        return bool(statuses) and OPEN_STATUSES.isdisjoint(statuses)

    @property
    def errors_by_name(self) -> Mapping[str, Any]:
        if not self.asked:  # nothing to check, and most lists are opened like this
            return {}
        many = {name: name for name, values in self.asked.items() if len(values) > MOST_VALUES}
        return {**self.form.errors, **many}

    # Narrowing -------------------------------------------------------------------------------------------

    def with_text(self, tickets: TicketQuerySet, _name: str, words: str) -> TicketQuerySet:
        return search.narrow(tickets, words, words_first=not self.is_open_only)

    def with_status(self, tickets: TicketQuerySet, _name: str, chosen: list[str]) -> TicketQuerySet:
        return _open_or_not(tickets.filter(status__in=chosen), chosen)

    def at_step(self, tickets: TicketQuerySet, _name: str, chosen: list[str]) -> TicketQuerySet:
        """Steps of one workflow are asked for together, and what all have in common once more: so indexes are used."""
        steps: dict[str, tuple[Flow, list[Place]]] = {}
        for flow, place in (found for value in chosen for found in _step(value)):
            steps.setdefault(flow.slug, (flow, []))[1].append(place)
        wanted = [place for _flow, of_flow in steps.values() for place in of_flow]
        statuses = sorted({place.status.value for place in wanted})
        tickets = tickets.filter(
            reduce(or_, (places.at(flow, of_flow) for flow, of_flow in steps.values()))
        )
        if len(wanted) > 1 and not any(place.is_default for place in wanted):
            tickets = tickets.filter(
                status__in=statuses, step__in=sorted({one.slug for one in wanted})
            )
            tickets = tickets.exclude(step="")
        return _open_or_not(tickets, statuses)

    def with_value(self, tickets: TicketQuerySet, name: str, chosen: list[Any]) -> TicketQuerySet:
        return tickets.filter(Q((f"{name}__in", chosen)))

    def among(self, tickets: TicketQuerySet, name: str, chosen: list[str]) -> TicketQuerySet:
        found = [self.named[name][value] for value in chosen]
        keys = sorted({key for one in found for key in one.keys})
        empty = Q((f"{FIELDS[name]}__isnull", True))
        if not keys:
            return tickets.filter(empty)
        fits = Q((f"{FIELDS[name]}__in", keys))
        return tickets.filter(fits if all(one.keys for one in found) else fits | empty)

    def with_tag(self, tickets: TicketQuerySet, _name: str, chosen: list[str]) -> TicketQuerySet:
        names = [key for value in chosen for key in self.named["tag"][value].keys]
        return tickets.filter(pk__in=Tagging.objects.filter(name__in=names).values("ticket"))

    def with_mark(self, tickets: TicketQuerySet, _name: str, chosen: list[str]) -> TicketQuerySet:
        review = ChecklistItem.objects.filter(ticket=OuterRef("pk"), is_review=True, done_at=None)
        meanings: dict[str, Q] = {
            "by-hand": Q(priority_by_hand=True),
            "proposed": ~Q(proposed_type=""),
            "review": Q(Exists(review)),
        }
        return tickets.filter(reduce(or_, (meanings[mark] for mark in chosen)))

    def with_requester_named(
        self, tickets: TicketQuerySet, _name: str, words: str
    ) -> TicketQuerySet:
        """Only asked for where nobody was picked from the list."""
        if "requester" in self.asked:
            return tickets
        people = User.objects.people().found_by(words).values_list("pk", flat=True)
        return tickets.filter(requester__in=list(people[:MOST_PEOPLE]))

    def in_span(self, tickets: TicketQuerySet, name: str, span: str) -> TicketQuerySet:
        kind, _dash, days = span.partition("-")
        since = timezone.now() - timedelta(days=int(days))
        return tickets.filter(Q((f"{name}_at__{'gte' if kind == 'last' else 'lt'}", since)))

    def on_day(self, tickets: TicketQuerySet, name: str, day: date) -> TicketQuerySet:
        """Days are those of the reader; both ends are in it."""
        field, _underscore, end = name.partition("_")
        if end == "from":
            return tickets.filter(Q((f"{field}_at__gte", _midnight(day))))
        return tickets.filter(Q((f"{field}_at__lt", _midnight(day + timedelta(days=1)))))

    def due_within(self, tickets: TicketQuerySet, _name: str, chosen: list[str]) -> TicketQuerySet:
        """Open tickets for which something is due by then; what is settled is due no more."""
        hours = max(0 if one == "late" else int(one) for one in chosen)
        return tickets.filter(is_open=True, due_at__lt=timezone.now() + timedelta(hours=hours))

    def unread_only(self, tickets: TicketQuerySet, _name: str, _yes: str) -> TicketQuerySet:
        return tickets.unread_by(self.by)

    # Looking up what is named --------------------------------------------------------------------------------

    def _teams(self, asked: list[str]) -> dict[str, Named]:
        teams = queues_of(self.by).filter(slug__in=_slugs(asked))
        return {team.slug: Named(team.name, (team.pk,)) for team in teams} | _none(asked, _("None"))

    def _categories(self, asked: list[str]) -> dict[str, Named]:
        return {
            one.slug: Named(self.tree.label(one), tuple(self.tree.subtree(one)))
            for one in self.tree.by_pk.values()
            if one.slug in asked
        } | _none(asked, _("None"))

    def _services(self, asked: list[str]) -> dict[str, Named]:
        services = Service.objects.filter(slug__in=_slugs(asked))
        return {one.slug: Named(one.name, (one.pk,)) for one in services} | _none(asked, _("None"))

    def _departments(self, asked: list[str]) -> dict[str, Named]:
        departments = Department.objects.filter(pk__in=_keys(asked))
        return {str(one.pk): Named(one.name, (one.pk,)) for one in departments}

    def _requesters(self, asked: list[str]) -> dict[str, Named]:
        people = User.objects.filter(pk__in=_keys(asked), is_system=False)
        return {str(one.pk): Named(one.display_name, (one.pk,)) for one in people}

    def _assignees(self, asked: list[str]) -> dict[str, Named]:
        found = self._requesters(asked) if _keys(asked) else {}
        if ME in asked:
            found[ME] = Named(gettext("Me"), (self.by.pk,))
        if NOBODY in asked:
            found[NOBODY] = Named(gettext("Nobody"))
        return found

    def _types(self, asked: list[str]) -> dict[str, Named]:
        """Also retired ones, which old tickets still are."""
        types = rulebook.types(even_retired=True)
        return {one.slug: Named(one.label, (one.slug,)) for one in types if one.slug in asked}

    def _steps(self, asked: list[str]) -> dict[str, Named]:
        """Of every workflow, retired ones too; in words with the workflow, since steps of two may have one name."""
        found = {value: step for value in asked for step in _step(value)}
        return {
            value: Named(f"{place.label} ({flow.label})") for value, (flow, place) in found.items()
        }

    def _tags(self, asked: list[str]) -> dict[str, Named]:
        return {value: Named(f"#{name}", (name,)) for value in asked if (name := _tag(value))}

    # What is on ------------------------------------------------------------------------------------------

    def chips(self, without: Callable[[str], str]) -> Iterator[Chip]:
        """The filters that are on; `without` gives the query string that leaves one out."""
        for name, values in self.asked.items():
            if name == "requester_name" and "requester" in self.asked:
                continue
            words = ", ".join(self._words(name, value) for value in values)
            yield Chip(name, str(self.filters[name].label), words, without(name))

    def _words(self, name: str, value: str) -> str:
        if name in {"q", "requester_name"}:
            return gettext("“%(words)s”") % {"words": value}
        if name in self.named:
            return str(self.named[name][value].label)
        if name.endswith(("_from", "_to")):
            return formats.short_day(date.fromisoformat(value), timezone.localdate())
        choices = self.filters[name].extra["choices"]
        return str({str(key): label for key, label in choices}[value])


FINDERS: dict[str, Callable[[TicketFilter, list[str]], dict[str, Named]]] = {
    "team": TicketFilter._teams,
    "category": TicketFilter._categories,
    "service": TicketFilter._services,
    "department": TicketFilter._departments,
    "requester": TicketFilter._requesters,
    "assignee": TicketFilter._assignees,
    "tag": TicketFilter._tags,
    "type": TicketFilter._types,
    "step": TicketFilter._steps,
}
EVERY: Mapping[str, Any] = TicketFilter.base_filters
NAMES = frozenset(EVERY)


def _none(asked: list[str], label: Any) -> dict[str, Named]:
    return {NONE: Named(str(label))} if NONE in asked else {}


def _slugs(asked: list[str]) -> list[str]:
    return [value for value in asked if SLUG.fullmatch(value)][:MOST_VALUES]


def _keys(asked: list[str]) -> list[int]:
    return [int(value) for value in asked if KEY.fullmatch(value)][:MOST_VALUES]


def flow_named(step: str) -> str:
    """The workflow of a step as an address names it, see `places.name_of`."""
    return step.partition(".")[0]


def _step(value: str) -> list[tuple[Flow, Place]]:
    """The step that an address names; none, if there is no such one."""
    named = STEP.fullmatch(value)
    flow = named and rulebook.current().flows.get(named[1])
    place = flow.place(named[2]) if named and flow else None
    return [(flow, place)] if flow and place else []


def _open_or_not(tickets: TicketQuerySet, statuses: Sequence[str]) -> TicketQuerySet:
    """Says that they are open, or are not, where that follows: the indexes of lists are by that."""
    if OPEN_STATUSES.issuperset(statuses):
        return tickets.filter(is_open=True)
    return tickets.filter(is_open=False) if OPEN_STATUSES.isdisjoint(statuses) else tickets


def _tag(word: str) -> str:
    try:
        return "".join(tags.tidy([word]))
    except InvalidInput:
        return ""


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
