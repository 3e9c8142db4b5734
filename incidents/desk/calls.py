"""Calls: who has this number, how long one talks, and what the agent often logs."""

import time
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts import phones
from accounts.digits import whole
from accounts.models import User
from incidents.tickets.models import Ticket

MOST_CANDIDATES, MOST_CALLERS = 50, 8
LONGEST_SHOWN = 60
LONGEST_CALL = 12 * 60 * 60
"""Seconds. A page that was opened longer ago is not a call that still goes on."""

LATEST_LOGGED, MOST_OFTEN, OFTEN = 300, 6, 2


@dataclass(frozen=True)
class Number:
    """A number as a telephone system handed it over, whatever that was."""

    given: str

    @classmethod
    def of(cls, given: str) -> "Number":
        return cls(" ".join(given.replace("\x00", "").split())[:LONGEST_SHOWN])

    @property
    def is_known_form(self) -> bool:
        """It can be somebody's number."""
        return phones.is_number(self.given)

    def callers(self) -> list[User]:
        """Who has this number; if nobody has it exactly, those whose number ends alike."""
        if not self.is_known_form:
            return []
        candidates = (
            User.objects.people()
            .filter(phone__regex=phones.pattern(self.given))
            .select_related("department")
            .order_by("display_name")[:MOST_CANDIDATES]
        )
        found = [(phones.likeness(self.given, person.phone), person) for person in candidates]
        best = max((likeness for likeness, _person in found), default=0)
        return [person for likeness, person in found if likeness and likeness == best][:MOST_CALLERS]  # fmt: skip

    def remark(self) -> str:
        """What the ticket notes of the call."""
        if self.is_known_form:
            return _("Phone call from %(number)s.") % {"number": self.given}
        return _("Phone call.")


CLOCK = frozenset({"typed", "written", "running", "paused"})


def clock(given: str) -> str:
    """What the page's clock was at when the form was sent: who filled in the minutes, whether it stood, and at what."""
    words = given.split()[:3]
    said = [word for word in words if word in CLOCK]
    stood = whole(words[2], 6) if "paused" in said and len(words) > len(said) == 2 else None
    return " ".join(said if stood is None else [*said, str(stood)])


def since(given: str) -> int:
    """When the call began, in seconds since 1970: as the page says, or now."""
    now = int(time.time())
    said = whole(given, 11)
    return said if said is not None and now - LONGEST_CALL < said <= now else now


@dataclass(frozen=True)
class Shortcut:
    """A title and category that this person logged more than once lately."""

    title: str
    category: int


def often_logged(user: User) -> list[Shortcut]:
    """What this person logged for others most often of late."""
    latest = (
        Ticket.objects.seen_as_staff_by(user)
        .filter(reporter=user.pk, category__is_retired=False)
        .exclude(requester=user.pk)
        .order_by("-pk")
        .values_list("title", "category")[:LATEST_LOGGED]
    )
    counted = Counter(latest).most_common(MOST_OFTEN)
    return [Shortcut(title, category) for (title, category), times in counted if times >= OFTEN]
