"""The chains as values, kept in the process under the mark of the rulebook, which any act reads anyway."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidents.escalation.models import Book, Chain, ChainStep, new_key
from incidents.escalation.windows import Window, first_instant
from incidents.sla import rules as sla
from incidents.sla.calendar import moment_of, seconds_of
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook


@dataclass(frozen=True)
class StepRule:
    """One step; `number` is how people count it."""

    key: str
    number: int
    after: int
    basis: str
    deed: str
    person: int | None = None
    tells_assignee: bool = False
    tells_leads: bool = False
    team: int | None = None
    priority: int | None = None
    level: int | None = None

    def raises_to(self, priority: int) -> int | None:
        """What raising makes of this priority; nothing where that is as urgent already."""
        if self.deed != ChainStep.Deed.RAISE:
            return None
        to = self.priority or priority - 1
        return to if 1 <= to < priority else None


@dataclass(frozen=True)
class ChainRule:
    """A chain with everything that decides whether it is a ticket's."""

    pk: int
    name: str
    version: int
    steps: tuple[StepRule, ...]
    category: int | None = None
    service: int | None = None
    type: str | None = None
    team: int | None = None
    least_priority: int | None = None
    when: str = ""
    when_calendar: int | None = None
    calendar: int | None = None
    since: datetime | None = None
    """Tickets that were filed earlier have no part in it."""

    def fits(self, ticket: Ticket, below: Callable[[int], frozenset[int]]) -> bool:
        """Is it for this ticket, at some time? `below` gives a category's key with those of all below it."""
        asked = (
            (self.service, ticket.service_id),
            (self.type, ticket.type),
            (self.team, ticket.team_id),
        )
        if any(wanted is not None and wanted != found for wanted, found in asked):
            return False
        if self.least_priority is not None and ticket.priority > self.least_priority:
            return False
        if self.since is not None and ticket.created_at < self.since:
            return False
        return self.category is None or ticket.category_id in below(self.category)


@dataclass(frozen=True)
class Turn:
    """A chain that is a ticket's in its own window, as far as no chain before it has that time."""

    chain: ChainRule
    own: Window | None = None
    before: tuple[Window, ...] = ()

    @property
    def is_always(self) -> bool:
        return self.own is None and not self.before

    def first(self, at: datetime) -> datetime | None:
        """The first moment from this one on at which it is the ticket's."""
        found = first_instant(seconds_of(at), self.own, self.before)
        return None if found is None else max(at, moment_of(found))


@dataclass(frozen=True)
class Rules:
    """All chains in use, in order."""

    chains: tuple[ChainRule, ...]

    def of(self, ticket: Ticket, at: datetime) -> ChainRule | None:
        """The chain of this ticket at this moment."""
        return next((one.chain for one in self.turns(ticket) if one.first(at) == at), None)

    def turns(self, ticket: Ticket) -> list[Turn]:
        """The chains of this ticket, each at its times, in order: up to the first that is so at any time."""
        found: list[Turn] = []
        before: list[Window] = []
        for chain in self._fitting(ticket):
            if not chain.when:
                return [*found, Turn(chain, None, tuple(before))]
            hours = sla.current().hours.get(chain.when_calendar or 0)
            if hours is not None:
                own = Window(hours, is_outside=chain.when == Chain.When.OUTSIDE)
                found.append(Turn(chain, own, tuple(before)))
                before.append(own)
        return found

    def _fitting(self, ticket: Ticket) -> Iterator[ChainRule]:
        tree: list[Tree] = []

        def below(category: int) -> frozenset[int]:
            if not tree:  # asked only where a chain is for a category
                tree.append(Tree.load())
            return frozenset(tree[0].subtree(tree[0].by_pk[category]))

        return (chain for chain in self.chains if chain.fits(ticket, below))


def _read() -> Rules:
    return Rules(tuple(chain_rule(chain) for chain in _chains()))


current = rulebook.Beside(_read).current
"""What holds now."""


def renew() -> None:
    """Called in the transaction that changes a chain: everybody reads them anew, and every open ticket is planned anew."""
    Book.now()
    Book.objects.filter(pk=1).update(mark=new_key())
    rulebook.renew()


def chain_rule(chain: Chain) -> ChainRule:
    return ChainRule(
        chain.pk,
        chain.name,
        chain.version,
        tuple(step_rule(step, number) for number, step in enumerate(chain.steps.all(), start=1)),
        category=chain.category_id,
        service=chain.service_id,
        type=chain.type.slug if chain.type else None,
        team=chain.team_id,
        least_priority=chain.least_priority,
        when=chain.when,
        when_calendar=chain.when_calendar_id,
        calendar=chain.calendar_id,
        since=None if chain.reaches_back else chain.made_at,
    )


def step_rule(step: ChainStep, number: int) -> StepRule:
    return StepRule(
        step.key, number, step.after, step.basis, step.deed, step.person_id,
        step.tells_assignee, step.tells_leads, step.team_id, step.priority, step.level_id,
    )  # fmt: skip


def _chains() -> list[Chain]:
    in_use = Chain.objects.filter(is_active=True).select_related("type")
    return list(in_use.prefetch_related("steps"))


def by_key(chain: ChainRule) -> Mapping[str, StepRule]:
    return {step.key: step for step in chain.steps}
