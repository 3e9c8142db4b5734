"""What is in the index of tickets: one document a ticket, its title and all that was written on it, notes too.

It grows with the log: an event that carries text adds it in one statement. Raw SQL: see `knowledge.search.engine`.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import sqlite3
from collections.abc import Iterable

from incidents.tickets.kinds import WITH_MESSAGE, Kind
from incidents.tickets.models import Event, Ticket
from knowledge.search import engine

LONGEST = 60_000
"""Characters of a ticket's conversation that can be found; its title always can."""

CHUNK = 2_000
MOST_OF_ANSWERS = 20_000
"""Characters of a ticket's answers that can be found; the conversation has the rest of the room."""

_FOLDED = r"""regexp_replace(
  CASE WHEN octet_length({0}) = char_length({0}) THEN {0}
  ELSE regexp_replace(normalize({0}, NFKD), '[\u0300-\u036f]+', '', 'g') END,
  '[!-/:-@\[-`{{-~\u00a0-\u00bf\u2000-\u206f]+', ' ', 'g')"""
"""As `query.fold`, and only words and blanks: PostgreSQL's parser would take `a@b.c`, paths and tags as single things."""

_TITLE = f"setweight(to_tsvector('english', {_FOLDED.format('t.title')}), 'A')"
_ANSWERS_ON_POSTGRES = f"""(
  SELECT left(string_agg(value #>> '{{}}', ' '), {MOST_OF_ANSWERS})
  FROM tickets_answers a, jsonb_path_query(a.given, 'strict $.**') AS value
  WHERE a.ticket_id = t.id AND jsonb_typeof(value) = 'string'
)"""
_ANSWERS_ON_SQLITE = f"""(
  SELECT substr(group_concat(value, ' '), 1, {MOST_OF_ANSWERS}) FROM tickets_answers a, json_tree(a.given)
  WHERE a.ticket_id = t.id AND json_tree.type = 'text'
)"""
"""What was answered in words: texts and choices. People and services stand there by their keys."""

_TEXT = f"to_tsvector('english', {_FOLDED.format('m.body')})"


def index(event: Event) -> None:
    """Put what an event says into its ticket's document, in the event's transaction."""
    if event.kind == Kind.FILED:
        bulk_index([event.ticket_id])
    elif event.kind == Kind.ANSWERED:
        bulk_index([event.ticket_id])  # what is answered no longer is found no longer
    elif event.kind == Kind.RETITLED:
        _retitle(event.ticket_id)
    elif event.kind in WITH_MESSAGE and "message" in event.data:
        _extend(event.ticket_id, event.data["message"])


def bulk_index(ticket_ids: Iterable[int]) -> None:
    """Make the documents of these tickets from what is on them now."""
    keys = list(ticket_ids)
    for at in range(0, len(keys), CHUNK):
        chunk = keys[at : at + CHUNK]
        marks = engine.marks(chunk)
        if engine.on_postgres():
            engine.run(
                f"""
                INSERT INTO ticket_document (ticket_id, size, vector)
                SELECT t.id, char_length(m.body), {_TITLE} || {_TEXT} FROM tickets_ticket t CROSS JOIN LATERAL (
                  SELECT left(concat_ws(' ', {_ANSWERS_ON_POSTGRES}, string_agg(left(body, %s), ' ' ORDER BY id)), %s)
                  AS body FROM tickets_message WHERE ticket_id = t.id
                ) m WHERE t.id IN ({marks})
                ON CONFLICT (ticket_id) DO UPDATE SET size = excluded.size, vector = excluded.vector""",
                [LONGEST, LONGEST, *chunk],
            )
        else:
            engine.run(
                f"""
                INSERT OR REPLACE INTO ticket_document (rowid, title, text)
                SELECT t.id, t.title, substr(coalesce({_ANSWERS_ON_SQLITE} || ' ', '') || coalesce((
                  SELECT group_concat(body, ' ') FROM (
                    SELECT body FROM tickets_message WHERE ticket_id = t.id ORDER BY id)), ''), 1, %s)
                FROM tickets_ticket t WHERE t.id IN ({marks})""",
                [LONGEST, *chunk],
            )


def purge(ticket_ids: Iterable[int]) -> None:
    """Make the documents anew, and let nothing of the old ones stay behind in the index.

    FTS5 leaves what was deleted in its segments until they are merged, unless it is told not to; the wish stays with
    the index. SQLite from 3.42 on knows it; with an older one `forget_deleted` does it.
    """
    if not engine.on_postgres() and sqlite3.sqlite_version_info >= (3, 42):
        engine.run(
            "INSERT INTO ticket_document (ticket_document, rank) VALUES ('secure-delete', 1)"
        )
    bulk_index(ticket_ids)


def forget_deleted() -> None:
    """Merge the index, so that nothing is left in it of what was deleted at any time. PostgreSQL's vacuum does the same."""
    if not engine.on_postgres():
        engine.run("INSERT INTO ticket_document (ticket_document) VALUES ('optimize')")


def reindex() -> int:
    """Make all documents anew, a chunk at a time, while search goes on; how many there are."""
    count, last = 0, 0
    tickets = Ticket.objects.order_by("pk").values_list("pk", flat=True)
    while chunk := list(tickets.filter(pk__gt=last)[:CHUNK]):
        bulk_index(chunk)
        count, last = count + len(chunk), chunk[-1]
    name = "ticket_id" if engine.on_postgres() else "rowid"
    engine.run(
        f"DELETE FROM ticket_document WHERE NOT EXISTS (SELECT 1 FROM tickets_ticket t WHERE t.id = ticket_document.{name})"
    )
    return count


def _retitle(ticket: int) -> None:
    if engine.on_postgres():
        engine.run(
            f"""
            UPDATE ticket_document AS d SET vector = {_TITLE} || ts_filter(d.vector, '{{b,c,d}}')
            FROM tickets_ticket t WHERE t.id = d.ticket_id AND d.ticket_id = %s""",
            [ticket],
        )
    else:
        engine.run(
            "UPDATE ticket_document SET title = (SELECT title FROM tickets_ticket WHERE id = %s) WHERE rowid = %s",
            [ticket, ticket],
        )


def _extend(ticket: int, message: int) -> None:
    """Add a message, as much of it as there is room for."""
    if engine.on_postgres():
        changed = engine.run(
            f"""
            UPDATE ticket_document AS d SET size = d.size + char_length(m.body), vector = d.vector || {_TEXT}
            FROM (
              SELECT left(said.body, greatest(%s - room.size, 0)) AS body
              FROM tickets_message said JOIN ticket_document room USING (ticket_id) WHERE said.id = %s
            ) m WHERE d.ticket_id = %s""",
            [LONGEST, message, ticket],
        )
    else:
        changed = engine.run(
            """
            UPDATE ticket_document SET text = text || ' ' || (
              SELECT substr(body, 1, max(%s - length(text), 0)) FROM tickets_message WHERE id = %s
            ) WHERE rowid = %s""",
            [LONGEST, message, ticket],
        )
    if not changed:
        bulk_index([ticket])
