"""Where `incidents.reactions` hangs itself in: this app knows that something follows an event, not what."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from incidents.tickets.models import Event

Reaction = Callable[["Event"], None]
_reactions: list[Reaction] = []


def register(reaction: Reaction) -> None:
    """Call `reaction` for every event, inside the transaction that writes it."""
    if reaction not in _reactions:
        _reactions.append(reaction)


def react(event: "Event") -> None:
    for reaction in _reactions:
        reaction(event)
