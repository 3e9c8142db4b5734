"""Proposals of another type as one reader sees them, with the tickets that speak for them; and what came again and again."""

from dataclasses import dataclass

from accounts import kept
from accounts.models import User
from incidents.tickets import proposing
from incidents.tickets.models import Proposal, Ticket
from incidents.workflow import rulebook

MOST_SHOWN = 5
"""Tickets alike."""


@dataclass(frozen=True)
class Proposed:
    """One proposal: what it would become, why, and earlier tickets that this reader sees."""

    pk: int
    label: str
    description: str
    reasons: list[str]
    alike: list[Ticket]


def proposed(ticket: Ticket, reader: User) -> list[Proposed]:
    """The open ones; nothing where the type can't change any more."""
    if not ticket.proposed_type or ticket.is_closed or ticket.merged_into_id:
        return []
    rows = kept.instances(
        "open proposals",
        lambda: Proposal.objects.filter(ticket=kept.Hole("ticket"), state=Proposal.State.OPEN),
        ticket=ticket.pk,
    )
    numbers = {number for row in rows for one in row.reasons for number in one.get("tickets", ())}
    seen = (
        Ticket.objects.seen_as_staff_by(reader).filter(number__in=sorted(numbers))
        if numbers
        else ()
    )
    by_number = {one.number: one for one in seen}
    return [_proposed(row, by_number) for row in rows]


def _proposed(row: Proposal, seen: dict[int, Ticket]) -> Proposed:
    named = [number for one in row.reasons for number in one.get("tickets", ())]
    rules = rulebook.type(row.type)
    return Proposed(
        row.pk,
        rules.label,
        rules.description,
        [proposing.in_words(one) for one in row.reasons],
        [seen[number] for number in named if number in seen][:MOST_SHOWN],
    )
