"""How many tickets an article solved: counted on the article, as the log tells it."""

from collections.abc import Iterable

from incidents.tickets.models import Event, Ticket
from knowledge import actions as knowledge


def count(event: Event) -> None:
    """Count the article that a ticket was resolved with, and no longer the one before."""
    now, before = event.data.get("set", {}), event.data.get("was", {})
    if "solved_with_id" not in now:
        return
    changed = {now["solved_with_id"], before.get("solved_with_id")} - {None}
    if len(changed) == 1 and now["solved_with_id"] == before.get("solved_with_id"):
        return
    for key in sorted(changed):
        knowledge.count_solved(key, 1 if key == now["solved_with_id"] else -1)


def recount(articles: Iterable[int | None]) -> None:
    """Set the counts of these articles to what the tickets say."""
    for key in sorted({one for one in articles if one}):
        knowledge.set_solved(key, Ticket.objects.filter(solved_with=key).count())
