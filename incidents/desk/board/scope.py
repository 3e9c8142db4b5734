"""Whose tickets a board shows: a queue's, mine, nobody's, a saved view's, or all that the reader sees."""

from dataclasses import dataclass, field

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.desk.models import SavedView
from incidents.desk.sidebar import Sidebar, queues_of
from incidents.live.topics import MOST_TOPICS
from incidents.tickets.models import Ticket, TicketQuerySet

ALL, MINE, UNASSIGNED, QUEUE = "all", "mine", "unassigned", "queue:"


@dataclass(frozen=True)
class Scope:
    """Tickets, open or not, and where the same ones are as a list (empty: nowhere)."""

    key: str
    title: str
    tickets: TicketQuerySet
    topics: list[str] = field(default_factory=list)
    list_url: str = ""
    team: Team | None = None


def scope_of(user: User, key: str, sidebar: Sidebar) -> Scope:
    """The scope that an address names.

    Raises:
        Http404: it names none, or a queue that this person does not see.
    """
    seen = Ticket.objects.seen_as_staff_by(user)
    key = key or _usual(user, sidebar)
    if key == ALL:
        queues = [f"queue:{team.slug}" for team, _count, _label in sidebar.queues]
        return Scope(ALL, _("All queues"), seen, [UNASSIGNED, *queues][:MOST_TOPICS])
    if key == MINE:
        mine = [f"mine:{user.pk}"]
        return Scope(MINE, _("My work"), seen.assigned_to(user), mine, reverse("desk:mine"))
    if key == UNASSIGNED:
        free = seen.unassigned()
        return Scope(key, _("Unassigned"), free, [UNASSIGNED], reverse("desk:unassigned"))
    if key.startswith(QUEUE):
        team = get_object_or_404(queues_of(user), slug=key.removeprefix(QUEUE))
        listed = reverse("desk:queue", args=[team.slug])
        return Scope(key, team.name, seen.in_team(team), [key], listed, team)
    raise Http404


def _usual(user: User, sidebar: Sidebar) -> str:
    """Who works in one team means that team's board."""
    own = user.permits.teams_with(Permission.TICKETS_SEE)
    slugs = [team.slug for team, _count, _label in sidebar.queues if team.pk in own]
    return f"{QUEUE}{slugs[0]}" if len(slugs) == 1 else ALL


def choices(sidebar: Sidebar) -> list[tuple[str, str]]:
    """What can be chosen, as (key, label)."""
    queues = [(f"{QUEUE}{team.slug}", team.name) for team, _count, _label in sidebar.queues]
    return [
        (ALL, _("All queues")),
        (MINE, _("My work")),
        (UNASSIGNED, _("Unassigned")),
        *queues,
    ]


def unfolded(asked: QueryDict, user: User) -> tuple[QueryDict, SavedView | None]:
    """The address with what its saved view asks for; what it says itself comes first.

    Raises:
        Http404: it names a view that this person may not use.
    """
    given = asked.get("view", "")
    if not given:
        return asked, None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Http404
    view = get_object_or_404(SavedView.objects.usable_by(user), pk=int(given))
    whole = QueryDict(view.query, mutable=True)
    for name, values in asked.lists():
        whole.setlist(name, values)
    return whole, view
