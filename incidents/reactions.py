"""What follows an event, in order. The one list: nothing else listens to the log, or to what happens to articles.

All of it runs inside the transaction that writes the event, so a change that is rolled back tells nobody and one
that is committed can't be forgotten. The database itself wakes the live stream when the transaction commits.
"""

from incidents.escalation import ticks as escalation
from incidents.live import wake
from incidents.notify import outbox
from incidents.sla import reckoning
from incidents.tickets import search, solved
from incidents.tickets.actions import proposals, required
from incidents.tickets.actions.desk_read import note_own_acts
from incidents.tickets.actions.give_out import give_out
from incidents.tickets.actions.read import note_readers
from incidents.tickets.models import Event
from incidents.webhooks import outbox as webhooks
from knowledge.hooks import Happening


def react(event: Event) -> None:
    give_out(event)  # first: who gets it hears of that, and the team need not
    required.follow(event)
    proposals.notice(event)
    reckoning.follow(event)
    search.index(event)
    note_readers(event)
    note_own_acts(event)
    solved.count(event)
    escalation.follow(event)
    outbox.enqueue(event)
    webhooks.enqueue(event)
    wake.publish(event)


def react_to_news(happening: Happening) -> None:
    """What follows something that happened to an article, inside the transaction that does it."""
    outbox.enqueue_news(happening)
