"""Hypotheses about the cause: stated, ruled out or confirmed, with what speaks for it. Only staff ever read them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from incidents.tickets import evidence, policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Hypothesis, Ticket

LONGEST = 300
MOST = 30
MOST_EVIDENCE = 20
"""Links to one hypothesis."""


@transaction.atomic
def state_hypothesis(
    ticket: Ticket, text: str, *, by: User, at: datetime | None = None
) -> Hypothesis:
    """Say what might be the cause. Also of a closed ticket: causes are often found later.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: there is no text, it is too long, or there are too many.
    """
    ticket = _of(ticket, by)
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        raise InvalidInput(_("Write down what might be the cause."), field="text")
    if len(text) > LONGEST:
        raise InvalidInput(
            _("Keep a hypothesis under %(most)d characters.") % {"most": LONGEST + 1}, field="text"
        )
    if ticket.hypotheses.count() >= MOST:
        raise InvalidInput(
            _("A ticket takes up to %(most)d hypotheses.") % {"most": MOST}, field="text"
        )
    moment = at or timezone.now()
    stated = Hypothesis.objects.create(ticket=ticket, text=text, stated_by=by, stated_at=moment)
    _record(ticket, "stated", by=by, at=moment, hypothesis=stated.pk)
    return stated


@transaction.atomic
def settle_hypothesis(
    ticket: Ticket, hypothesis: int, *, to: str, by: User, at: datetime | None = None
) -> Hypothesis:
    """Rule it out, confirm it, or open it again. What it is already changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: there is no such state.
        Refused: the ticket has no such hypothesis.
    """
    ticket = _of(ticket, by)
    found = _find(ticket, hypothesis)
    if to not in Hypothesis.State.values:
        raise InvalidInput(_("Choose open, ruled out or confirmed."), field="to")
    if found.state == to:
        return found
    found.state = to
    settled = to != Hypothesis.State.OPEN
    found.settled_by, found.settled_at = (by, at or timezone.now()) if settled else (None, None)
    found.save(update_fields=["state", "settled_by", "settled_at"])
    _record(ticket, str(to), by=by, at=at, hypothesis=found.pk)
    return found


@transaction.atomic
def add_evidence(
    ticket: Ticket, hypothesis: int, *, url: str, label: str = "", by: User, at: datetime | None = None
) -> Hypothesis:  # fmt: skip
    """Tie a link to a hypothesis. The same address again changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: the address is none that may be linked, or there are too many.
        Refused: the ticket has no such hypothesis.
    """
    ticket = _of(ticket, by)
    found = _find(ticket, hypothesis)
    link = evidence.tidy(url, label)
    if link["url"] in {one["url"] for one in found.evidence}:
        return found
    if len(found.evidence) >= MOST_EVIDENCE:
        raise InvalidInput(
            _("A hypothesis takes up to %(most)d links.") % {"most": MOST_EVIDENCE}, field="url"
        )
    found.evidence = [*found.evidence, link]
    found.save(update_fields=["evidence"])
    _record(ticket, "evidence", by=by, at=at, hypothesis=found.pk)
    return found


@transaction.atomic
def remove_evidence(
    ticket: Ticket, hypothesis: int, *, url: str, by: User, at: datetime | None = None
) -> Hypothesis:
    """Take a wrong link off a hypothesis. One that it does not have changes and records nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        Refused: the ticket has no such hypothesis.
    """
    ticket = _of(ticket, by)
    found = _find(ticket, hypothesis)
    left = [one for one in found.evidence if one["url"] != url]
    if left == found.evidence:
        return found
    found.evidence = left
    found.save(update_fields=["evidence"])
    _record(ticket, "evidence_removed", by=by, at=at, hypothesis=found.pk)
    return found


def _of(ticket: Ticket, by: User) -> Ticket:
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not change these hypotheses."))
    return ticket


def _find(ticket: Ticket, hypothesis: int) -> Hypothesis:
    found = ticket.hypotheses.filter(pk=hypothesis).first()
    if found is None:
        raise Refused(_("This ticket has no such hypothesis."))
    return found


def _record(ticket: Ticket, what: str, *, by: User, at: datetime | None, **data: Any) -> None:
    record(
        ticket, Kind.HYPOTHESIS_CHANGED, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
        what=what, **data,
    )  # fmt: skip
