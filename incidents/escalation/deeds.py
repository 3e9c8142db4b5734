"""What a step does: people are told, the ticket is handed over, becomes more urgent, or a level is called."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.errors import EditConflict, Refused
from accounts.models import Grant, Role, Team, User
from accounts.permissions import Permission
from incidents.escalation import planning
from incidents.escalation.models import ChainStep, Level, Taken
from incidents.escalation.planning import Coming
from incidents.escalation.rules import StepRule, current
from incidents.tickets import actions
from incidents.tickets.actions import hold_ticket, once
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket

BY_HAND = "by hand"
CHANGES = frozenset({ChainStep.Deed.HAND_OVER, ChainStep.Deed.RAISE})
"""What changes the ticket, and tells nobody by itself."""


@transaction.atomic
def escalate_now(
    ticket: Ticket, *, reason: str, by: User, at: datetime, expected: str = "", key: str = ""
) -> Event:
    """Somebody calls for help: the next step of the ticket's chain is taken at once, whatever the time.

    Where no chain is the ticket's, or all its steps are taken, those who lead the team are told. `expected` is the
    `mark` of what `by` was told would happen; the same `key` again does nothing more.

    Raises:
        NotAllowed: `by` may not work on the ticket.
        IllegalTransition: it is resolved or closed.
        InvalidInput: no reason is given.
        EditConflict: something else would happen now.
        KeyReused: the key was used for something else.
    """

    def do() -> Event:
        held = hold_ticket(ticket, by=by)
        coming = planning.next_step(held, current(), now=at)
        if expected and held.is_open and mark(held, coming) != expected:
            raise EditConflict(
                _(
                    "Something changed meanwhile. Read below what would happen now, and send it again if you still want that."
                )
            )
        if coming is None:
            return actions.escalate(held, told=leads_of(held), reason=reason, by=by, at=at, why=BY_HAND)  # fmt: skip
        return take(held, coming, by=by, at=at, reason=reason)

    return once(key, by=by, of=("escalate", ticket.pk, reason), do=do)


def mark(ticket: Ticket, coming: Coming | None) -> str:
    """Tells what calling for help would do now from everything else that it could: the step, whom it reaches, and what
    was done so far, so that whoever is slower learns that somebody called already.
    """
    last = ticket.events.of_kind(Kind.ESCALATED).aggregate(last=Max("number"))["last"]
    told = leads_of(ticket) if coming is None else people_of(coming.step, ticket)
    step: tuple[object, ...] = ()
    if coming is not None:
        chain = coming.chain
        step = (chain.pk, chain.version, coming.step.key, coming.round, coming.priority)
    return hashlib.sha256(repr((step, sorted(told), last)).encode()).hexdigest()[:32]


def take(ticket: Ticket, coming: Coming, *, by: User, at: datetime, reason: str = "") -> Event:
    """Take a step of a ticket whose row is held, note that, and plan what follows.

    What can't be done (the team takes no tickets any more) is told in the ticket, and the next step comes all the same.
    What changes the ticket, the desk does: whoever calls for help may not be allowed to.
    """
    step, desk = coming.step, User.objects.system()
    how: dict[str, Any] = {"chain": coming.chain.name, "step": step.number, "deed": step.deed}
    level, reached = called(step, ticket)
    if level and reached:
        how["level"] = level.name
    Taken.objects.create(
        ticket=ticket, chain_id=coming.chain.pk, version=coming.chain.version, step=step.key,
        round=coming.round, at=at, by_hand=not by.is_system,
    )  # fmt: skip
    can = _can_change(coming, ticket, at=at)
    told = (
        reached or people_of(step, ticket) if can else leads_of(ticket)
    )  # as it is before others have it
    event = actions.escalate(
        ticket, told=told, reason=reason, by=by, at=at,
        why=step.basis if by.is_system else BY_HAND, **how, **({} if can else {"is_refused": True}),
    )  # fmt: skip
    if can:
        _change(step, ticket, by=desk, at=at, chain=coming.chain.name)
    planning.plan(hold_ticket(ticket, by=desk), current(), now=at)
    return event


def _can_change(coming: Coming, ticket: Ticket, *, at: datetime) -> bool:
    """Tried and taken back, so that what is told first is what then happens."""
    if coming.step.deed not in CHANGES:
        return True
    try:
        with transaction.atomic():
            _change(coming.step, ticket, by=User.objects.system(), at=at, chain=coming.chain.name)
            transaction.set_rollback(True)
    except Refused:
        return False
    return True


def _change(step: StepRule, ticket: Ticket, *, by: User, at: datetime, chain: str) -> None:
    if step.deed == ChainStep.Deed.HAND_OVER:
        if step.team:
            actions.move(ticket, to=Team.objects.get(pk=step.team), by=by, at=at)
        if step.person:
            actions.assign(ticket, to=User.objects.get(pk=step.person), by=by, at=at)
    if step.deed == ChainStep.Deed.RAISE and (to := step.raises_to(ticket.priority)):
        why = _("Escalated by “%(chain)s”") % {"chain": chain}
        actions.set_priority(ticket, override=to, reason=why, by=by, at=at)


# Who is told ---------------------------------------------------------------------------------------------------


def people_of(step: StepRule, ticket: Ticket) -> set[int]:
    """Everybody whom a step tells, by their keys: who sees the ticket; where nobody of them does, its leads."""
    if step.deed in CHANGES:  # being assigned tells whoever gets it
        return set()
    if step.deed == ChainStep.Deed.CALL:
        return called(step, ticket)[1] or leads_of(ticket)
    told = {key for key in (step.person, step.tells_assignee and ticket.assignee_id) if key}
    if step.tells_leads:
        told |= leads_of(ticket)
    return _seeing(told, ticket) or leads_of(ticket)


def called(step: StepRule, ticket: Ticket) -> tuple[Level | None, set[int]]:
    """The level that a step calls, and who in it sees the ticket: perhaps nobody."""
    if step.deed != ChainStep.Deed.CALL or not step.level:
        return None, set()
    level = Level.objects.filter(pk=step.level).first()
    return level, _seeing(people_of_level(level, ticket), ticket) if level else set()


def leads_of(ticket: Ticket) -> set[int]:
    """Who leads the ticket's team by a role there; where nobody does, who leads everywhere. Only those who see it."""
    own = _seeing(_holding(Permission.TEAM_LEAD, ticket.team_id), ticket)
    return own or _seeing(_holding(Permission.TEAM_LEAD, None), ticket)


def people_of_level(level: Level, ticket: Ticket | None = None) -> set[int]:
    """A team's people, or who holds the role everywhere or in the ticket's team."""
    if level.team_id:
        return _holding(Permission.TICKETS_WORK, level.team_id)
    held = Grant.objects.filter(role=level.role_id)
    if ticket is not None:
        held = held.filter(team=None) | held.filter(team=ticket.team_id)
    return _here(held.values_list("user", flat=True))


def _holding(permission: Permission, team: int | None) -> set[int]:
    roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
    return _here(Grant.objects.filter(team=team, role__in=roles).values_list("user", flat=True))


def _seeing(people: Iterable[int], ticket: Ticket) -> set[int]:
    """Those of them who see the ticket at the desk, and so hear of it."""
    seen = User.objects.get_queryset().holding(
        Permission.TICKETS_SEE, ticket.team, confined=ticket.is_confined
    )
    return set(seen.filter(pk__in=list(people)).values_list("pk", flat=True))


def _here(people: Iterable[int]) -> set[int]:
    return set(User.objects.people().filter(pk__in=list(people)).values_list("pk", flat=True))
