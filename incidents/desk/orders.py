"""The orders that a list can have. Each has an index, so that page one thousand costs what page one costs.

A further order is one more line here, and an index of these fields: once as they are, for lists that reach into what
is settled, and once for the open tickets alone.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Order:
    """`keys` are what `accounts.paging.page` takes; `column` is the column of the list by which it goes."""

    name: str
    label: str | Promise
    keys: tuple[str, ...]
    column: str

    @property
    def is_descending(self) -> bool:
        return self.keys[0].startswith("-")


_ALL = (
    Order(
        "priority", _("Most urgent first"), ("priority", "due_at", "created_at", "id"), "priority"
    ),
    Order(
        "-priority",
        _("Least urgent first"),
        ("-priority", "-due_at", "-created_at", "-id"),
        "priority",
    ),
    Order("due", _("Due next first"), ("due_at", "id"), "due"),
    Order("-due", _("Due last first"), ("-due_at", "-id"), "due"),
    Order("created", _("Oldest first"), ("created_at", "id"), "age"),
    Order("-created", _("Newest first"), ("-created_at", "-id"), "age"),
    Order("updated", _("Longest untouched first"), ("updated_at", "id"), "updated"),
    Order("-updated", _("Last changed first"), ("-updated_at", "-id"), "updated"),
    Order("number", _("By number"), ("number",), "number"),
    Order("-number", _("By number, highest first"), ("-number",), "number"),
)
ORDERS = {order.name: order for order in _ALL}

OPEN_FIRST = ORDERS["priority"]
"""What waits: critical on top, then what is due next, then by how long it has waited."""

SETTLED_FIRST = ORDERS["-updated"]
"""Of what is done, the latest matters."""
