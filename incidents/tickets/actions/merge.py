"""Merge a ticket into another one that tells of the same, and take it out again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import merged, policies
from incidents.tickets.actions import required, steps
from incidents.tickets.actions.follow import follow as add_follower
from incidents.tickets.actions.record import record
from incidents.tickets.actions.undo import NothingUndone
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import Resolution, Status


@transaction.atomic
def merge(
    ticket: Ticket,
    *,
    into: Ticket,
    by: User,
    tell: bool = False,
    follow: bool = False,
    at: datetime | None = None,
) -> Ticket:
    """Let `ticket` go on in `into`, or where that one was merged to. It is closed, and nothing can be done with it any more.

    Nothing is copied, and nobody sees more than before: its words stay on it, and staff read them beside the other.
    What its requester still writes is shown there to staff. Nobody is told, unless `tell`: then its requester and
    reporter hear once that it is handled together with another report. Only with `follow` its requester is added to
    the other ticket, and so reads it.

    Merging into the ticket that it is in already changes and records nothing.

    Raises:
        NotAllowed: `by` does not work on both, or may not make this one what the other is.
        IllegalTransition: one of them is closed, or they were merged the other way round.
        TasksLeft: its type asks for something that is not done yet, and that the other one’s does not ask.
        InvalidInput: it is the same ticket, or one of them is confidential or private and the other has other readers.
        Merged: it was merged into a third one.
    """
    if ticket.pk == into.pk:
        raise InvalidInput(_("A ticket can’t be merged into itself."), field="into")
    held = steps.lock_all([ticket.pk, merged.end_of(into)])
    ticket, end = held[ticket.pk], next((held[key] for key in held if key != ticket.pk), None)
    if end is None:
        raise IllegalTransition(
            _("%(other)s was merged into this ticket already.") % {"other": into.ref}
        )
    require(policies.can_merge(by, ticket, end), _("You can only merge tickets that you work on."))
    if ticket.merged_into_id == end.pk:
        return ticket
    _refuse(ticket, end, by)

    before = merged.affected(end)
    record(
        ticket,
        Kind.MERGED,
        by=by,
        changes={
            "status": Status.CLOSED.value,
            "resolution_code": Resolution.DUPLICATE.value,
            "closed_at": at or timezone.now(),
            "merged_into_id": end.pk,
        },
        at=at,
        origin=Ticket.Origin.DESK,
        other=end.number,
        back=False,
        tell=tell,
    )
    _note_at(end, Kind.MERGED, ticket, people=before | merged.affected(ticket), by=by, at=at)
    if follow:
        add_follower(end, who=ticket.requester, by=by, at=at)
    return ticket


@transaction.atomic
def unmerge(
    ticket: Ticket,
    *,
    by: User,
    numbers: Collection[int] | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Take a ticket out of the one it was merged into: it is again as it was before.

    What its requester wrote meanwhile stays on it, and stays listed in the other one's history.
    `numbers`: only if `by` merged it by one of the events of these numbers, to undo that and nothing else.

    Raises:
        NotAllowed: `by` does not work on both.
        IllegalTransition: it is not merged, or was merged too long ago.
        NothingUndone: it was merged by another event than those of `numbers`, or by somebody else.
    """
    held = steps.lock_all([ticket.pk, *merged.way_of(ticket)])
    ticket = held[ticket.pk]
    require(policies.can_work(by, ticket), _("You can only separate tickets that you work on."))
    if not ticket.merged_into_id:
        raise IllegalTransition(_("This ticket is not merged into another one."))
    merging = merged.merging_of(ticket)
    if numbers is not None and (merging.number not in numbers or merging.actor_id != by.pk):
        raise NothingUndone(
            _("%(person)s changed this since.") % {"person": merging.actor.display_name}
        )
    into = held.get(ticket.merged_into_id)
    require(
        into is not None and policies.can_merge(by, ticket, into),
        _("You can only separate tickets that you work on."),
    )
    if (at or timezone.now()) - merging.occurred_at > merged.UNDONE_WITHIN:
        raise IllegalTransition(
            _("This was merged more than %(days)d days ago. Make a new ticket of what is still to do.")
            % {"days": merged.UNDONE_WITHIN.days}
        )  # fmt: skip
    record(
        ticket,
        Kind.UNMERGED,
        by=by,
        changes=merging.data["was"],
        at=at,
        origin=Ticket.Origin.DESK,
        other=merging.data["other"],
        back=False,
    )
    for one in held.values():
        if one.pk != ticket.pk:
            _note_at(one, Kind.UNMERGED, ticket, people=merged.affected(one), by=by, at=at)
    return ticket


def _refuse(ticket: Ticket, end: Ticket, by: User) -> None:
    steps.require_unmerged(ticket, by)
    if end.merged_into_id:
        raise IllegalTransition(
            _("%(other)s was itself merged at this moment. Look where it went, then merge again.")
            % {"other": end.ref}
        )
    if ticket.is_closed:
        raise IllegalTransition(_("A closed ticket can’t be merged any more."))
    if end.is_closed:
        raise IllegalTransition(
            _("%(other)s is closed. Merge into a ticket that is still worked on.")
            % {"other": end.ref}
        )
    _require_as_much(ticket, end, by)
    if not policies.have_same_readers(ticket, end):
        raise InvalidInput(
            _("One of the two is confidential or of a private team. They can only be merged where the same people read both."),
            field="into",
        )  # fmt: skip


def _require_as_much(ticket: Ticket, end: Ticket, by: User) -> None:
    """Going on in a ticket of another type is leaving one's own; in one of the same type what is asked is asked there."""
    if ticket.type == end.type:
        return
    require(
        policies.can_leave_type(by, ticket),
        _("You may not make a ticket “%(type)s” anything else, so merge it into one of this type.")
        % {"type": rulebook.type(ticket.type).label},
    )
    required.require_done(ticket)


def _note_at(
    ticket: Ticket, kind: Kind, other: Ticket, *, people: set[int], by: User, at: datetime | None
) -> None:
    """Write at the other end what came or went, and how many have it now. For staff only."""
    changes: dict[str, Any] = {}
    if ticket.affected_count != len(people):
        changes["affected_count"] = len(people)
    record(
        ticket, kind, by=by, changes=changes, at=at, public=False, origin=Ticket.Origin.DESK,
        other=other.number, back=True,
    )  # fmt: skip
