"""Who works on a team's tickets, and how much they have."""

from collections.abc import Iterable

from django.db.models import Count

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets.models import Ticket


def workers(team: Team) -> list[User]:
    """Who works on its tickets by a role in it; who may do so everywhere is given none by itself."""
    able = User.objects.people().holding(Permission.TICKETS_WORK, team, confined=True)
    return list(able.order_by("display_name", "pk"))


def load_of(people: Iterable[int]) -> dict[int, int]:
    """How many open tickets each of them has, of whichever team."""
    open_ones = Ticket.objects.open().filter(assignee__in=list(people)).order_by()
    return dict(open_ones.values("assignee").annotate(n=Count("pk")).values_list("assignee", "n"))
