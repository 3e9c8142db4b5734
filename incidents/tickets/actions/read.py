"""How far somebody has read a ticket on the portal. No event: nobody else may learn of it."""

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Reading, Ticket


def read(ticket: Ticket, *, by: User, version: int) -> None:
    """Note that `by` has seen the ticket up to this public version. Going back changes nothing.

    Kept only for those who get its updates; others who may look at it leave no trace.
    """
    if not (policies.is_party(by, ticket) or policies.is_follower(by, ticket)):
        return
    version = max(min(version, ticket.public_version), 0)
    row, new = Reading.objects.get_or_create(user=by, ticket=ticket, defaults={"version": version})
    if not new:
        Reading.objects.filter(pk=row.pk, version__lt=version).update(version=version)


def note_readers(event: Event) -> None:
    """What follows an event: it is old to whoever did it, and new to people whom it brings to the ticket."""
    ticket, actor = event.ticket, event.actor_id
    if not event.is_public or event.origin == Ticket.Origin.IMPORT:
        return
    if brought := _brought_by(event) - {actor}:
        rows = [Reading(ticket=ticket, user_id=person, version=0) for person in brought]
        Reading.objects.bulk_create(rows, ignore_conflicts=True)
    if event.kind == Kind.JOINED:  # that one more has it is nothing to read
        up_to_date = Reading.objects.filter(ticket=ticket, version=ticket.public_version - 1)
        up_to_date.update(version=ticket.public_version)
    if event.kind == Kind.JOINED or actor in {ticket.requester_id, ticket.reporter_id}:
        Reading.objects.bulk_create(
            [Reading(ticket=ticket, user_id=actor, version=ticket.public_version)],
            update_conflicts=True,
            unique_fields=["user", "ticket"],
            update_fields=["version"],
        )
    else:
        Reading.objects.filter(ticket=ticket, user=actor).update(version=ticket.public_version)


def _brought_by(event: Event) -> set[int]:
    """Who gets to know of the ticket by this event."""
    if event.kind == Kind.FILED:
        return {event.ticket.requester_id}
    return {event.data["who"]} if event.kind == Kind.FOLLOWED else set()
