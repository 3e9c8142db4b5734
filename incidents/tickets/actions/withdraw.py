"""“I no longer need this.”"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.effects import follow_on
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.states import Resolution, Status


@transaction.atomic
def withdraw(
    ticket: Ticket,
    *,
    by: User,
    reason: str = "",
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.PORTAL,
) -> Ticket:
    """Close an open ticket that its side no longer needs. A `reason` is said as a reply, in the same event.

    Raises:
        NotAllowed: `by` is neither requester nor reporter.
        IllegalTransition: the ticket is resolved or closed, or others have said “me too”.
        InvalidInput: the reason is too long.
    """
    ticket = steps.lock(ticket, by=by)
    if policies.is_party(by, ticket) and ticket.affected_count > 1:
        raise IllegalTransition(
            _("Others have this problem, too, so the ticket stays open until it is solved.")
        )
    require(
        policies.can_withdraw(by, ticket),
        _("Only the person who has the problem can say that it is no longer needed."),
    )
    reason = steps.written(reason, field="reason") if reason.strip() else ""

    def do() -> Event:
        if not ticket.is_open:
            raise IllegalTransition(_("This ticket is solved or closed already."))
        way = steps.require_transition(ticket, Status.CLOSED, by=by, origin=origin)
        moment = at or timezone.now()
        said = steps.say(ticket, Message.Kind.REPLY, reason, by=by, at=moment) if reason else {}
        changes = {
            **steps.stand(ticket, way),
            "resolution_code": Resolution.WITHDRAWN.value,
            "closed_at": moment,
        }
        event = record(
            ticket, Kind.WITHDRAWN, by=by, changes=changes, at=moment, origin=origin, **said
        )
        follow_on(ticket, way, at=moment, origin=origin)
        return event

    return steps.once(key, by=by, of=("withdraw", ticket.pk, reason), do=do).ticket
