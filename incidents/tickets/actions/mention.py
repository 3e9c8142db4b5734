"""Note who is named (“@”) in an internal note. Part of the verbs that write one."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import Role, User
from accounts.permissions import Permission
from incidents.tickets import references
from incidents.tickets.models import Mention, Ticket

MOST_NAMED = 50
"""People who are told by one note; a team counts as its people."""


def mention(
    ticket: Ticket, message: int, text: str, *, by: User, at: datetime | None = None
) -> list[int]:
    """Keep a row for each person named in the note, by themselves or with their team; their keys.

    Only people who see the ticket as staff: others can't read the note, and so are not called to it. The author needs
    no call either.
    """
    people, teams = references.mentioned([text])
    if not people and not teams:
        return []
    roles = [r.pk for r in Role.objects.all() if Permission.TICKETS_WORK in r.permissions]
    of_teams = Q(grants__team__in=teams, grants__role__in=roles)
    sees = (
        User.objects.people()
        .holding(Permission.TICKETS_SEE, ticket.team, confined=ticket.is_confined)
        .values("pk")
    )
    named = (
        User.objects.people()
        .filter(Q(pk__in=people) | of_teams, pk__in=sees)
        .exclude(pk=by.pk)
        .order_by("pk")
        .distinct()
        .values_list("pk", "grants__team")
    )
    team_of: dict[int, int | None] = {}
    for person, team in named:
        if person in people:
            team_of[person] = None
        elif team in teams:
            team_of.setdefault(person, team)
        if len(team_of) >= MOST_NAMED:
            break
    Mention.objects.bulk_create(
        Mention(message_id=message, ticket=ticket, user_id=person, team_id=team, created_at=at or timezone.now())
        for person, team in team_of.items()
    )  # fmt: skip
    return sorted(team_of)


def overlooked(message: int, text: str, *, by: User) -> list[str]:
    """Names of people who are named in the note and were not told, since they don't see the ticket."""
    people, _teams = references.mentioned([text])
    told = Mention.objects.filter(message=message).values("user")
    missed = User.objects.filter(pk__in=people).exclude(pk__in=told).exclude(pk=by.pk)
    return list(missed.order_by("display_name").values_list("display_name", flat=True))
