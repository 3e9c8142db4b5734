"""Search over tickets, for those who see them as staff. Raw SQL is allowed here: see `knowledge.search.engine`.

One document a ticket, notes included. So it is only ever asked together with `Ticket.objects.seen_as_staff_by(user)`,
inside the same query. `documents` keeps the index, `finding` asks it.
"""

from incidents.tickets.search.documents import bulk_index, forget_deleted, index, purge, reindex
from incidents.tickets.search.finding import Hit, Place, Question, Results, find, narrow

__all__ = [
    "Hit",
    "Place",
    "Question",
    "Results",
    "bulk_index",
    "find",
    "forget_deleted",
    "index",
    "narrow",
    "purge",
    "reindex",
]
