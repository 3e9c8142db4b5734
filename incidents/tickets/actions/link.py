"""Tie tickets together: related, duplicate, part of, caused by."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Link, Ticket


@transaction.atomic
def link(ticket: Ticket, *, to: Ticket, kind: str, by: User) -> Ticket:
    """Link `ticket` to another one; both logs note it, for staff. A link that is there changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket, or not see the other as staff.
        InvalidInput: it would be linked to itself, or the kind is unknown.
    """
    ticket, to = _lock_both(ticket, to)
    _check(ticket, to, kind, by)
    _row, new = Link.objects.get_or_create(ticket=ticket, other=to, kind=kind)
    if new:
        _record_both(Kind.LINKED, ticket, to, kind, by)
    return ticket


def connect_follow_up(ticket: Ticket, of: Ticket, *, by: User, at: datetime | None = None) -> None:
    """Link a ticket that is just being filed to the one it follows; the caller asked whether `by` may."""
    of = steps.lock(of)
    Link.objects.create(ticket=ticket, other=of, kind=Link.Kind.FOLLOW_UP_OF)
    _record_both(Kind.LINKED, ticket, of, Link.Kind.FOLLOW_UP_OF, by, at)


@transaction.atomic
def unlink(ticket: Ticket, *, to: Ticket, kind: str, by: User) -> Ticket:
    """Remove a link. Where there is none nothing changes.

    Raises: as `link`.
    """
    ticket, to = _lock_both(ticket, to)
    _check(ticket, to, kind, by)
    gone, _rows = Link.objects.filter(ticket=ticket, other=to, kind=kind).delete()
    if gone:
        _record_both(Kind.UNLINKED, ticket, to, kind, by)
    return ticket


def _lock_both(ticket: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Always in the same order, so that two people linking crosswise can't block each other."""
    if ticket.pk == other.pk:
        raise InvalidInput(_("A ticket can't be linked to itself."), field="to")
    first, second = sorted([ticket, other], key=lambda one: one.pk)
    locked = {one.pk: steps.lock(one) for one in (first, second)}
    return locked[ticket.pk], locked[other.pk]


def _check(ticket: Ticket, to: Ticket, kind: str, by: User) -> None:
    require(policies.can_work(by, ticket), _("You may not link this ticket."))
    require(policies.can_see_as_staff(by, to), _("You may not link to that ticket."))
    if kind not in Link.Kind.values:
        raise InvalidInput(_("Choose how they belong together."), field="kind")


def _record_both(
    what: Kind, ticket: Ticket, to: Ticket, kind: str, by: User, at: datetime | None = None
) -> None:
    for one, other, back in ((ticket, to, False), (to, ticket, True)):
        record(
            one, what, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
            other=other.number, link=str(kind), back=back,
        )  # fmt: skip
