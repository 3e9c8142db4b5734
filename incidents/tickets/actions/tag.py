"""Add and remove tags."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies, tags
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Tagging, Ticket


@transaction.atomic
def tag(
    ticket: Ticket,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Ticket:
    """Put tags on the ticket and take tags off. Says what to add and remove, not the whole, so two people never clash.

    What is there already, or not there, changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: a tag is too long, or there are too many.
        IllegalTransition: the ticket is closed.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not tag this ticket."))
    steps.require_open(ticket)
    here = set(ticket.tags)
    added = set(tags.tidy(add)) - here
    removed = (set(tags.tidy(remove)) & here) - added
    if not added and not removed:
        return ticket
    now = tags.tidy((here | added) - removed)
    record(
        ticket,
        Kind.TAGGED,
        by=by,
        changes={"tags": now},
        at=at,
        public=False,
        origin=origin,
        added=sorted(added),
        removed=sorted(removed),
    )
    set_rows(ticket)
    return ticket


def set_rows(ticket: Ticket) -> None:
    """The rows to find by, as `ticket.tags` says; whatever changed it calls this in the same transaction."""
    Tagging.objects.filter(ticket=ticket).exclude(name__in=ticket.tags).delete()
    Tagging.objects.bulk_create(
        [Tagging(ticket=ticket, name=name) for name in ticket.tags], ignore_conflicts=True
    )
