"""What search and the palette find beside tickets: people by name, services, queues.

Names of people are open to everybody at the desk, as they stand on every ticket. How to reach them is shown only where
this agent reads it anyway: on a ticket of theirs.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from incidents.tickets.models import Service, Ticket
from knowledge.search import excerpts, query

FEWEST_LETTERS = 2
COUNTED = 50
"""People and services are counted up to here."""


@dataclass(frozen=True)
class Person:
    name: str
    """Matches stand between \\x02 and \\x03."""
    plain_name: str
    initials: str
    department: str
    url: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Thing:
    """A service, as search shows it."""

    name: str
    description: str
    url: str


def people(words: str, *, by: User, limit: int, with_contact: bool = True) -> list[Person]:
    """People whose name has all of the words, at most `limit`."""
    if len(words.strip()) < FEWEST_LETTERS:
        return []
    found = list(User.objects.people().found_by(words.strip())[:limit])
    if not found:
        return []
    known = _reachable(found, by) if with_contact else frozenset()
    sought = query.parse(words)
    return [
        Person(
            excerpts.highlight(one.display_name, sought),
            one.display_name,
            one.initials,
            one.department.name if one.department else "",
            tickets_of("requester", one.display_name),
            one.email if one.pk in known else "",
            one.phone if one.pk in known else "",
        )
        for one in found
    ]


def _reachable(people: list[User], by: User) -> frozenset[int]:
    """Those whose tickets this agent sees, with what they left to be reached by."""
    seen = Ticket.objects.seen_as_staff_by(by).filter(requester__in=[one.pk for one in people])
    return frozenset(seen.order_by().values_list("requester", flat=True).distinct())


def services(words: str, *, limit: int) -> list[Thing]:
    """Services whose name or description has all of the words."""
    if len(words.strip()) < FEWEST_LETTERS:
        return []
    found = Service.objects.filter(is_retired=False)
    for word in words.split()[:4]:
        found = found.filter(Q(name__icontains=word) | Q(description__icontains=word))
    sought = query.parse(words)
    return [
        Thing(
            excerpts.highlight(one.name, sought),
            excerpts.highlight(one.description, sought),
            tickets_of("service", one.slug),
        )
        for one in found[:limit]
    ]


def tickets_of(operator: str, value: str) -> str:
    """The address of a search for one thing's tickets."""
    quoted = f'"{value}"' if not value.replace("-", "").isalnum() else value
    return f"{reverse('desk:search')}?{urlencode({'q': f'{operator}:{quoted}'})}"
