"""A mail of ours came back: what we sent in it is marked, and each ticket says whom it did not reach, as do their own pages."""

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from incidents.mail.reading import Letter
from incidents.notify.actions import note_returned
from incidents.notify.failures import CAME_BACK
from incidents.notify.models import Delivery, State
from incidents.tickets import actions
from incidents.tickets.models import Ticket


def note_bounce(letter: Letter) -> Ticket | None:
    """Mark the mail that a report is about. Only who got it knows its Message-ID, so a report can't be made up.

    A report that a mail is late says nothing yet; one that comes twice changes nothing.
    """
    report = letter.report
    if report is None or not report.is_final:
        return None
    said = " ".join(filter(None, (report.status, report.said)))
    for answered in report.answers:
        if lead := _sent_as(answered):
            rows = _failed(lead, said)
            told = _note(rows, said)
            if rows:
                note_returned(lead.recipient, report.recipients, at=timezone.now())
            return lead.event.ticket if lead.event else next(iter(told), None)
    return None


def _sent_as(message_id: str) -> Delivery | None:
    """The row under whose Message-ID the mail left."""
    mails = Delivery.objects.mails().filter(message_id=message_id)
    return mails.select_related("event__ticket", "recipient").first()


def _failed(lead: Delivery, said: str) -> list[Delivery]:
    """Mark all that went in that mail, except what was left out of it; the rows that were not marked before."""
    mail = Delivery.objects.filter(Q(pk=lead.pk) | Q(bundled_in=lead.pk))
    open_rows = mail.exclude(state__in=[State.FAILED, State.DROPPED])
    rows = list(
        open_rows.select_for_update(of=("self",))
        .select_related("event__ticket", "recipient")
        .order_by("pk")
    )
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.FAILED, leased_until=None, last_error=f"{CAME_BACK}{said}"[:300]
    )
    return rows


def _note(rows: list[Delivery], said: str) -> list[Ticket]:
    """Tell each ticket once whom it did not reach."""
    told = {row.event.ticket_id: (row.event.ticket, row.recipient) for row in rows if row.event}
    for _key, (ticket, who) in sorted(told.items()):
        actions.note_undelivered(ticket, who=who, said=said, by=User.objects.system())
    return [ticket for ticket, _who in told.values()]
