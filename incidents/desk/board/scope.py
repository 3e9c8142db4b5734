"""Whose tickets a board shows, as its address says: the same filters as a list, or a saved view's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.digits import whole
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.desk import saved
from incidents.desk.filters import ME, NAMES, NOBODY
from incidents.desk.models import SavedView
from incidents.desk.sidebar import Sidebar, queues_of
from incidents.live.topics import MOST_TOPICS

ALL = "all"
PLACES = {ALL: "all", ME: "mine", NOBODY: "unassigned"}
"""What the lists of these scopes are called (see `CameFrom`); others are queues."""
CHANGES = NAMES | {"sort", "changed"}
"""With one of these an address speaks for itself, as that of a list does."""


@dataclass(frozen=True)
class Scope:
    """What the filters come to. `key` is that of the choice in the board's head, `team` the only one on the board."""

    key: str
    title: str
    topics: list[str] = field(default_factory=list)
    list_url: str = ""
    fixed: str = ""
    """The filter that the list's own path says."""
    presence: str = ""
    """The topic of who has it open; none where only its reader can see it."""
    team: Team | None = None


def scope_of(asked: Mapping[str, Sequence[str]], user: User, sidebar: Sidebar) -> Scope:
    """The scope of a board that these filters narrow."""
    teams = {team.slug: team for team, _count, _label in sidebar.queues}
    own, who = list(asked.get("team", ())), list(asked.get("assignee", ()))
    if len(own) == 1 and own[0] in teams:
        # The sidebar's teams are names with a count; rights are asked of the whole row.
        team, topics = queues_of(user).get(slug=own[0]), [f"queue:{own[0]}"]
        listed = reverse("desk:queue", args=[team.slug])
        return Scope(own[0], team.name, topics, listed, "team", f"board:{own[0]}", team)
    topics = ["unassigned", *(f"queue:{slug}" for slug in teams)][:MOST_TOPICS]
    if not own and who == [ME]:
        mine = [f"mine:{user.pk}"]
        return Scope(ME, _("My work"), mine, reverse("desk:mine"), "assignee")
    if not own and who == [NOBODY]:
        free = reverse("desk:unassigned")
        return Scope(NOBODY, _("Unassigned"), topics[:1], free, "assignee", "board-unassigned")
    return Scope(ALL, _("All queues"), topics, reverse("desk:all"), presence="board-all")


def usual(user: User, sidebar: Sidebar) -> dict[str, str]:
    """What a bare address means: who works in one team, that team's board; others, all they see."""
    own = user.permits.teams_with(Permission.TICKETS_SEE)
    slugs = [team.slug for team, _count, _label in sidebar.queues if team.pk in own]
    return {"team": slugs[0]} if len(slugs) == 1 else {}


def choices(sidebar: Sidebar, kept: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What the head of a board offers, as (key, label, address); `kept` goes along."""
    queues = [
        (team.slug, team.name, {"team": team.slug}) for team, _count, _label in sidebar.queues
    ]
    offered = [
        (ALL, _("All queues"), {"of": ALL}),
        (ME, _("My work"), {"assignee": ME}),
        (NOBODY, _("Unassigned"), {"assignee": NOBODY}),
        *queues,
    ]
    board = reverse("desk:board")
    return [(key, label, f"{board}?{urlencode({**said, **kept})}") for key, label, said in offered]


def view_of(asked: QueryDict, user: User) -> SavedView | None:
    """The saved view that an address names.

    Raises:
        ViewGone: none that this person may use.
    """
    given = asked.get("view", "")
    if not given:
        return None
    if (key := whole(given, 9)) is None:
        raise saved.ViewGone
    return saved.view_of(user, key)


def unfolded(asked: QueryDict, view: SavedView | None, user: User, sidebar: Sidebar) -> QueryDict:
    """The address with what it means by naming a view, or by saying nothing."""
    whole = asked.copy()
    if not CHANGES.isdisjoint(asked):
        return whole
    if view is not None:
        for name, values in QueryDict(view.query).lists():
            whole.setlist(name, values)
    elif not asked.get("of"):
        whole.update(usual(user, sidebar))
    return whole
