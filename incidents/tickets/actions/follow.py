"""Who gets updates besides the two sides of a ticket."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import merged, policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Follower, Ticket


@transaction.atomic
def follow(ticket: Ticket, *, who: User, by: User, at: datetime | None = None) -> Ticket:
    """Let `who` see the ticket and get its public updates. Following twice changes and records nothing.

    Raises:
        NotAllowed: `by` may not add people to this ticket.
        InvalidInput: that person can't sign in any more.
    """
    ticket = steps.lock(ticket, by=by)
    allowed = (
        policies.can_see_as_staff(by, ticket)
        if who == by
        else policies.can_add_followers(by, ticket)
    )
    require(allowed, _("You can't add people to this ticket."))
    if not who.is_active:
        raise InvalidInput(_("This person is no longer here."), field="who")
    if policies.is_party(who, ticket):
        return ticket
    chosen = who != by
    row, new = Follower.objects.get_or_create(
        ticket=ticket, user=who, defaults={"is_chosen": chosen}
    )
    if chosen and not row.is_chosen:
        row.is_chosen = new = True
        row.save(update_fields=["is_chosen"])
    if new:
        record(ticket, Kind.FOLLOWED, by=by, at=at, who=who.pk)
    return ticket


@transaction.atomic
def unfollow(ticket: Ticket, *, who: User, by: User) -> Ticket:
    """Take somebody off the ticket. Those who don't follow change and record nothing.

    Who had joined it is counted as affected no longer; how urgent it is stays as it was. Taking back that somebody was
    added leaves them what they have by themselves: the same trouble.

    Raises:
        NotAllowed: `by` may take only themselves off.
    """
    ticket = steps.lock(ticket, even_merged=True)
    require(
        who == by or policies.can_add_followers(by, ticket),
        _("You can't take people off this ticket."),
    )
    row = Follower.objects.filter(ticket=ticket, user=who).first()
    if row and who != by and row.is_chosen and row.has_joined:
        row.is_chosen = False
        row.save(update_fields=["is_chosen"])
        record(ticket, Kind.UNFOLLOWED, by=by, who=who.pk, has_it_still=True)
    elif row:
        row.delete()
        counted = row.has_joined and merged.is_counted(who.pk, ticket)
        record(
            ticket, Kind.UNFOLLOWED, by=by, who=who.pk, had_joined=row.has_joined, counted=counted
        )
    return ticket
