"""Where answers to what the portal writes go."""

from django.db.models import F, Q

from incidents.mail.models import Mailbox
from incidents.notify.addresses import Postal
from incidents.tickets.models import Ticket


def mailbox_of(ticket: Ticket) -> Postal | None:
    """The mailbox of the ticket's team, else the general one; none where neither is in use."""
    general = Q(is_general=True)
    reach = general | Q(team=ticket.team_id) if ticket.team_id else general
    found = Mailbox.objects.active().filter(reach)
    row = (
        found.order_by(F("team").asc(nulls_last=True), "pk").values_list("address", "name").first()
    )
    return Postal(*row) if row else None
