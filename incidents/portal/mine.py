"""“My tickets”: what somebody reported or has, follows, or may see of their department; with the last word on each."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import (
    Case,
    CharField,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.portal import promises
from incidents.tickets.models import (
    Follower,
    Link,
    Message,
    Reading,
    Ticket,
    TicketQuerySet,
    kept_apart,
)
from incidents.tickets.numbers import PREFIX
from incidents.workflow import rulebook
from incidents.workflow.states import Status

MOST_AT_HOME = 5
MOST_WORDS = 5
NOT_CLOSED = [status for status in Status if status != Status.CLOSED]
THEIR_TURN = (Status.WAITING_REQUESTER, Status.RESOLVED)
"""In these the requester is asked: for an answer, or whether it works again."""


@dataclass(frozen=True)
class Line:
    """One ticket of the list, with the last thing said on it."""

    ticket: Ticket
    said: Message | None
    is_unread: bool = False
    is_theirs: bool = True
    """They are affected or reported it; to others it is shown, and nothing is asked of them."""
    promised: promises.Said = promises.NOTHING

    @property
    def must_answer(self) -> bool:
        return self.is_theirs and self.ticket.status == Status.WAITING_REQUESTER

    @property
    def must_check(self) -> bool:
        return self.is_theirs and self.ticket.status == Status.RESOLVED


# Which tickets -----------------------------------------------------------------------------------------


def unfinished(user: User) -> TicketQuerySet:
    """Theirs and not closed: to them a resolved ticket is one they still have to check."""
    return Ticket.objects.visible_to(user).involving(user).exclude(_over())


def closed(user: User) -> TicketQuerySet:
    return Ticket.objects.visible_to(user).involving(user).filter(_over())


def _over() -> Q:
    """Closed; what was merged into a ticket that is still worked on is not over for whoever has the trouble."""
    goes_on = Ticket.objects.filter(pk=OuterRef("merged_into"), status__in=NOT_CLOSED)
    return Q(status=Status.CLOSED) & ~Q(Exists(goes_on))


def followed(user: User) -> TicketQuerySet:
    """Other people's tickets whose updates they get."""
    follows = Follower.objects.filter(user=user).values("ticket")
    return _of_others(user).filter(pk__in=follows)


def of_my_department(user: User) -> TicketQuerySet:
    """Their colleagues' tickets, where the department shares them; never confidential ones
    nor a private team's, whatever else they see."""
    if user.sharing_department is None:
        return Ticket.objects.none()
    colleagues = User.objects.filter(department=user.sharing_department).values("pk")
    return _of_others(user).filter(requester__in=colleagues).exclude(kept_apart())


def _of_others(user: User) -> TicketQuerySet:
    return Ticket.objects.visible_to(user).exclude(requester=user).exclude(reporter=user)


@dataclass(frozen=True)
class Tab:
    """One of the lists: its word in the address, its name, and the tickets in it."""

    state: str
    label: str | Promise
    tickets: Callable[[User], TicketQuerySet]

    @property
    def is_own(self) -> bool:
        return self.state in {"open", "closed"}


OPEN = Tab("open", _("Open"), unfinished)
CLOSED = Tab("closed", _("Closed"), closed)
FOLLOWING = Tab("following", _("Following"), followed)
DEPARTMENT = Tab("department", _("My department"), of_my_department)


def tabs(user: User) -> list[Tab]:
    shown = [OPEN, CLOSED, FOLLOWING]
    return [*shown, DEPARTMENT] if user.sharing_department is not None else shown


def search(tickets: TicketQuerySet, words: str) -> TicketQuerySet:
    """Those in which every word occurs: in the title, the number, or what was said in public."""
    found = tickets.alias(shown_number=Cast("number", CharField()))
    for word in words.split()[:MOST_WORDS]:
        # SQLite's LIKE knows only the English alphabet; its regular expressions fold every letter.
        by = "icontains" if word.isascii() else "iregex"
        value = word if word.isascii() else _literally(word)
        said = Message.objects.filter(
            Q((f"body__{by}", value)), ticket=OuterRef("pk"), is_public=True
        )
        hit = Q((f"title__{by}", value)) | Q(Exists(said))
        digits = word.upper().removeprefix(PREFIX)
        if digits.isascii() and digits.isdigit():
            hit |= Q(shown_number__contains=digits)
        found = found.filter(hit)
    return found


def _literally(word: str) -> str:
    """As a pattern that both databases read as these very letters."""
    return "".join(letter if letter.isalnum() else f"[{letter}]" if letter not in "^\\[]" else f"\\{letter}" for letter in word)  # fmt: skip


def connected(ticket: Ticket, user: User) -> tuple[list[Ticket], list[Ticket]]:
    """What this ticket follows up on, and its own follow-ups, as far as the person may see them."""
    links = Link.objects.filter(Q(ticket=ticket) | Q(other=ticket), kind=Link.Kind.FOLLOW_UP_OF)
    pairs = list(links.order_by("pk").values_list("ticket", "other"))
    keys = {key for pair in pairs for key in pair} - {ticket.pk}
    seen = Ticket.objects.visible_to(user).in_bulk(keys) if keys else {}
    before = [seen[other] for one, other in pairs if one == ticket.pk and other in seen]
    return before, [seen[one] for one, other in pairs if other == ticket.pk and one in seen]


# As lines ------------------------------------------------------------------------------------------------


def for_list(tickets: TicketQuerySet, user: User) -> TicketQuerySet:
    """With everything that a line names, and how far the person has read."""
    seen = Reading.objects.filter(user=user, ticket=OuterRef("pk")).values("version")[:1]
    return tickets.for_my_tickets().select_related("requester").annotate(seen=Subquery(seen))


def for_home(user: User) -> list[Line]:
    """Some unfinished tickets: those that wait for the person first, then the last changed."""
    turn = Case(
        When(status__in=THEIR_TURN, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    tickets = for_list(unfinished(user), user).annotate(turn=turn)
    return with_last_words(
        list(tickets.order_by("turn", "-updated_at", "-pk")[:MOST_AT_HOME]), user
    )


def with_last_words(tickets: Sequence[Ticket], user: User) -> list[Line]:
    """The tickets (of `for_list`) with their newest public message besides the description, in one query for all."""
    spoken = (
        Message.objects.visible_to(user)
        .filter(ticket__in=[ticket.pk for ticket in tickets], is_public=True)
        .exclude(kind=Message.Kind.DESCRIPTION)
    )
    newest = spoken.values("ticket").annotate(newest=Max("pk")).values("newest")
    if tickets:
        rulebook.learn(tickets[0].rules)  # type: ignore[attr-defined] # by `for_list`
    messages = Message.objects.visible_to(user).filter(pk__in=newest).select_related("author")
    said = {message.ticket_id: message for message in messages} if tickets else {}
    return [_line(ticket, said.get(ticket.pk), user) for ticket in tickets]


def with_promises(lines: Sequence[Line], *, now: datetime) -> list[Line]:
    """The lines with what was promised to them, in one query for all. `now` is in the reader's zone."""
    theirs = [line.ticket for line in lines if line.is_theirs]
    found = promises.of_list(theirs, now=now)
    return [replace(one, promised=found.get(one.ticket.pk, promises.NOTHING)) for one in lines]


def _line(ticket: Ticket, said: Message | None, user: User) -> Line:
    seen: int | None = ticket.seen  # type: ignore[attr-defined] # by `for_list`
    return Line(
        ticket,
        said,
        is_unread=seen is not None and ticket.public_version > seen,
        is_theirs=user.pk in {ticket.requester_id, ticket.reporter_id},
    )


def stamp(lines: Sequence[Line]) -> str:
    """Differs when anything on the list changed: what a page sends to learn whether there is news."""
    seen = ",".join(
        f"{line.ticket.pk}:{line.ticket.public_version}:{line.is_unread:d}:{line.promised}"
        for line in lines
    )
    return hashlib.sha256(seen.encode()).hexdigest()[:12]
