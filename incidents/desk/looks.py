"""How a ticket's page looks, apart from the words on it: tickets that look alike share what was drawn (`{% once %}`).

A look holds whatever a template asks about: what may be done, which buttons there are, whether something stands
somewhere at all. It never holds a name, a number of a ticket, or a token; those are put in each time.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Send:
    """A way to send a panel; `then` is what else it does."""

    then: str
    label: str
    icon: str
    is_primary: bool = False


@dataclass(frozen=True)
class Step:
    """A change of status offered in the head: a panel to write into, a page that asks, or a button that does it at once."""

    label: str
    icon: str
    panel: str = ""
    then: str = ""
    """Which of the panel's ways to send it brings about."""
    to: str = ""
    is_primary: bool = False
    asks: bool = False
    """On a page of its own, for what no panel asks for."""


@dataclass(frozen=True, eq=False)
class Property:
    """One that every ticket has; `form` is the property in whose place the form opens, `key` opens it."""

    name: str
    label: Words
    form: str = ""
    key: str = ""

    @property
    def route(self) -> str:
        return f"desk:ticket-{self.form or self.name}"


PROPERTIES = (
    Property("assignment", _("Assignee"), key="a"),
    Property("team", _("Team")),
    Property("priority", _("Priority"), key="p"),
    Property("impact", _("Impact"), form="priority"),
    Property("urgency", _("Urgency"), form="priority"),
    Property("type", _("Type")),
    Property("category", _("Category")),
    Property("service", _("Service")),
    Property("tags", _("Tags"), key="t"),
)


@dataclass(frozen=True)
class Look:
    """A ticket's page, without its history and its composer."""

    can_work: bool
    can_edit: bool
    can_take: bool
    can_offer: bool
    may: tuple[bool, ...]
    """Which of the properties this reader may change."""
    steps: tuple[Step, ...]
    readers_icon: str
    is_confined: bool
    is_usual: bool
    """Nothing was merged, and nothing is proposed."""
    is_offered: bool
    has_affected: bool
    has_reporter: bool
    was_reopened: bool
    will_close: bool

    @property
    def properties(self) -> list[tuple[Property, bool]]:
        return list(zip(PROPERTIES, self.may, strict=True))


@dataclass(frozen=True)
class CardLook:
    """What there is to say of a person."""

    has_department: bool
    has_phone: bool
    has_phone_link: bool
    tells_contact: bool
    mail_comes_back: bool
    has_location: bool
    has_local_time: bool
    has_language: bool
