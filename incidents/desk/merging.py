"""What the pages for merging and splitting show."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.paging import page
from incidents.desk.sidebar import capped, shown
from incidents.tickets import merged, policies
from incidents.tickets.models import CappedCount, Message, Ticket

MOST_COUNTED = 100
MOST_BESIDE = 10
"""Merged tickets that are named on the page of the one they went into; the rest has a page of its own."""
A_PAGE = 30
MOST_MESSAGES = 20
"""Of each merged ticket."""


def counts() -> dict[str, CappedCount]:
    """For a query of tickets: how many were merged into each, and how many open parts are resolved with it."""
    here = Ticket.objects.filter(merged_into=OuterRef("pk"))
    parts = Ticket.objects.open().filter(links__other=OuterRef("pk"), links__is_synced=True)
    return {
        "merged_count": capped(here, MOST_COUNTED),
        "parts_count": capped(parts, MOST_COUNTED),
    }


@dataclass
class Proposal:
    """Two tickets side by side, before they are merged."""

    ticket: Ticket
    into: Ticket
    by_way_of: Ticket | None = None
    """What was chosen, where that one was merged into `into` before."""
    refused: str = ""
    here: "MergedAlready | None" = None
    """The chosen one goes on in this very ticket, so nothing is left to merge."""

    @property
    def asks_to_follow(self) -> bool:
        """Its requester is not on the other one already."""
        return not policies.can_see(self.ticket.requester, self.into)


@dataclass(frozen=True)
class MergedAlready:
    """Who merged the chosen ticket into this one, and when; it may have come by way of a third one."""

    chosen: Ticket
    by: User
    at: datetime
    can_undo: bool


@dataclass(frozen=True)
class Here:
    """A ticket that was merged into the one of the page, and all that was written on it."""

    ticket: Ticket
    said: list[Message]
    can_undo: bool
    has_more: bool = False
    """More was written than that."""


def propose(ticket: Ticket, chosen: Ticket, user: User) -> Proposal | None:
    """What merging into the chosen ticket would do; None where this reader does not see where that one goes on."""
    seen = Ticket.objects.seen_as_staff_by(user).for_page()
    into = seen.filter(pk=merged.end_of(chosen)).first()
    if into is None:
        return None
    by_way_of = chosen if into.pk != chosen.pk else None
    here = _merged_already(ticket, chosen, user) if by_way_of and into.pk == ticket.pk else None
    return Proposal(ticket, into, by_way_of, _why_not(ticket, into, user), here)


def _merged_already(ticket: Ticket, chosen: Ticket, user: User) -> MergedAlready:
    merging = merged.merging_of(chosen)
    may = policies.can_work(user, ticket) and policies.can_work(user, chosen)
    in_time = merging.occurred_at + merged.UNDONE_WITHIN > timezone.now()
    return MergedAlready(chosen, merging.actor, merging.occurred_at, may and in_time)


def _why_not(ticket: Ticket, into: Ticket, user: User) -> str:
    """What the verb would say; asked before, so that nobody is offered a button that refuses."""
    if ticket.pk == into.pk:
        return _("This ticket can’t be merged into itself.")
    if not policies.can_merge(user, ticket, into):
        return _("You can only merge tickets that you work on.")
    if ticket.merged_into_id or ticket.is_closed:
        return _("A closed ticket can’t be merged any more.")
    if into.is_closed:
        return _("%(other)s is closed. Merge into a ticket that is still worked on.") % {
            "other": into.ref
        }
    if not policies.have_same_readers(ticket, into):
        return _("One of the two is confidential or of a private team. They can only be merged where the same people read both.")  # fmt: skip
    return ""


def likely(ticket: Ticket, user: User) -> list[Ticket]:
    """Open tickets that may tell of the same: of the same service, else of the same category; the newest."""
    seen = Ticket.objects.seen_as_staff_by(user).open().exclude(pk=ticket.pk)
    about = {"service": ticket.service} if ticket.service else {"category": ticket.category}
    return list(seen.filter(**about).for_queue_table().order_by("-pk")[:8])


@dataclass(frozen=True)
class MergedHere:
    """Some of what was merged into a ticket, the newest first; `total` in words where these are not all."""

    rows: list[Here]
    next: str = ""
    total: str = ""


def merged_here(
    ticket: Ticket, user: User, *, after: str = "", size: int = MOST_BESIDE
) -> MergedHere:
    """What was merged into it, as far as this reader sees those as staff."""
    seen = Ticket.objects.seen_as_staff_by(user).filter(merged_into=ticket.pk)
    found = page(seen.for_queue_table(), keys=("-id",), after=after, size=size)
    said = _said(found.rows, user)
    works_here = policies.can_work(user, ticket)
    rows = [
        Here(
            one,
            said[one.pk][:MOST_MESSAGES],
            works_here and policies.can_work(user, one),
            len(said[one.pk]) > MOST_MESSAGES,
        )
        for one in found.rows
    ]
    if not found.next and not after:
        return MergedHere(rows)
    total = User.objects.filter(pk=user.pk).values_list(capped(seen)).get()[0]
    return MergedHere(rows, found.next, shown(total))


def _said(tickets: list[Ticket], user: User) -> dict[int, list[Message]]:
    """The first messages of each, and one more where there are more."""
    place = Window(RowNumber(), partition_by="ticket", order_by="pk")
    messages = Message.objects.visible_to(user).filter(ticket__in=[one.pk for one in tickets])
    first = messages.annotate(place=place).filter(place__lte=MOST_MESSAGES + 1)
    said: dict[int, list[Message]] = {one.pk: [] for one in tickets}
    for message in first.select_related("author").order_by("pk") if tickets else ():
        said[message.ticket_id].append(message)
    return said


@dataclass(frozen=True)
class Gone:
    """Where a merged ticket goes on, as far as this reader may know; and until when it can be taken out again."""

    into: Ticket | None
    until: datetime | None


def gone(ticket: Ticket, user: User) -> Gone | None:
    if not ticket.merged_into_id:
        return None
    seen = Ticket.objects.seen_as_staff_by(user)
    into = seen.select_related("team", "category").filter(pk=ticket.merged_into_id).first()
    until = merged.merging_of(ticket).occurred_at + merged.UNDONE_WITHIN
    may = into is not None and policies.can_merge(user, ticket, into) and until > timezone.now()
    return Gone(into, until if may else None)
