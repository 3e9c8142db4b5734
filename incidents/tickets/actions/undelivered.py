"""Somebody on the ticket was not reached."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket


@transaction.atomic
def note_undelivered(
    ticket: Ticket, *, who: User, said: str, by: User, at: datetime | None = None
) -> Ticket:
    """Note that a mail to `who` came back, with what the mail server said. For the desk only.

    Raises:
        NotAllowed: `by` is not the desk itself.
    """
    require(by.is_system, _("Only the portal itself notes that."))
    ticket = steps.lock(ticket, even_merged=True)
    record(
        ticket, Kind.UNDELIVERED, by=by, at=at, public=False, origin=Ticket.Origin.MAIL,
        who=who.pk, reason=" ".join(said.split())[:240],
    )  # fmt: skip
    return ticket
