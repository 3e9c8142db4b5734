"""A mail of ours came back: what we sent is marked, and the ticket says whom it did not reach."""

from accounts.models import User
from incidents.mail.reading import Letter
from incidents.notify.addresses import read_message_id
from incidents.notify.models import Channel, Delivery, State
from incidents.tickets import actions
from incidents.tickets.models import Ticket


def note_bounce(letter: Letter) -> Ticket | None:
    """Mark the mail that a report is about. Only who got it knows its Message-ID, so a report can't be made up.

    A report that a mail is late says nothing yet; one that comes twice changes nothing.
    """
    report = letter.report
    if report is None or not report.is_final:
        return None
    for answered in report.answers:
        number = read_message_id(answered)
        ticket = Ticket.objects.filter(number=number).first() if number is not None else None
        if ticket is None:
            continue
        sent = Delivery.objects.select_related("recipient").filter(
            event__ticket=ticket, channel=Channel.MAIL, message_id=answered
        )
        for delivery in sent:
            _mark(delivery, ticket, " ".join(filter(None, (report.status, report.said))))
        if sent:
            return ticket
    return None


def _mark(delivery: Delivery, ticket: Ticket, said: str) -> None:
    marked = Delivery.objects.filter(pk=delivery.pk).exclude(state=State.FAILED)
    if marked.update(state=State.FAILED, leased_until=None, last_error=f"came back: {said}"[:300]):
        actions.note_undelivered(
            ticket, who=delivery.recipient, said=said, by=User.objects.system()
        )
