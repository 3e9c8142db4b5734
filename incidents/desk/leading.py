"""What a team's lead sees: who has how much, who is away, what nobody has, and how old it all is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.absences import absent
from accounts.models import Absence, Team, User
from accounts.permissions import Permission
from incidents.desk.sidebar import queues_of
from incidents.tickets.models import TicketQuerySet
from incidents.tickets.workers import workers
from incidents.workflow.priority import Priority
from incidents.workflow.states import WAITING

LATELY = timedelta(days=7)
AGES = (
    ("day", _("less than a day"), None, timedelta(days=1)),
    ("days", _("1 to 3 days"), timedelta(days=1), timedelta(days=3)),
    ("week", _("3 to 7 days"), timedelta(days=3), timedelta(days=7)),
    ("month", _("7 to 30 days"), timedelta(days=7), timedelta(days=30)),
    ("older", _("more than 30 days"), timedelta(days=30), None),
)
"""Name, words, from, to: how long ago a ticket was reported."""


@dataclass(frozen=True)
class Load:
    """One person's share of a team's tickets."""

    person: User
    open: int
    waiting: int
    critical: int
    oldest: datetime | None
    resolved: int
    absence: Absence | None
    is_member: bool

    @property
    def key(self) -> str:
        """As the filter of a list names them."""
        return str(self.person.pk)


@dataclass(frozen=True)
class Age:
    """Open tickets of one age, and how many of them nobody has."""

    words: Any
    open: int
    unassigned: int
    created: str = ""
    """The filter of a list that means the same; those between two ages have none."""


def led_by(user: User) -> list[Team]:
    """Teams whose lead this person is; who leads everywhere leads every team that they see."""
    return [
        team
        for team in queues_of(user).order_by("name")
        if user.permits.allows(Permission.TEAM_LEAD, team)
    ]


def loads(team: Team, tickets: TicketQuerySet, *, now: datetime) -> list[Load]:
    """Everybody who works in the team, and whoever else has one of its tickets; the fullest first.

    `tickets` are those that the reader sees. The same few queries whatever the team has.
    """
    mine = tickets.in_team(team)
    having = {row["assignee"]: row for row in _by_person(mine.open().exclude(assignee=None))}
    settled = mine.filter(resolved_at__gte=now - LATELY).exclude(assignee=None).order_by()
    resolved = dict(settled.values("assignee").annotate(n=Count("pk")).values_list("assignee", "n"))
    members = {person.pk: person for person in workers(team)}
    others = User.objects.in_bulk({*having} - {*members})
    people = {**members, **others}
    away = absent(people.values(), at=now)
    found = [
        Load(
            person=person,
            open=having.get(key, {}).get("open", 0),
            waiting=having.get(key, {}).get("waiting", 0),
            critical=having.get(key, {}).get("critical", 0),
            oldest=having.get(key, {}).get("oldest"),
            resolved=resolved.get(key, 0),
            absence=away.get(key),
            is_member=key in members,
        )
        for key, person in people.items()
    ]
    return sorted(found, key=lambda load: (-load.open, load.person.display_name))


def _by_person(tickets: TicketQuerySet) -> Any:
    return (
        tickets.order_by()
        .values("assignee")
        .annotate(
            open=Count("pk"),
            waiting=Count("pk", filter=Q(status__in=WAITING)),
            critical=Count("pk", filter=Q(priority=Priority.P1)),
            oldest=Min("created_at"),
        )
    )


def ages(team: Team, tickets: TicketQuerySet, *, now: datetime) -> list[Age]:
    """The team's open tickets by age, in one query."""
    counts: dict[str, Any] = {}
    for name, _words, since, until in AGES:
        old = Q(created_at__lte=now - since) if since else Q()
        young = Q(created_at__gt=now - until) if until else Q()
        counts[name] = Count("pk", filter=(old & young) or None)
        counts[f"free_{name}"] = Count("pk", filter=old & young & Q(assignee=None))
    found = tickets.in_team(team).open().order_by().aggregate(**counts)
    filters = {"day": "last-1", "older": "over-30"}
    return [
        Age(words, found[name], found[f"free_{name}"], filters.get(name, ""))
        for name, words, _since, _until in AGES
    ]


def absences_of(people: list[User], *, now: datetime) -> list[Absence]:
    """What is to come or goes on, by its first day."""
    to_come = Absence.objects.filter(user__in=people, ends_on__gte=now.date() - timedelta(days=1))
    return list(to_come.select_related("user", "entered_by").order_by("starts_on", "pk")[:200])


def share_out(people: list[User], load: dict[int, int]) -> User | None:
    """Who gets the next one: whoever has least. Counts it."""
    if not people:
        return None
    chosen = min(people, key=lambda person: (load.get(person.pk, 0), person.pk))
    load[chosen.pk] = load.get(chosen.pk, 0) + 1
    return chosen


def given_away(team: Team, person: User, tickets: TicketQuerySet) -> TicketQuerySet:
    """What this person has of the team's open tickets, the most urgent first."""
    return tickets.in_team(team).open().assigned_to(person).for_queue_table().by_urgency()
