"""Proposals of another type: found by the desk itself, accepted or dismissed by whoever works on the ticket."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from incidents.tickets import policies, proposing
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.actions.set_type import set_type
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Proposal, ProposalRules, Ticket, ToCompare
from incidents.tickets.proposing import Reason
from incidents.workflow.seeds import COMPLEX, REPETITIVE

SIGNS = frozenset({Kind.ASSIGNED, Kind.MOVED, Kind.REOPENED})
"""After these it may have become complex."""
NEWS = timedelta(hours=1)
"""What happened longer ago when it was written down is history, of which nothing is proposed."""


def notice(event: Event) -> None:
    """What an event says about its ticket's type. Part of the transaction of `event`, whose ticket is held."""
    ticket = event.ticket
    if event.kind == Kind.TYPE_CHANGED or (
        event.kind == Kind.UNDONE and "type" in event.data["set"]
    ):
        _settle_by_type(ticket, event)
    if event.origin == Ticket.Origin.IMPORT or event.recorded_at - event.occurred_at > NEWS:
        return
    if event.kind in SIGNS and proposing.fits(ticket, COMPLEX):
        signs = proposing.signs(ticket, ProposalRules.now())
        _put(ticket, COMPLEX, signs, at=event.occurred_at)
    got_service = event.kind in {Kind.FILED, Kind.SERVICE_SET} and ticket.service_id
    if got_service and proposing.fits(ticket, REPETITIVE):
        ToCompare.objects.get_or_create(ticket=ticket)


@transaction.atomic
def propose(
    ticket: Ticket, *, type: str, reasons: Iterable[Reason], at: datetime | None = None
) -> bool:
    """Say that the ticket may be of this type. What was said before, for the same reason, is not said again.

    A further reason joins the proposal that is open. Returns whether anything was said.
    """
    ticket = steps.lock(ticket, even_merged=True)
    return _put(ticket, type, reasons, at=at or timezone.now())


@transaction.atomic
def accept_proposal(ticket: Ticket, pk: int, *, by: User) -> Ticket:
    """Make the ticket what is proposed.

    Raises:
        NotAllowed, IllegalTransition: as `set_type`.
        Refused: somebody settled the proposal.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the type of this ticket."))
    return set_type(ticket, type=_find(ticket, pk).type, by=by)


@transaction.atomic
def dismiss_proposal(ticket: Ticket, pk: int, *, by: User) -> Ticket:
    """Leave the ticket what it is. It is not proposed again for the same reasons.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        Refused: somebody settled the proposal.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the type of this ticket."))
    _settle(ticket, _find(ticket, pk), accepted=False, by=by, at=timezone.now())
    return ticket


def _put(ticket: Ticket, type: str, reasons: Iterable[Reason], *, at: datetime) -> bool:
    reasons = list(reasons)
    if not reasons or ticket.merged_into_id or not proposing.fits(ticket, type):
        return False
    before = list(Proposal.objects.filter(ticket=ticket, type=type))
    known = {reason["why"] for one in before for reason in one.reasons}
    new = [reason for reason in reasons if reason["why"] not in known]
    if not new:
        return False
    row = next((one for one in before if one.state == Proposal.State.OPEN), None)
    row = row or Proposal(ticket=ticket, type=type, found_at=at)
    row.reasons = [*row.reasons, *new]
    row.whys = "".join(f" {reason['why']}" for reason in row.reasons) + " "
    row.save()
    record(
        ticket,
        Kind.PROPOSED,
        by=User.objects.system(),
        changes={"proposed_type": type},
        at=at,
        public=False,
        origin=Ticket.Origin.DESK,
        type=type,
        proposal=row.pk,
        reasons=new,
    )
    return True


def _find(ticket: Ticket, pk: int) -> Proposal:
    found = ticket.proposals.filter(pk=pk, state=Proposal.State.OPEN).first()
    if found is None:
        raise Refused(_("Somebody decided about this meanwhile."))
    return found


def _settle_by_type(ticket: Ticket, event: Event) -> None:
    """Whoever sets the type has decided about what was proposed: about that type, and what no longer fits."""
    if not ticket.proposed_type:
        return
    for row in ticket.proposals.filter(state=Proposal.State.OPEN):
        accepted = row.type == ticket.type
        if accepted or not proposing.fits(ticket, row.type):
            _settle(ticket, row, accepted=accepted, by=event.actor, at=event.occurred_at)


def _settle(ticket: Ticket, row: Proposal, *, accepted: bool, by: User, at: datetime) -> None:
    row.state = Proposal.State.ACCEPTED if accepted else Proposal.State.DISMISSED
    row.settled_by, row.settled_at = by, at
    row.save(update_fields=["state", "settled_by", "settled_at"])
    left = ticket.proposals.filter(state=Proposal.State.OPEN).order_by("-pk").first()
    record(
        ticket,
        Kind.PROPOSAL_SETTLED,
        by=by,
        changes={"proposed_type": left.type if left else ""},
        at=at,
        public=False,
        origin=Ticket.Origin.DESK,
        type=row.type,
        proposal=row.pk,
        accepted=accepted,
    )
