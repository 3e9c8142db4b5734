"""Where answers to what the portal writes go, and what it answers itself."""

from django.db.models import F, Q

from incidents.mail.models import Mailbox, RawMail
from incidents.notify.addresses import Postal, is_message_id
from incidents.tickets.models import Message, Ticket


def mailbox_of(ticket: Ticket) -> Postal | None:
    """The mailbox of the ticket's team, else the general one; none where neither is in use."""
    general = Q(is_general=True)
    reach = general | Q(team=ticket.team_id) if ticket.team_id else general
    found = Mailbox.objects.active().filter(reach)
    row = (
        found.order_by(F("team").asc(nulls_last=True), "pk").values_list("address", "name").first()
    )
    return Postal(*row) if row else None


def began_with(ticket: Ticket, reader: int) -> str:
    """The Message-ID of the mail that opened the ticket, for whom it was from; nobody else knows or needs it."""
    if ticket.origin != Ticket.Origin.MAIL:
        return ""
    first = Message.objects.filter(ticket=ticket).order_by("pk").values("pk")[:1]
    taken = RawMail.objects.filter(message=first, state=RawMail.State.TAKEN)
    theirs = taken.filter(message__author=reader, sender=F("message__author__email"))
    found = theirs.values_list("mail_id", flat=True).first() or ""
    return found if is_message_id(found) else ""
