"""Note how far somebody on staff has read a ticket on the desk. No event: nobody else may learn of it."""

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.models import DeskReading, Event, Ticket


def note_desk_reading(ticket: Ticket, *, by: User, version: int) -> None:
    """Note that `by` has seen the ticket up to this version. Going back changes nothing.

    Kept only for those who see it as staff.
    """
    if not policies.can_see_as_staff(by, ticket):
        return
    version = max(min(version, ticket.version), 0)
    row, new = DeskReading.objects.get_or_create(
        user=by, ticket=ticket, defaults={"version": version}
    )
    if not new:
        DeskReading.objects.filter(pk=row.pk, version__lt=version).update(version=version)


def note_own_acts(event: Event) -> None:
    """What follows an event: who had read everything before it has read what they did themselves."""
    DeskReading.objects.filter(
        ticket=event.ticket, user=event.actor_id, version=event.number - 1
    ).update(version=event.number)
