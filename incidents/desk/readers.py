"""Who can see a ticket, in plain words: the people around it, and the desk. The twin of `visible_to`, asked of one ticket.

The words cost no query, so they stand on the page; the people are counted where somebody asks for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.models import COUNT_CAP, CappedCount, Follower
from incidents.workflow import rulebook

MOST_NAMED = 5


def counts() -> dict[str, CappedCount]:
    """For a query of tickets: how many follow each, and how many of them were added by somebody else."""
    follows = Follower.objects.filter(ticket=OuterRef("pk")).order_by()
    chosen = follows.filter(is_chosen=True)
    return {
        "follower_count": CappedCount(follows.values("pk")[: COUNT_CAP + 1]),
        "chosen_count": CappedCount(chosen.values("pk")[: COUNT_CAP + 1]),
    }


@dataclass
class Group:
    """Some who see it, and why. `reads_notes`: they read what is internal, too."""

    icon: str
    label: str
    people: QuerySet[User]
    reads_notes: bool = False

    @cached_property
    def named(self) -> list[User]:
        return list(self.people.order_by("display_name", "pk")[: MOST_NAMED + 1])

    @cached_property
    def count(self) -> int:
        """Up to one more than are counted."""
        few = len(self.named) <= MOST_NAMED
        return len(self.named) if few else self.people.order_by()[: COUNT_CAP + 1].count()

    @property
    def shown(self) -> str:
        return formats.capped(self.count, COUNT_CAP)

    @property
    def first(self) -> list[User]:
        return self.named[:MOST_NAMED]

    @property
    def more(self) -> str:
        """“and 12 more”."""
        more = self.count - len(self.first)
        if self.count > COUNT_CAP:
            return _("and many more")
        return ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more} if more else ""


class Readers:
    """Of one ticket, which is annotated with `counts`."""

    def __init__(self, ticket: Any) -> None:
        self.ticket = ticket

    # In words ---------------------------------------------------------------------------------------------

    @property
    def icon(self) -> str:
        return "lock" if self.ticket.is_kept_apart else "users"

    @property
    def words(self) -> str:
        """All of them in one sentence."""
        ticket, team = self.ticket, self.ticket.team
        if ticket.is_confined and team:
            return _("Confidential: the requester, people who were added, and the team %(team)s.") % {"team": team.name}  # fmt: skip
        if ticket.is_confined:
            return _("Confidential: the requester and people who were added.")
        if team and team.is_private:
            return _("Private: the requester, people who were added, and the team %(team)s.") % {"team": team.name}  # fmt: skip
        told = {"team": team.name if team else "", "department": self.department}
        if team and self.department:
            return _("The requester and the department %(department)s, followers, the team %(team)s, and people who work for all teams.") % told  # fmt: skip
        if team:
            return _("The requester, followers, the team %(team)s, and people who work for all teams.") % told  # fmt: skip
        if self.department:
            return _("The requester and the department %(department)s, followers, and everybody on the desk.") % told  # fmt: skip
        return _("The requester, followers, and everybody on the desk.")

    @property
    def desk(self) -> str:
        """Who reads what is internal."""
        ticket, team = self.ticket, self.ticket.team
        if ticket.is_kept_apart and team:
            return _("Read by the team %(team)s only.") % {"team": team.name}
        if ticket.is_kept_apart:
            return _("Read by nobody else until a team has it.")
        if team:
            return _("Read by the team %(team)s, and by people who work for all teams.") % {"team": team.name}  # fmt: skip
        return _("Read by everybody on the desk.")

    @property
    def department(self) -> str:
        """The name of the requester's department, where its people see each other's tickets."""
        shares = self.ticket.requester.sharing_department and not self.ticket.is_kept_apart
        return self.ticket.requester.department.name if shares else ""

    @property
    def along(self) -> str:
        """Who reads what is public, besides those it goes to."""
        ticket, team = self.ticket, self.ticket.team
        if ticket.is_kept_apart:
            return _("read along by the team %(team)s only") % {"team": team.name} if team else ""
        if self.department:
            return _("read along by the department %(name)s and the desk") % {"name": self.department}  # fmt: skip
        return _("read along by the desk")

    @property
    def followers(self) -> str:
        """How many followers read what is public."""
        kept_apart = self.ticket.is_kept_apart
        n = self.ticket.chosen_count if kept_apart else self.ticket.follower_count
        shown = formats.capped(n, COUNT_CAP)
        return ngettext("%(n)s follower", "%(n)s followers", n) % {"n": shown} if n else ""

    # One by one --------------------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> list[Group]:
        """Those in which there is somebody."""
        return [group for group in self._groups() if group.count]

    def _groups(self) -> Iterator[Group]:
        ticket, people = self.ticket, User.objects.people()
        yield Group("user", _("Requester"), people.filter(pk=ticket.requester_id))
        if ticket.reporter_id != ticket.requester_id:
            yield Group("user", _("Reported it"), people.filter(pk=ticket.reporter_id))
        rows = Follower.objects.filter(ticket=ticket.pk).order_by()
        chosen, came = rows.filter(is_chosen=True), rows.filter(is_chosen=False)
        yield Group("user-plus", _("Were added"), people.filter(pk__in=chosen.values("user")))
        if not ticket.is_kept_apart:
            yield Group("users", _("Have the same problem, or follow by themselves"), people.filter(pk__in=came.values("user")))  # fmt: skip
        if self.department:
            label = _("Department %(name)s") % {"name": self.department}
            yield Group("users", label, people.filter(department=ticket.requester.department_id))
        yield Group("lock", _("On the desk, internal notes too"), self.staff, reads_notes=True)

    @property
    def staff(self) -> QuerySet[User]:
        """Who sees it as staff, the twin of `seen_as_staff_by`."""
        ticket = self.ticket
        if ticket.team is None and ticket.is_confined:
            return User.objects.none()
        return User.objects.people().holding(
            Permission.TICKETS_SEE, ticket.team, confined=ticket.is_confined
        )

    @property
    def is_offered(self) -> bool:
        """Does everybody who reports the same see its title?"""
        is_incident = rulebook.type(self.ticket.type).is_incident
        return bool(self.ticket.is_offered and self.ticket.is_open and is_incident and not self.ticket.is_kept_apart)  # fmt: skip
