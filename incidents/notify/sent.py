"""What was sent to whom, and why: as its recipient sees it, as whoever works on the ticket does, and as an administrator does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import Promise

from accounts.bidi import isolated
from accounts.models import User
from incidents.notify import failures, reasons, tellings
from incidents.notify.actions.acknowledge import counted_as
from incidents.notify.choices import ICONS
from incidents.notify.correspondence import Acknowledgement
from incidents.notify.models import Channel, Delivery, DeliveryQuerySet, Posting, State, Topic
from incidents.tickets.models import Event, Ticket

MOST_PEOPLE = 50
TONES = {
    State.SENT: "success",
    State.FAILED: "danger",
    State.DROPPED: "neutral",
    State.WAITING: "info",
    State.SENDING: "info",
}


@dataclass(frozen=True)
class Sent:
    """One row in words. `what` is a sentence where the reader may see the matter, and its topic where they need not."""

    row: Delivery
    what: str
    ref: str
    url: str = ""

    @property
    def way(self) -> str | Promise:
        return Channel(self.row.channel).label

    @property
    def icon(self) -> str:
        return ICONS[Channel(self.row.channel)]

    @property
    def tone(self) -> str:
        return TONES[State(self.row.state)]

    @property
    def at(self) -> datetime:
        return self.row.sent_at or self.row.due_at

    @property
    def leaves_at(self) -> datetime | None:
        """When it goes next; nothing where that is past, as while the server is away: then it goes once it can."""
        return self.row.due_at if self.row.due_at > timezone.now() else None

    @property
    def failure(self) -> str:
        return failures.in_words(self.row.last_error)

    @property
    def noted(self) -> str:
        """What the machine said, for who looks after it."""
        return failures.behind(self.row.last_error)

    @property
    def why(self) -> str:
        return str(self.row.said_of.why) if self.row.occasion else reasons.said(self.row.because)

    @property
    def topic(self) -> str:
        return str(Topic(self.row.topic).label) if self.row.topic else ""

    @property
    def went_along(self) -> bool:
        return self.row.bundled_in_id is not None


def to(user: User) -> DeliveryQuerySet:
    """What left for somebody, as far as they may still see what it was about."""
    return Delivery.objects.sent_to(user).with_words()


def about(ticket: Ticket, reader: User) -> DeliveryQuerySet:
    """What was told of a ticket, by bell as well, for somebody who works on it."""
    seen = Event.objects.visible_to(reader).filter(pk=OuterRef("event"), ticket=ticket)
    return Delivery.objects.filter(Exists(seen), event__ticket=ticket).with_words()


def postings_about(ticket: Ticket, reader: User) -> Any:
    seen = Event.objects.visible_to(reader).filter(pk=OuterRef("event"))
    rows = Posting.objects.filter(Exists(seen), event__ticket=ticket)
    return rows.with_words().order_by("-pk")


def everything(*, state: str = "", channel: str = "", person: str = "") -> DeliveryQuerySet:
    """All that left, for an administrator, who needs not see what it was about."""
    rows = Delivery.objects.leaving()
    if state in State.values:
        rows = rows.filter(state=state)
    if channel in Channel.values:
        rows = rows.filter(channel=channel)
    if person:
        named = User.objects.get_queryset().named(person).order_by("pk")
        found = named.values_list("pk", flat=True)[:MOST_PEOPLE]
        rows = rows.filter(recipient__in=list(found))
    return rows.with_words()


def acknowledgements(*, state: str = "", person: str = "") -> Any:
    """“Your mail has arrived”, to addresses that nobody here is known by."""
    rows = Acknowledgement.objects.order_by("-pk")
    if state in State.values:
        rows = rows.filter(state=state)
    return rows.filter(counted_as=counted_as(person)) if person else rows


def for_recipient(row: Delivery, reader: User) -> Sent:
    if row.occasion:
        return Sent(row, _of_occasion(row), "")
    told = tellings.of(row, reader)
    return Sent(row, told.sentence, told.ref, told.url)


def for_colleague(row: Delivery) -> Sent:
    """In the words that the recipient read."""
    return Sent(
        row, tellings.sentence(row, row.recipient), row.event.ticket.ref if row.event else ""
    )


def for_administrator(row: Delivery) -> Sent:
    """Of mails about accounts what they are for: their words may hold a link that opens something."""
    if row.occasion:
        return Sent(row, _of_occasion(row), "")
    ref = row.event.ticket.ref if row.event else ""
    return Sent(row, str(Topic(row.topic).label) if row.topic else "", ref)


def _of_occasion(row: Delivery) -> str:
    of = (row.occasion_data or {}).get("of")
    return f"{row.said_of.label}: {isolated(of)}" if of else str(row.said_of.label)
