"""What stands beside every page of the desk: my work, unassigned, and the queues this person sees, with counts.

Counts stop at a thousand, so they cost the same in a small and in a very large desk. All of it is one query, and none
on pages that show no sidebar.
"""

from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from accounts import formats
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets.models import COUNT_CAP, CappedCount, Mention, Ticket, TicketQuerySet


class Sidebar:
    """The sidebar of one person, worked out when a template first asks. False for those who see no queue."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __bool__(self) -> bool:
        return self.user.is_agent

    @property
    def may_log(self) -> bool:
        """Works on tickets, and so logs what comes in by phone."""
        return self.user.permits.anywhere(Permission.TICKETS_WORK)

    @property
    def leads(self) -> bool:
        """Leads a team, or all of them."""
        return self.user.permits.anywhere(Permission.TEAM_LEAD)

    @property
    def mine(self) -> str:
        return shown(self._counted[0])

    @property
    def unassigned(self) -> str:
        return shown(self._counted[1])

    @property
    def mentions(self) -> str:
        """Notes that name this person and that they have not seen; empty for none."""
        return shown(self._counted[3]) if self._counted[3] else ""

    @cached_property
    def queues(self) -> list[tuple[Team, int, str]]:
        """Each queue with its number of open tickets and that number in words; those of one's own teams first."""
        own = set(self.user.permits.teams_with(Permission.TICKETS_SEE))
        teams = sorted(self._counted[2], key=lambda team: (team.pk not in own, team.name.lower()))
        return [(team, team.waiting, shown(team.waiting)) for team in teams]  # type: ignore[attr-defined]

    @cached_property
    def _counted(self) -> tuple[int, int, list[Team], int]:
        named = CappedCount(unseen_mentions_of(self.user).values("pk")[: COUNT_CAP + 1])
        mine, unassigned = capped(mine_of(self.user)), capped(unassigned_for(self.user))
        seen = Ticket.objects.seen_as_staff_by(self.user)
        waiting = capped(seen.open().filter(team=OuterRef("pk")))
        queues = queues_of(self.user)
        teams = list(
            queues.annotate(mine=mine, unassigned=unassigned, waiting=waiting, named=named)
        )
        if teams:
            return teams[0].mine, teams[0].unassigned, [*teams], teams[0].named
        alone = User.objects.filter(pk=self.user.pk).values_list(mine, unassigned, named).get()
        return alone[0] or 0, alone[1] or 0, [], alone[2] or 0


def capped(tickets: TicketQuerySet, most: int = COUNT_CAP) -> CappedCount:
    return CappedCount(tickets.order_by().values("pk")[: most + 1])


def shown(count: int) -> str:
    return formats.capped(count, COUNT_CAP)


def mine_of(user: User) -> TicketQuerySet:
    """Open tickets that this person has."""
    return Ticket.objects.seen_as_staff_by(user).open().assigned_to(user)


def unassigned_for(user: User) -> TicketQuerySet:
    """Open tickets that nobody has, in all queues this person sees."""
    return Ticket.objects.seen_as_staff_by(user).open().unassigned()


def unseen_mentions_of(user: User) -> QuerySet[Mention]:
    """Notes that name this person, that they may still read and have not seen."""
    still = Ticket.objects.seen_as_staff_by(user).filter(pk=OuterRef("ticket"))
    return Mention.objects.filter(Exists(still), user=user, seen_at=None)


def queues_of(user: User) -> QuerySet[Team]:
    """Teams whose tickets this person sees; the twin of `seen_as_staff_by`."""
    permits = user.permits
    reach = Q(pk__in=permits.teams_with(Permission.TICKETS_SEE))
    if Permission.TICKETS_SEE in permits.everywhere:
        reach |= Q(is_private=False)
    return Team.objects.filter(reach, is_retired=False)


def sidebar(request: HttpRequest) -> dict[str, Sidebar]:
    """For templates: `sidebar`, on pages of people who signed in."""
    user = getattr(request, "user", None)
    return {"sidebar": Sidebar(user)} if user is not None and user.is_authenticated else {}
