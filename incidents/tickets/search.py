"""Search over tickets, for those who see them as staff. Raw SQL is allowed here: see `knowledge.search.engine`.

One document a ticket: its title and all that was written on it, notes too. So it is only ever asked together with
`Ticket.objects.seen_as_staff_by(user)`, inside the same query. It grows with the log: an event that carries text adds
it in one statement.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left, RowNumber

from incidents.tickets.kinds import WITH_MESSAGE, Kind
from incidents.tickets.models import Event, Message, Ticket, TicketQuerySet
from knowledge.search import engine, excerpts, query
from knowledge.search.query import Word

LONGEST = 60_000
"""Characters of a ticket's conversation that can be found; its title always can."""

MOST_WORDS = 10
RANKED = engine.COUNTED + 1
"""So many matches are ranked, the newest: of a word that stands in every ticket nobody reads the others."""

NEWEST, WIDEST = 10_000, 100_000
"""So many newest tickets are read through before the index is asked for the others (PostgreSQL)."""

FEW = 20
"""More matches than these among the newest: there are others soon before them."""

MESSAGES_READ = 5
CHARACTERS_READ = 4_000
CHUNK = 2_000
MOST_OF_ANSWERS = 20_000
"""Characters of a ticket's answers that can be found; the conversation has the rest of the room."""
NUMBER = re.compile(r"\s*(?:inc[-\s]?)?([1-9][0-9]{0,14})\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Hit:
    """A ticket, its title and a piece of what was written on it; matches stand between \\x02 and \\x03."""

    ticket: Ticket
    title: str
    snippet: str


@dataclass(frozen=True)
class Results:
    hits: tuple[Hit, ...] = ()
    total: int = 0

    @property
    def total_label(self) -> str:
        return engine.counted(self.total)


# What is in the index -----------------------------------------------------------------------------------

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
            engine.run(f"DELETE FROM ticket_document WHERE rowid IN ({marks})", chunk)
            engine.run(
                f"""
                INSERT INTO ticket_document (rowid, title, text)
                SELECT t.id, t.title, substr(coalesce({_ANSWERS_ON_SQLITE} || ' ', '') || coalesce((
                  SELECT group_concat(body, ' ') FROM (
                    SELECT body FROM tickets_message WHERE ticket_id = t.id ORDER BY id)), ''), 1, %s)
                FROM tickets_ticket t WHERE t.id IN ({marks})""",
                [LONGEST, *chunk],
            )


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


# Looking for it -----------------------------------------------------------------------------------------------


def find(words: str, *, user: Any, limit: int = 50) -> Results:
    """Tickets that have all of the words, best first, of equal ones the newest; a ticket's own number before all.

    The last word may be half typed. Only for those who see tickets as staff: nobody else finds anything.
    """
    seen = Ticket.objects.seen_as_staff_by(user)
    sought = query.parse(words)[:MOST_WORDS]
    if engine.keys_of(seen) is None or not sought:
        return Results()
    keys = _by_number(words, seen)
    matching = _newest_on_postgres if engine.on_postgres() else _newest_on_sqlite
    keys += [key for key in matching(sought, seen) if key not in keys]
    return Results(_shown(keys[:limit], sought, seen), len(keys))


def narrow(tickets: TicketQuerySet, words: str) -> TicketQuerySet:
    """Those of the tickets that have all of the words, or have the number that was typed; in the tickets' own order.

    The planner chooses: of a rare word the index gives the tickets, of a frequent one the list is walked until a page
    is full. Only for tickets that a person sees as staff, since a document holds notes, too.
    """
    sought = query.parse(words)[:MOST_WORDS]
    if not sought:
        return tickets.none()
    if engine.on_postgres():
        match = " && ".join(["to_tsquery('english', %s)"] * len(sought))
        sql = f"SELECT ticket_id FROM ticket_document WHERE vector @@ ({match})"
        params: list[Any] = [query.for_tsquery(word) for word in sought]
    else:
        sql = "SELECT rowid FROM ticket_document WHERE ticket_document MATCH %s"
        params = [query.for_fts5(sought)]
    if number := NUMBER.fullmatch(words):
        sql += " UNION ALL SELECT id FROM tickets_ticket WHERE number = %s"
        params.append(int(number[1]))
    return tickets.filter(pk__in=RawSQL(sql, params))  # noqa: S611 (constants, and bound words)


def _by_number(words: str, seen: TicketQuerySet) -> list[int]:
    number = NUMBER.fullmatch(words)
    if not number:
        return []
    return list(seen.filter(number=int(number[1])).values_list("pk", flat=True))


def _newest_on_postgres(words: Sequence[Word], seen: TicketQuerySet) -> list[int]:
    """The newest matches, ranked.

    The planner knows neither how words go together nor how old their tickets are: left alone it walks through a
    million documents from the newest on for two words that never meet. So a few newest documents are read first, and
    how many matches they have tells how to look for the rest.
    """
    ((newest,),) = engine.rows("SELECT coalesce(max(ticket_id), 0) FROM ticket_document")
    found = _ranked(words, seen, newest - NEWEST, reading=True)
    if len(found) == RANKED or newest <= NEWEST:
        return found
    window = NEWEST * RANKED * 3 // (2 * len(found) or 1)
    if window <= WIDEST:
        found = _ranked(words, seen, newest - window, reading=True)
    return found if len(found) == RANKED else _ranked(words, seen, 0, walking=len(found) > FEW)


def _ranked(
    words: Sequence[Word],
    seen: TicketQuerySet,
    after: int,
    *,
    reading: bool = False,
    walking: bool = False,
) -> list[int]:
    """The newest matches after this ticket, ranked.

    Reading goes through all of those documents without the index. Otherwise the index gives all matches first, unless
    the planner is free to walk from the newest on until there are enough.
    """
    allowed, params = engine.keys_of(seen.filter(pk__gt=after)) or ("", ())
    sought = " && ".join(["to_tsquery('english', %s)"] * len(words))
    expressions = [query.for_tsquery(word) for word in words]
    fence_before = "OFFSET 0" if reading else ""
    fence_after = "" if reading or walking else "OFFSET 0"
    found = engine.rows(
        f"""
        SELECT ticket_id FROM (
          SELECT ticket_id, vector FROM (
            SELECT ticket_id, vector FROM (
              SELECT ticket_id, vector FROM ticket_document WHERE ticket_id > %s {fence_before}
            ) AS asked WHERE vector @@ ({sought}) AND ticket_id IN ({allowed}) {fence_after}
          ) AS matching ORDER BY ticket_id DESC LIMIT {RANKED}
        ) AS newest ORDER BY round(ts_rank(vector, {sought})::numeric, 1) DESC, ticket_id DESC""",
        [after, *expressions, *params, *expressions],
    )
    return [key for (key,) in found]


def _newest_on_sqlite(words: Sequence[Word], seen: TicketQuerySet) -> list[int]:
    """The newest matches, those with all words in the title first."""
    allowed, params = engine.keys_of(seen) or ("", ())
    sought = query.for_fts5(words)
    # `EXISTS` asks of each match whether it is seen; `IN` would first gather all tickets that the person sees.
    found = engine.rows(
        f"""
        SELECT ticket FROM (
          SELECT rowid AS ticket FROM ticket_document
          WHERE ticket_document MATCH %s
          AND EXISTS (SELECT 1 FROM ({allowed}) AS seen WHERE seen.pk = ticket_document.rowid)
          ORDER BY rowid DESC LIMIT {RANKED}
        ) AS newest
        ORDER BY ticket IN (SELECT rowid FROM ticket_document WHERE ticket_document MATCH %s) DESC, ticket DESC""",
        [sought, *params, f"title : ({sought})"],
    )
    return [key for (key,) in found]


# What is shown of it --------------------------------------------------------------------------------------------


def _shown(keys: Sequence[int], words: Sequence[Word], seen: TicketQuerySet) -> tuple[Hit, ...]:
    tickets = seen.for_queue_table().in_bulk(keys)
    said = _said(keys, words, seen)
    return tuple(
        Hit(tickets[key], excerpts.highlight(tickets[key].title, words), said.get(key, ""))
        for key in keys
        if key in tickets
    )


def _said(keys: Sequence[int], words: Sequence[Word], seen: TicketQuerySet) -> dict[int, str]:
    """What was written on each ticket about these words: whoever sees a ticket as staff reads all of its messages."""
    pieces = {excerpts.stem(token).rstrip("i") for word in words for token in word.tokens}
    about = reduce(or_, (Q(body__icontains=piece) for piece in sorted(pieces)))
    messages = (
        Message.objects.filter(about, ticket__in=seen.filter(pk__in=keys))
        .annotate(nth=Window(RowNumber(), partition_by=F("ticket"), order_by=F("pk").desc()))
        .filter(nth__lte=MESSAGES_READ)
        .values_list("ticket", Left("body", CHARACTERS_READ))
    )
    said: dict[int, str] = {}
    for ticket, body in messages:
        piece = excerpts.snippet(body, words)
        if piece.count(excerpts.START) > said.get(ticket, "").count(excerpts.START):
            said[ticket] = piece
    return said
