"""What stands beside every page of the desk: my work, unassigned, and the queues this person sees, with counts.

Counts stop at a thousand, so they cost the same in a small and in a very large desk. All of it is one query, and none
on pages that show no sidebar.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest

from accounts import formats, kept
from accounts.models import Team, User
from accounts.permissions import Permission
from accounts.templatetags.firebreak import avatar
from incidents.desk.models import DeskSettings, SavedView, Scope
from incidents.live import topics
from incidents.mail.models import RawMail
from incidents.notify import context as bell
from incidents.tickets.models import COUNT_CAP, CappedCount, Mention, Ticket, TicketQuerySet

ORDER = (Scope.MINE, Scope.TEAM, Scope.EVERYBODY)
MOST_FOLLOWED = 20


@dataclass(frozen=True)
class SidebarLook:
    """How it looks apart from its numbers, `queues` by key, address and name."""

    is_agent: bool
    is_editor: bool
    is_staff: bool
    may_log: bool
    leads: bool
    has_mentions: bool
    has_mail: bool
    queues: tuple[tuple[int, str, str], ...]


class Sidebar:
    """The sidebar of one person, worked out when a template first asks. False for those who see no queue."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __bool__(self) -> bool:
        return self.user.is_agent

    @cached_property
    def look(self) -> SidebarLook:
        """What the template asks about it."""
        user, is_agent = self.user, bool(self)
        return SidebarLook(
            is_agent=is_agent,
            is_editor=user.is_editor,
            is_staff=user.is_staff,
            may_log=user.permits.anywhere(Permission.TICKETS_WORK),
            leads=user.permits.anywhere(Permission.TEAM_LEAD),
            has_mentions=is_agent and bool(self.mentions),
            has_mail=is_agent and bool(self.mail),
            queues=tuple((team.pk, team.slug, team.name) for team, _n, _label in self.queues)
            if is_agent
            else (),
        )

    @property
    def words(self) -> dict[str, Any]:
        """What is put into it; numbers only for those who see queues."""
        user = self.user
        person = {"person": user.display_name, "email": user.email, "short": user.short_name, "face": avatar(user)}  # fmt: skip
        if not self:
            return person
        return person | {
            "mine": self.mine,
            "unassigned": self.unassigned,
            "mentions": self.mentions,
            "mail": self.mail,
            "counts": tuple(label for _team, _n, label in self.queues),
            "live": self.live,
            "trigger": self.trigger,
        }

    @cached_property
    def named_views(self) -> tuple[tuple[int, str], ...]:
        """Key and name of each saved view."""
        found = self._counted["views"]
        if found is None:
            return tuple((view.pk, view.name) for view in self.views)
        ordered = sorted(found, key=lambda one: (ORDER.index(one[2]), one[3] or ""))
        return tuple((pk, name) for pk, name, _scope, _team in ordered)

    @cached_property
    def mine(self) -> str:
        return shown(self._counted["mine"] or 0)

    @cached_property
    def unassigned(self) -> str:
        return shown(self._counted["unassigned"] or 0)

    @property
    def mentions(self) -> str:
        """Notes that name this person and that they have not seen; empty for none."""
        return shown(self._counted["named"]) if self._counted["named"] else ""

    @property
    def mail(self) -> str:
        """Mail that waits for somebody's decision; empty for none."""
        return shown(self._counted["mail"]) if self._counted["mail"] else ""

    @property
    def unread(self) -> str:
        """Beside the bell. Counted along with the rest, and by itself for those who see no queue."""
        return bell.shown(self._counted["rung"] or 0) if self else bell.Bell(self.user).unread

    @cached_property
    def queues(self) -> list[tuple[Team, int, str]]:
        """Each queue with its number of open tickets and that number in words; those of one's own teams first."""
        own = set(self.user.permits.teams_with(Permission.TICKETS_SEE))
        teams = sorted(
            self._counted["teams"], key=lambda team: (team.pk not in own, team.name.lower())
        )
        return [(team, team.waiting, shown(team.waiting)) for team in teams]

    @cached_property
    def views(self) -> list[SavedView]:
        """Saved views that this person may use; their counts come later, see `saved.counts_for`."""
        return views_of(self.user)

    @property
    def topics(self) -> list[str]:
        """What the counts follow; the first queues only, since a stream takes so many topics and no more."""
        queues = [f"queue:{team.slug}" for team, _count, _label in self.queues[:MOST_FOLLOWED]]
        return ["unassigned", f"mine:{self.user.pk}", *queues]

    @property
    def trigger(self) -> str:
        """What has the counts asked for anew; those of saved views come with the page's loading."""
        first = ["load"] if self.named_views else []
        followed = [*(f"live:{topic}" for topic in self.topics), "live:poll"]
        return ", ".join([*first, *(f"{one} from:body delay:2s" for one in followed)])

    @property
    def live(self) -> str:
        return topics.sign(self.user, self.topics)

    @cached_property
    def settings(self) -> DeskSettings:
        """How this person has the desk."""
        found = self._counted
        return DeskSettings(
            user=self.user,
            start=found["start"] or "",
            columns=found["columns"] or [],
            uses_keys=found["uses_keys"] is not False,
        )

    @cached_property
    def _counted(self) -> dict[str, Any]:
        """The counts, the teams with theirs, and one's settings."""
        reach = (COUNT_CAP, self.user.reach, self.user.department_id)
        found = kept.rows(("sidebar", reach), self._queues_with_counts)
        own = found[0][4:] if found else kept.rows(("sidebar, alone", reach), self._alone)[0]
        counted: dict[str, Any] = dict(zip(OWN, own, strict=True))
        return counted | {"teams": [_team(*row[:4]) for row in found]}

    def _queues_with_counts(self) -> QuerySet[Team, tuple[Any, ...]]:
        seen = Ticket.objects.seen_as_staff_by(self.user)
        waiting = capped(seen.open().filter(team=OuterRef("pk")))
        queues = queues_of(self.user).annotate(waiting=waiting, **self._own())
        return queues.values_list("pk", "name", "slug", "waiting", *OWN)

    def _alone(self) -> QuerySet[User, tuple[Any, ...]]:
        return User.objects.filter(pk=self.user.pk).annotate(**self._own()).values_list(*OWN)

    def _own(self) -> dict[str, Any]:
        own = DeskSettings.objects.filter(user=self.user.pk)
        return {
            "mine": capped(mine_of(self.user)),
            "unassigned": capped(unassigned_for(self.user)),
            "named": CappedCount(unseen_mentions_of(self.user).values("pk")[: COUNT_CAP + 1]),
            "mail": CappedCount(undecided_mail_of(self.user).values("pk")[: COUNT_CAP + 1]),
            "rung": CappedCount(bell.rung(self.user)),
            "views": kept.gathered(
                SavedView.objects.usable_by(self.user), "pk", "name", "scope", "team__name"
            )
            if connection.vendor == "postgresql"
            else Value(None, JSONField()),
            "start": Subquery(own.values("start")),
            "columns": Subquery(own.values("columns")),
            "uses_keys": Subquery(own.values("uses_keys")),
        }


OWN = ("mine", "unassigned", "named", "mail", "rung", "views", "start", "columns", "uses_keys")
"""What is counted once, beside the teams."""


def _team(pk: int, name: str, slug: str, waiting: int) -> Team:
    team = Team(pk=pk, name=name, slug=slug)
    team.waiting = waiting  # type: ignore[attr-defined]
    return team


def capped(tickets: TicketQuerySet, most: int | None = None) -> CappedCount:
    most = COUNT_CAP if most is None else most
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


def undecided_mail_of(user: User) -> QuerySet[RawMail]:
    """Mail that is held or set aside, and that this person may decide on."""
    waits = [RawMail.State.HELD, RawMail.State.QUARANTINED]
    return RawMail.objects.worked_by(user).filter(state__in=waits).order_by()


def views_of(user: User) -> list[SavedView]:
    """Saved views this person may use: one's own first, then those of teams, then everybody's."""
    found = kept.instances(
        ("views", user.reach), lambda: SavedView.objects.usable_by(user).select_related("team")
    )
    return sorted(
        found,
        key=lambda view: (ORDER.index(view.scope), view.team.name if view.team else ""),
    )


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
