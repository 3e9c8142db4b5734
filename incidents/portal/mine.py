"""“My tickets”: what somebody reported or has, in the order they care about, with the last word on each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Max, Value, When

from accounts.models import User
from incidents.tickets.models import Message, Ticket, TicketQuerySet
from incidents.tickets.states import Status

MOST_AT_HOME = 5
THEIR_TURN = (Status.WAITING_REQUESTER, Status.RESOLVED)
"""In these the requester is asked: for an answer, or whether it works again."""


@dataclass(frozen=True)
class Line:
    """One ticket of the list, with the last thing said on it."""

    ticket: Ticket
    said: Message | None

    @property
    def must_answer(self) -> bool:
        return self.ticket.status == Status.WAITING_REQUESTER

    @property
    def must_check(self) -> bool:
        return self.ticket.status == Status.RESOLVED


def unfinished(user: User) -> TicketQuerySet:
    """Theirs and not closed: to them a resolved ticket is one they still have to check."""
    return Ticket.objects.visible_to(user).involving(user).exclude(status=Status.CLOSED)


def closed(user: User) -> TicketQuerySet:
    return Ticket.objects.visible_to(user).involving(user).filter(status=Status.CLOSED)


def for_home(user: User) -> list[Line]:
    """Some unfinished tickets: those that wait for the person first, then the last changed."""
    turn = Case(
        When(status__in=THEIR_TURN, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    tickets = unfinished(user).for_my_tickets().annotate(turn=turn)
    return with_last_words(
        list(tickets.order_by("turn", "-updated_at", "-pk")[:MOST_AT_HOME]), user
    )


def with_last_words(tickets: Sequence[Ticket], user: User) -> list[Line]:
    """The tickets with their newest public message besides the description, in one query for all."""
    spoken = (
        Message.objects.visible_to(user)
        .filter(ticket__in=[ticket.pk for ticket in tickets], is_public=True)
        .exclude(kind=Message.Kind.DESCRIPTION)
    )
    newest = spoken.values("ticket").annotate(newest=Max("pk")).values("newest")
    messages = Message.objects.visible_to(user).filter(pk__in=newest).select_related("author")
    said = {message.ticket_id: message for message in messages} if tickets else {}
    return [Line(ticket, said.get(ticket.pk)) for ticket in tickets]


def stamp(lines: Sequence[Line]) -> str:
    """Differs when anything on the list changed: what a page sends to learn whether there is news."""
    seen = ",".join(f"{line.ticket.pk}:{line.ticket.public_version}" for line in lines)
    return hashlib.sha256(seen.encode()).hexdigest()[:12]
