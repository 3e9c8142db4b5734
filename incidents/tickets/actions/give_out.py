"""Give a ticket that came into a team to one of its people, as the team has it set. By the desk itself."""

from datetime import datetime

from accounts.absences import absent
from accounts.models import Team, User
from incidents.tickets import turns
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.tickets.workers import load_of, workers

COMING = frozenset({Kind.FILED, Kind.MOVED})


def give_out(event: Event) -> None:
    """What follows when a ticket comes into a team and nobody has it.

    Part of the transaction of `event`, whose ticket is held: it writes to that very instance. The team's row is held
    meanwhile, so that two tickets at one moment go to two people. What is imported is history, and given to nobody.
    """
    ticket = event.ticket
    if event.kind not in COMING or event.origin == Ticket.Origin.IMPORT:
        return
    if event.data.get("is_taken"):
        return
    if ticket.team is None or ticket.assignee_id or not ticket.is_open:
        return
    if ticket.team.assigns == Team.Assigns.BY_HAND:
        return
    # Without the key: rows that point at the team are being written by others at the same moment.
    giving = Team.objects.filter(pk=ticket.team.pk).exclude(assigns=Team.Assigns.BY_HAND)
    team = giving.select_for_update(no_key=True).first()
    if team is None:
        return
    chosen = _choose(team, ticket, at=event.recorded_at)
    if chosen is None:
        return
    Team.objects.filter(pk=team.pk).update(last_in_turn=chosen)
    record(
        ticket,
        Kind.ASSIGNED,
        by=User.objects.system(),
        changes={"assignee_id": chosen},
        at=event.occurred_at,
        origin=event.origin,
        given_out=str(team.assigns),
    )


def _choose(team: Team, ticket: Ticket, *, at: datetime) -> int | None:
    """Nobody who is absent, and nobody their own report."""
    people = [one for one in workers(team) if one.pk != ticket.requester_id]
    away = absent(people, at=at)
    here = [one.pk for one in people if one.pk not in away]
    if team.assigns == Team.Assigns.IN_TURN:
        return turns.in_turn(here, team.last_in_turn_id)
    if team.assigns == Team.Assigns.BY_LOAD:
        return turns.by_load(here, load_of(here), team.last_in_turn_id)
    return None
