"""Give the ticket a better title."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.file import LONGEST_TITLE
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket


@transaction.atomic
def retitle(ticket: Ticket, title: str, *, by: User, expected: int | None = None) -> Ticket:
    """Change the title. The present one changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: the title is empty or too long.
        IllegalTransition: the ticket is closed.
        EditConflict: the title changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change this title."))
    steps.require_open(ticket)
    title = " ".join(title.replace("\x00", "").split())
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidInput(_("A title has 1 to 200 characters."), field="title")
    steps.require_fresh(ticket, expected, Kind.RETITLED)
    if ticket.title == title:
        return ticket
    record(ticket, Kind.RETITLED, by=by, changes={"title": title}, origin=Ticket.Origin.DESK)
    return ticket
