"""Which tickets a bulk change is about: those that were ticked, or all that a list holds, up to a thousand.

What was chosen is carried by a signed token, so what was counted is what is changed, and a form has one field for it.
Whether somebody may see and change each ticket is asked when it is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.desk.forms import ticket_number
from incidents.desk.listings import (
    Listing,
    everything_for,
    narrowed,
    nobodys_for,
    queue_of,
    work_of,
)
from incidents.desk.saved import listing_of, view_of
from incidents.tickets.models import Ticket, TicketQuerySet

MOST = 1000
SALT = "bulk-selection"
HOME = "/desk/"


@dataclass(frozen=True)
class Selection:
    """Numbers of tickets, and the address of the list they were chosen in. `is_cut`: more than `MOST` matched."""

    numbers: tuple[int, ...]
    back: str = HOME
    is_cut: bool = False

    @property
    def count(self) -> int:
        return len(self.numbers)

    def standings(self, by: User) -> list[tuple[str, str, str]]:
        """Type, status and step of those that this person sees, each combination once."""
        seen = Ticket.objects.seen_as_staff_by(by).filter(number__in=self.numbers)
        return list(seen.order_by().values_list("type", "status", "step").distinct())

    def token(self, by: User) -> str:
        told = [by.pk, self.numbers, self.back, self.is_cut]
        return signing.dumps(told, salt=SALT, compress=True)

    @classmethod
    def read(cls, given: QueryDict, by: User) -> "Selection":
        """What a form or an address says: a token, `all` of the list `from`, or one `ticket` after the other.

        Raises:
            InvalidInput: nothing was chosen, or the token is not this person's.
        """
        if token := given.get("chosen", ""):
            return cls._of_token(token, by)
        back = _ours(given.get("from", ""))
        if given.get("all"):
            found = matching(back, by).order_by("pk").values_list("number", flat=True)[: MOST + 1]
            numbers, is_cut = tuple(found[:MOST]), len(found) > MOST
        else:
            numbers, is_cut = _numbers(given.getlist("ticket")), False
        if not numbers:
            raise InvalidInput(_("Select one or more tickets first."))
        return cls(numbers, back, is_cut)

    @classmethod
    def _of_token(cls, token: str, by: User) -> "Selection":
        try:
            person, numbers, back, is_cut = signing.loads(token, salt=SALT)
        except (signing.BadSignature, ValueError):
            person = None
        if person != by.pk:
            raise InvalidInput(_("This selection is not valid any more. Select the tickets again."))
        return cls(tuple(numbers), back, is_cut)


def matching(address: str, by: User) -> TicketQuerySet:
    """All tickets of the list at this address, as its filters narrow it.

    Raises:
        InvalidInput: no list is there.
        UnknownFilter: it has filters that are not known.
    """
    parts = urlsplit(_ours(address))
    listing = _listing(parts.path, by)
    asked = listing.asked(QueryDict(parts.query))
    return narrowed(asked, by, fixed=listing.fixed).tickets


def _listing(path: str, by: User) -> Listing:
    try:
        match = resolve(path)
    except Resolver404:
        raise InvalidInput(_("Select one or more tickets first.")) from None
    lists = {
        "desk:queue": lambda: queue_of(by, match.kwargs["slug"]),
        "desk:mine": lambda: work_of(by),
        "desk:unassigned": lambda: nobodys_for(by),
        "desk:all": lambda: everything_for(by),
        "desk:view": lambda: listing_of(view_of(by, match.kwargs["pk"])),
    }
    if match.view_name not in lists:
        raise InvalidInput(_("Select one or more tickets first."))
    return lists[match.view_name]()


def _numbers(given: Iterable[str]) -> tuple[int, ...]:
    """The numbers that were ticked, each once; what is none is left out."""
    found = {number for one in given if (number := ticket_number(one)) is not None}
    return tuple(sorted(found)[:MOST])


def _ours(address: str) -> str:
    """The address, when it is one of the desk's; nobody is led elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:  # “//[”
        return HOME
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(HOME)
    return address if is_ours and "\\" not in address else HOME
