"""Tie tickets together: related, duplicate, part of, caused by."""

from datetime import datetime
from typing import Any

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
def link(ticket: Ticket, *, to: Ticket, kind: str, by: User, is_synced: bool = False) -> Ticket:
    """Link `ticket` to another one; both logs note it, for staff. A link that is there changes and records nothing.

    `is_synced`: what resolves the whole (`to`) resolves this part of it, too. Linking again changes that.

    Raises:
        NotAllowed: `by` may not work on this ticket, or not see the other as staff; to resolve one with the other they
            work on both.
        InvalidInput: it would be linked to itself or be a part of its part, the kind is unknown, or it can't be synced.
        Merged: one of them was merged into another ticket.
    """
    ticket, to = _lock_both(ticket, to, by)
    _check(ticket, to, kind, by)
    if kind == Link.Kind.CHILD_OF and to.links.filter(other=ticket, kind=kind).exists():
        raise InvalidInput(
            _("%(ref)s is part of this ticket already.") % {"ref": to.ref}, field="to"
        )
    if is_synced:
        _check_synced(ticket, to, kind, by)
    row, new = Link.objects.get_or_create(
        ticket=ticket, other=to, kind=kind, defaults={"is_synced": is_synced}
    )
    if not new and row.is_synced != is_synced:
        row.is_synced = is_synced
        row.save(update_fields=["is_synced"])
        new = True
    if new:
        _record_both(Kind.LINKED, ticket, to, kind, by, synced=is_synced)
    return ticket


def connect_follow_up(ticket: Ticket, of: Ticket, *, by: User, at: datetime | None = None) -> None:
    """Link a ticket that is just being filed to the one it follows; the caller asked whether `by` may."""
    of = steps.lock(of, even_merged=True)
    Link.objects.create(ticket=ticket, other=of, kind=Link.Kind.FOLLOW_UP_OF)
    _record_both(Kind.LINKED, ticket, of, Link.Kind.FOLLOW_UP_OF, by, at)


@transaction.atomic
def unlink(ticket: Ticket, *, to: Ticket, kind: str, by: User) -> Ticket:
    """Remove a link. Where there is none nothing changes.

    Raises: as `link`.
    """
    ticket, to = _lock_both(ticket, to, by)
    _check(ticket, to, kind, by)
    gone, _rows = Link.objects.filter(ticket=ticket, other=to, kind=kind).delete()
    if gone:
        _record_both(Kind.UNLINKED, ticket, to, kind, by)
    return ticket


def _lock_both(ticket: Ticket, other: Ticket, by: User) -> tuple[Ticket, Ticket]:
    """Always in the same order, so that two people linking crosswise can't block each other."""
    if ticket.pk == other.pk:
        raise InvalidInput(_("A ticket can't be linked to itself."), field="to")
    locked = steps.lock_all([ticket.pk, other.pk])
    for one in locked.values():
        steps.require_unmerged(one, by)
    return locked[ticket.pk], locked[other.pk]


def _check(ticket: Ticket, to: Ticket, kind: str, by: User) -> None:
    require(policies.can_work(by, ticket), _("You may not link this ticket."))
    require(policies.can_see_as_staff(by, to), _("You may not link to that ticket."))
    if kind not in Link.Kind.values:
        raise InvalidInput(_("Choose how they belong together."), field="kind")


def _check_synced(ticket: Ticket, to: Ticket, kind: str, by: User) -> None:
    require(policies.can_work(by, to), _("You can only resolve tickets together that you work on."))
    if kind != Link.Kind.CHILD_OF:
        raise InvalidInput(_("Only a part can be resolved with its whole."), field="is_synced")
    if not policies.have_same_readers(ticket, to):
        raise InvalidInput(
            _("One of the two is confidential or of a private team, so they can’t be resolved with the same words."),
            field="is_synced",
        )  # fmt: skip


def _record_both(
    what: Kind,
    ticket: Ticket,
    to: Ticket,
    kind: str,
    by: User,
    at: datetime | None = None,
    *,
    synced: bool = False,
) -> None:
    more: dict[str, Any] = {"synced": True} if synced else {}
    for one, other, back in ((ticket, to, False), (to, ticket, True)):
        record(
            one, what, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
            other=other.number, link=str(kind), back=back, **more,
        )  # fmt: skip
