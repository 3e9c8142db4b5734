"""Whether a requester is asked how it went, and the signed link by which they answer without signing in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Rating, Ticket

ASKED_FOR = timedelta(days=60)
"""How long after a closing somebody is asked, and how long the link works."""
LONGEST_COMMENT = 2000
SALT = "rating"
ICONS = {1: "angry", 2: "frown", 3: "meh", 4: "smile", 5: "laugh"}
"""The face of every score."""


@dataclass(frozen=True)
class Question:
    """“How did we do?”: about one closing of a ticket, to the person who had the problem."""

    ticket: Ticket
    closing: int
    person: User
    rating: Rating | None

    @property
    def token(self) -> str:
        """What the link carries: keys that mean nothing outside, signed. It opens nothing but this question."""
        return signing.dumps([self.ticket.number, self.closing, self.person.pk], salt=SALT)

    @property
    def link(self) -> str:
        return settings.SITE_URL + reverse("portal:rate", args=[self.token])


def closing_of(ticket: Ticket) -> Event | None:
    """The event that closed it. None while it is open, and when somebody took their report back: that is not asked."""
    if not ticket.is_closed:
        return None
    ends = ticket.events.of_kind(Kind.CLOSED, Kind.WITHDRAWN)
    last = ends.order_by("-number").first()
    return last if last and last.kind == Kind.CLOSED else None


def is_asked(ticket: Ticket, closing: Event, *, at: datetime) -> bool:
    """The team that has it wants to know, and it is not long ago."""
    wanted = ticket.team is None or ticket.team.asks_rating
    return wanted and at - closing.occurred_at <= ASKED_FOR


def question(ticket: Ticket, person: User, *, at: datetime) -> Question | None:
    """What `person` is asked now, or has answered, about the ticket; None for everybody but its requester."""
    if not policies.can_rate(person, ticket):
        return None
    closing = closing_of(ticket)
    if closing is None:
        return None
    rating = ticket.ratings.filter(closing=closing.number).first()
    if rating is None and not is_asked(ticket, closing, at=at):
        return None
    return Question(ticket, closing.number, person, rating)


def by_link(token: str, *, at: datetime) -> Question | None:
    """The question that a link asks. None when it is forged, too old, or about something that has changed since."""
    try:
        number, closing, key = signing.loads(token, salt=SALT, max_age=ASKED_FOR)
    except signing.BadSignature:
        return None
    person = User.objects.people().filter(pk=key).first()
    if person is None:
        return None
    theirs = Ticket.objects.visible_to(person).select_related("team").filter(number=number)
    ticket = theirs.first()
    found = question(ticket, person, at=at) if ticket else None
    return found if found and found.closing == closing else None
