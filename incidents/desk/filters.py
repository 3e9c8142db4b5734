"""Narrowing a list: the address is the state, and only what is named here can be asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.tickets.categories import Tree
from incidents.tickets.models import TicketQuerySet
from incidents.tickets.priority import Priority
from incidents.tickets.states import OPEN_STATUSES, Status

ME, NOBODY = "me", "nobody"
STATUSES = [choice for choice in Status.choices if choice[0] in OPEN_STATUSES]
ASSIGNEES = [(ME, _("Me")), (NOBODY, _("Nobody"))]


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the query string without it."""

    key: str
    value: str
    without: str


class TicketFilter(django_filters.FilterSet):
    """Text in the title, status, priority, category with all below it, assignee."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Title"))
    status = django_filters.MultipleChoiceFilter(choices=STATUSES, label=_("Status"))
    priority = django_filters.TypedMultipleChoiceFilter(
        choices=Priority.choices, coerce=int, label=_("Priority")
    )
    category = django_filters.ChoiceFilter(method="in_category", label=_("Category"))
    assignee = django_filters.ChoiceFilter(
        choices=ASSIGNEES, method="with_assignee", label=_("Assignee")
    )

    def __init__(self, asked: QueryDict, tickets: TicketQuerySet, *, by: User, tree: Tree) -> None:
        super().__init__(asked, tickets)
        self.by = by
        self.tree = tree
        self.filters["category"].extra["choices"] = [
            (node.category.slug, node.category.name) for _depth, node in tree.walk()
        ]

    def in_category(self, tickets: TicketQuerySet, _name: str, slug: str) -> TicketQuerySet:
        return tickets.filter(category__in=self.tree.subtree(self._category(slug)))

    def with_assignee(self, tickets: TicketQuerySet, _name: str, who: str) -> TicketQuerySet:
        return tickets.assigned_to(self.by) if who == ME else tickets.unassigned()

    def _category(self, slug: str) -> Any:
        return next(one for one in self.tree.by_pk.values() if one.slug == slug)

    # Choices, for the template -----------------------------------------------------------------------

    statuses = STATUSES
    priorities = [(str(value), label) for value, label in Priority.choices]
    assignees = ASSIGNEES

    @property
    def categories(self) -> list[tuple[str, str]]:
        """Categories in use by their path, as (address, label)."""
        return [
            (node.category.slug, "\u2003" * depth + node.category.name)
            for depth, node in self.tree.walk()
            if not node.category.is_retired
        ]

    # What is on ------------------------------------------------------------------------------------------

    @property
    def asked(self) -> dict[str, list[str]]:
        """What is asked for, by the name of the filter."""
        given = {name: [v for v in self.data.getlist(name) if v] for name in self.filters}
        return {name: values for name, values in given.items() if values}

    @property
    def query(self) -> str:
        """The query string that asks for this list again, from its start."""
        return self._query()

    def chips(self) -> Iterator[Chip]:
        """The filters that are on; what was not understood has none."""
        if not self.is_valid():
            return
        for name, values in self.asked.items():
            yield Chip(
                str(self.filters[name].label),
                ", ".join(self._words(name, value) for value in values),
                self._query(leave_out=name),
            )

    def _words(self, name: str, value: str) -> str:
        if name == "q":
            return gettext("“%(words)s”") % {"words": value}
        if name == "category":
            return self.tree.label(self._category(value))
        return str(dict(self.filters[name].extra["choices"])[_typed(name, value)])

    def _query(self, leave_out: str = "") -> str:
        kept = QueryDict(mutable=True)
        for name, values in self.asked.items():
            if name != leave_out:
                kept.setlist(name, values)
        return kept.urlencode()


def _typed(name: str, value: str) -> str | int:
    return int(value) if name == "priority" else value
