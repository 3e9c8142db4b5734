"""Closing by itself: say so first, then do it, unless somebody speaks in between."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies, ways
from incidents.tickets.actions import required, steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.resolve import confirm, resolve
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import Resolution, Status

CLOSES_BY_ITSELF = (Status.RESOLVED, Status.WAITING_REQUESTER)


@transaction.atomic
def announce_closing(
    ticket: Ticket,
    *,
    closes_at: datetime,
    by: User,
    spoken: int,
    words: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Tell the requester when the ticket is closed (or, while it waits for them, resolved) unless they write.

    `spoken` is the number of the event that spoke last when this was decided: if somebody spoke since, or it is
    announced already, nothing changes and nothing is recorded.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        IllegalTransition: the ticket neither is resolved nor waits for its requester, or something is in the way.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not close this ticket."))
    if ticket.status not in CLOSES_BY_ITSELF:
        raise IllegalTransition(_("Only what is resolved, or waits for its requester, is closed by itself."))  # fmt: skip
    if ticket.closes_at or _has_spoken(ticket, since=spoken):
        return ticket
    if hindered([ticket]):
        raise IllegalTransition(_("Something keeps this ticket from being closed by itself."))
    said: dict[str, Any] = {}
    if words.strip():
        said = steps.say(ticket, Message.Kind.REPLY, steps.written(words), by=by, at=at)
    record(
        ticket, Kind.CLOSING_ANNOUNCED, by=by, at=at, changes={"closes_at": closes_at},
        origin=Ticket.Origin.DESK, since=spoken, waiting=ticket.status == Status.WAITING_REQUESTER, by_staff=True, **said,
    )  # fmt: skip
    return ticket


@transaction.atomic
def close_announced(ticket: Ticket, *, by: User, at: datetime | None = None) -> bool:
    """Do what was announced, if its time has come and nobody spoke: close what is resolved, resolve what waits.

    Raises:
        Refused: what resolving needs is missing, such as a task of its type.
    """
    at = at or timezone.now()
    ticket = steps.lock(ticket, by=by)
    if ticket.closes_at is None or ticket.closes_at > at or ticket.status not in CLOSES_BY_ITSELF:
        return False
    if ticket.status == Status.RESOLVED:
        confirm(ticket, by=by, at=at, origin=Ticket.Origin.DESK)
        return True
    with translation.override(ticket.requester.letter_language):
        words = _("We didn’t hear from you, so we regard this as settled. If it is not, tell us here.")  # fmt: skip
    resolve(ticket, words, code=Resolution.NO_ANSWER, by=by, at=at, also_parts=False)
    return True


@transaction.atomic
def call_off_closing(ticket: Ticket, *, by: User, why: str, at: datetime | None = None) -> bool:
    """It is not closed by itself after all: staff read why (one of those of `hindered`), and the day is told no more.

    Raises:
        NotAllowed: `by` may not work on this ticket.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change this ticket."))
    if ticket.closes_at is None:
        return False
    record(
        ticket, Kind.CLOSING_CALLED_OFF, by=by, at=at, changes={"closes_at": None}, public=False,
        origin=Ticket.Origin.DESK, why=why,
    )  # fmt: skip
    return True


def hindered(tickets: Collection[Ticket]) -> dict[int, str]:
    """Which of these can't be closed by themselves, and why: `type` (it never is), `tasks` (some are left), `way`."""
    waiting = [one for one in tickets if one.status == Status.WAITING_REQUESTER]
    left = required.left_of(waiting) if waiting else {}
    return {one.pk: why for one in tickets if (why := _why_not(one, has_tasks=one.pk in left))}


def _why_not(ticket: Ticket, *, has_tasks: bool) -> str:
    if not rulebook.type(ticket.type).closes_by_itself:
        return "type"
    if has_tasks:
        return "tasks"
    to = Status.RESOLVED if ticket.status == Status.WAITING_REQUESTER else Status.CLOSED
    return "" if any(way.there.status == to for way in ways.out_of(ticket)) else "way"


def _has_spoken(ticket: Ticket, *, since: int) -> bool:
    return ticket.events.aloud().filter(number__gt=since).exists()
