"""Hold a ticket for several verbs in one transaction."""

from accounts.models import User
from incidents.tickets import family
from incidents.tickets.actions import steps
from incidents.tickets.models import Ticket


def hold_ticket(ticket: Ticket, *, by: User) -> Ticket:
    """The ticket as it is now, held until the transaction ends.

    Raises:
        Merged: it was merged into another one.
    """
    return steps.lock(ticket, by=by)


def hold_family(ticket: Ticket) -> None:
    """Hold a ticket and the parts that are resolved with it, in the order of keys, until the transaction ends.

    For who holds a ticket before `resolve` does: holding it alone, and its parts only then, could block others for good.
    Parts that are resolved are held, too: one that somebody opens again in between would be locked after its whole.
    """
    steps.lock_found(lambda: [ticket.pk, *family.parts_of(ticket)])
