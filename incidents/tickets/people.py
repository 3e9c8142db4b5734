"""From what somebody typed to one person: by name, as people without the picker do it."""

import time
from collections.abc import Sequence

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Role, User, UserQuerySet
from accounts.permissions import Permission

FEWEST_LETTERS = 3
MOST_CHOICES = 8
MOST_COLLEAGUES = 200
MOST_LOOKUPS = 120
LOOKUP_WINDOW = 10 * 60
"""Seconds. Nobody types that many names; a program that reads out who works here would."""


class NotOnePerson(Refused):
    """Nobody or several people have this name; `choices` are those to choose from, if they are few."""

    status = 422

    def __init__(self, message: str, choices: Sequence[User] = ()) -> None:
        super().__init__(message)
        self.choices = choices


class TooManyLookups(Refused):
    status = 429


def count_lookup(by: User) -> None:
    """Note that `by` looks for somebody.

    Raises:
        TooManyLookups: they did so more often than anybody needs to.
    """
    key = f"people:{by.pk}:{int(time.time()) // LOOKUP_WINDOW}"
    cache.add(key, 0, 2 * LOOKUP_WINDOW)
    if cache.incr(key) > MOST_LOOKUPS:
        raise TooManyLookups(
            _("You looked for many people in a short time. Try again in ten minutes.")
        )


def known_to(user: User) -> UserQuerySet:
    """Whom this person may find and name: for all but agents, who only wrote a mail is no colleague of anybody."""
    people = User.objects.people()
    return people if user.is_agent else people.filter(is_contact=False)


def find_one(name: str, chosen: str = "", *, by: User | None = None) -> User:
    """The one person called `name`, or the `chosen` one (a key) among several of that name.

    Where employees ask, `by` says who, so that nobody reads out the company name by name.

    Raises:
        NotOnePerson: with words for the person who typed.
        TooManyLookups: see `count_lookup`.
    """
    name = " ".join(name.split())
    if len(name) < FEWEST_LETTERS:
        raise NotOnePerson(_("Type their name: at least three letters."))
    if by:
        count_lookup(by)
    people = known_to(by) if by else User.objects.people()
    found = list(people.found_by(name)[: MOST_CHOICES + 1])
    if not found:
        raise NotOnePerson(_("We can’t find anybody called “%s”. Check the spelling.") % name)
    exact = [person for person in found if person.display_name.casefold() == name.casefold()]
    for likely in ([p for p in found if str(p.pk) == chosen], exact, found):
        if len(likely) == 1:
            return likely[0]
    if len(found) > MOST_CHOICES:
        raise NotOnePerson(_("Many people match “%s”. Type more of the name.") % name)
    raise NotOnePerson(_("Several people match “%s”. Choose one.") % name, found)


def colleagues(user: User) -> UserQuerySet:
    """People who work on tickets of the teams that this person sees, by name; the first two hundred."""
    permits = user.permits
    roles = [role.pk for role in Role.objects.all() if Permission.TICKETS_WORK in role.permissions]
    reach = Q(grants__team__in=permits.teams_with(Permission.TICKETS_SEE), grants__role__in=roles)
    if Permission.TICKETS_SEE in permits.everywhere:
        shown = Q(grants__team=None) | Q(grants__team__is_private=False)
        reach |= shown & Q(grants__role__in=roles)
    found = User.objects.people().filter(reach).distinct()
    return found.order_by("display_name", "pk")[:MOST_COLLEAGUES]
