"""The columns that a list can show, in their order. Everybody chooses which; the title is always there."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.desk.orders import ORDERS, Order


@dataclass(frozen=True)
class Column:
    """`sort` names the order that a click on its head gives first. `is_span`: shows how long ago, so the latest is least."""

    name: str
    label: str | Promise
    sort: str = ""
    is_end: bool = False
    is_span: bool = False

    __getitem__ = object.__getattribute__


COLUMNS = {
    column.name: column
    for column in (
        Column("priority", _("Priority"), "priority"),
        Column("number", pgettext_lazy("ticket", "Number"), "-number"),
        Column("title", _("Title")),
        Column("due", pgettext_lazy("time left", "Due"), "due", is_end=True),
        Column("type", _("Type")),
        Column("requester", _("Requester")),
        Column("category", _("Category")),
        Column("service", _("Service")),
        Column("tags", _("Tags")),
        Column("team", _("Team")),
        Column("status", _("Status")),
        Column("assignee", _("Assignee")),
        Column("affected", _("Affected"), is_end=True),
        Column("spent", _("Time spent"), is_end=True),
        Column("age", _("Age"), "created", is_end=True, is_span=True),
        Column("updated", _("Updated"), "-updated", is_end=True, is_span=True),
    )
}
ALWAYS = "title"
USUAL = (
    "priority", "number", "title", "due", "requester", "category", "team", "status", "assignee",
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """A column's head: what a click on it sorts by, and how the list is sorted now."""

    column: Column
    url: str = ""
    sorted: str = ""
    """As `aria-sort` says it; empty where the list goes by another column."""

    __getitem__ = object.__getattribute__


def chosen(
    *choices: Sequence[str], without: Container[str] = (), ordered_by: str = ALWAYS
) -> list[Column]:
    """The first choice that names any column, else the usual ones; `without` what all rows of a list share.

    The column that somebody `ordered_by` is shown in any case: else nobody sees why the rows come as they do.
    """
    known = [[name for name in names if name in COLUMNS] for names in choices]
    names = {*next(filter(None, known), USUAL), ALWAYS, ordered_by}
    return [one for name, one in COLUMNS.items() if name in names and name not in without]


def tidy(names: Iterable[str]) -> list[str]:
    """What is kept of a choice: the names that there are, in the order of the list; nothing for the usual ones."""
    asked = COLUMNS.keys() & set(names)
    known = [name for name in COLUMNS if name in asked | {ALWAYS}]
    return known if asked and known != list(USUAL) else []


def next_order(column: Column, now: Order) -> str:
    """What a click on the column's head sorts by: as it comes first, then the other way round."""
    if not column.sort:
        return ""
    if now.column != column.name or now.name != column.sort:
        return column.sort
    other = column.sort[1:] if column.sort.startswith("-") else f"-{column.sort}"
    return ORDERS[other].name
