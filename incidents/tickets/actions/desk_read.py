"""Note how far somebody on staff has read a ticket on the desk. No event: nobody else may learn of it."""

from django.utils import timezone

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import DeskReading, Event, Mention, Ticket


def note_desk_reading(ticket: Ticket, *, by: User, version: int) -> None:
    """Note that `by` has seen the ticket up to this version, and the notes that name them. Going back changes nothing.

    Kept only for those who see it as staff.
    """
    if not policies.can_see_as_staff(by, ticket):
        return
    version = max(min(version, ticket.version), 0)
    if version == ticket.version:
        named = Mention.objects.filter(user=by, ticket=ticket, seen_at=None)
        named.update(seen_at=timezone.now())
    row, new = DeskReading.objects.get_or_create(
        user=by, ticket=ticket, defaults={"version": version}
    )
    if not new:
        DeskReading.objects.filter(pk=row.pk, version__lt=version).update(version=version)


def note_own_acts(event: Event) -> None:
    """What follows an event: who had read everything before it has read what they did themselves."""
    if event.kind == Kind.FILED:  # nobody can have read it before
        return
    DeskReading.objects.filter(
        ticket=event.ticket, user=event.actor_id, version=event.number - 1
    ).update(version=event.number)


def note_mentions_seen(*, by: User, until: int) -> int:
    """Note that `by` has seen the notes that name them, up to this one (a key); how many were new."""
    new = Mention.objects.filter(user=by, seen_at=None, pk__lte=until)
    return new.update(seen_at=timezone.now())
