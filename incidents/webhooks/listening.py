"""Which endpoints hear of an event. They are kept in the process under the mark of the rulebook, which nearly every act
on a ticket reads anyway: without an endpoint an event costs nothing, and a changed one counts at once everywhere."""

from dataclasses import dataclass

from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from incidents.webhooks.models import Endpoint
from incidents.workflow import rulebook

INTERNAL_KINDS = frozenset(
    {
        Kind.NOTED, Kind.LINKED, Kind.UNLINKED, Kind.ARTICLE_DRAFTED, Kind.OFFERED, Kind.RATED, Kind.ANSWERED,
        Kind.TAGGED, Kind.MERGED, Kind.UNMERGED, Kind.FORWARDED, Kind.SPLIT, Kind.CHECKLIST_CHANGED,
        Kind.HYPOTHESIS_CHANGED, Kind.TIME_SPENT, Kind.TARGET_WARNED, Kind.TARGET_MISSED, Kind.CLOSING_CALLED_OFF,
        Kind.ESCALATED, Kind.ERASED, Kind.PROPOSED, Kind.PROPOSAL_SETTLED,
        Kind.UNDELIVERED,
    }
)  # fmt: skip
"""Never public: whoever chooses one must choose internal events, too. What is sent is decided by each event itself."""


@dataclass(frozen=True)
class Listener:
    """An endpoint in use, as far as it decides what it hears."""

    pk: int
    kinds: frozenset[str]
    is_internal: bool
    team: int | None
    category: int | None

    def hears(self, event: Event) -> bool:
        """Asked when the event is written, and again when it is sent: endpoints and tickets change meanwhile."""
        if event.kind not in self.kinds or not (self.is_internal or is_public(event)):
            return False
        ticket = event.ticket
        return self._hears_of(ticket) and (self.category is None or ticket.category_id in _below(self.category))  # fmt: skip

    def _hears_of(self, ticket: Ticket) -> bool:
        """What few people see is told to no machine, unless it was set up for just that team."""
        if ticket.is_confined:
            return False
        if self.team is not None:
            return ticket.team_id == self.team
        return ticket.team is None or not ticket.team.is_private


def is_public(event: Event) -> bool:
    return event.is_public and event.kind not in INTERNAL_KINDS


def listener(endpoint: Endpoint) -> Listener:
    return Listener(
        endpoint.pk, frozenset(endpoint.kinds), endpoint.is_internal, endpoint.team_id, endpoint.category_id
    )  # fmt: skip


def _read() -> tuple[Listener, ...]:
    return tuple(map(listener, Endpoint.objects.filter(is_active=True)))


listeners = rulebook.Beside(_read).current
"""All endpoints in use."""


def renew() -> None:
    """Let every process read the endpoints anew. To be called in the transaction that changes one."""
    rulebook.renew()


def _below(category: int) -> set[int]:
    tree = Tree.load()
    return tree.subtree(tree.by_pk[category])
