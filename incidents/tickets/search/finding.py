"""Looking for tickets. Two statements, whatever is asked: the tickets with all that a list shows, and what was said."""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime

from accounts import formats
from incidents.tickets import numbers
from incidents.tickets.models import Ticket, TicketQuerySet
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority
from knowledge.search import engine, excerpts, query, stems
from knowledge.search.engine import Sql
from knowledge.search.query import Word

MOST_WORDS = 10
COUNTED = 501
"""So many matches are taken, the newest: of a word that stands in every ticket nobody reads the others."""

RANKED = 100
"""So many of them, the newest, are put in order by how well they fit; older ones follow by age."""

NEWEST, WIDEST = 10_000, 100_000
"""So many newest tickets are read through before the index is asked for the others (PostgreSQL)."""

READ_FROM = 300_000
"""With fewer tickets than these the index alone is faster than reading the newest first."""

FEW = 20
"""More matches than these among the newest: there are others soon before them."""

MESSAGES_READ = 2
AROUND = 400
"""Characters before and behind a word that an excerpt is made from."""

NUMBER = re.compile(r"\s*(?:inc[-\s]?)?([1-9][0-9]{0,14})\s*", re.IGNORECASE)
OWN_NUMBER = 2
"""Ranks of the index are at most one."""

Place = tuple[float, int]
"""The rank and key of a ticket: where a page ends."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """What must stand on a ticket, what must not, and which tickets are meant at all (`among`)."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    among: Q = field(default_factory=Q)

    @property
    def is_empty(self) -> bool:
        return not (self.words.strip() or self.phrases or self.without or self.among)


@dataclass(frozen=True)
class Hit:
    """A ticket as a list shows it; in title and snippet matches stand between \\x02 and \\x03."""

    pk: int
    number: int
    title: str
    type: str
    status: str
    step: str
    priority: int
    updated_at: datetime
    is_confined: bool
    team: str
    requester: str
    snippet: str = ""

    @property
    def ref(self) -> str:
        return numbers.show(self.number)

    def get_status_display(self) -> str:
        return rulebook.standing(self.type, self.status, self.step).label

    def get_priority_display(self) -> str:
        return str(Priority(self.priority).label)

    __getitem__ = object.__getattribute__  # templates ask for items first


@dataclass(frozen=True)
class Results:
    hits: tuple[Hit, ...] = ()
    total: int = 0
    more: Place | None = None
    """Where the next page begins."""

    @property
    def total_label(self) -> str:
        return formats.capped(self.total, COUNTED - 1)


@dataclass(frozen=True)
class Sought:
    """The text that is asked for, in words."""

    words: tuple[Word, ...]
    phrases: tuple[Word, ...]
    without: tuple[Word, ...]

    @classmethod
    def of(cls, question: Question) -> "Sought":
        return cls(
            query.parse(question.words)[:MOST_WORDS],
            _phrases(question.phrases),
            _phrases(question.without),
        )

    @property
    def wanted(self) -> tuple[Word, ...]:
        return self.words + self.phrases

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.without)


def _phrases(texts: Sequence[str]) -> tuple[Word, ...]:
    found = [tuple(query.tokens(text)[:MOST_WORDS]) for text in texts[:MOST_WORDS]]
    return tuple(Word(tokens, is_phrase=True) for tokens in found if tokens)


def find(
    asked: str | Question, *, user: Any, limit: int = 50, after: Place | None = None, snippets: bool = True
) -> Results:  # fmt: skip
    """Tickets that have all of the words, best first, of equal ones the newest; a ticket's own number before all.

    The last word may be half typed. Only for those who see tickets as staff: nobody else finds anything.
    """
    question = Question(asked) if isinstance(asked, str) else asked
    seen = Ticket.objects.seen_as_staff_by(user)
    if question.among:
        seen = seen.filter(question.among)
    sought = Sought.of(question)
    allowed = engine.keys_of(seen)
    if allowed is None or question.is_empty or not (sought or question.among):
        return Results()
    found = _matches(sought, seen, after, limit + 1)
    if not after and (number := NUMBER.fullmatch(question.words)):
        found = _with_own_number(int(number[1]), allowed, found)
    total = found[0][2] if found else 0
    shown = found[:limit]
    more = (float(shown[-1][1]), int(shown[-1][0])) if len(found) > limit else None
    return Results(_hits(shown, sought.wanted, snippets=snippets), total, more)


def narrow(tickets: TicketQuerySet, words: str, *, words_first: bool = False) -> TicketQuerySet:
    """Those of the tickets that have all of the words, or have the number that was typed; in the tickets' own order.

    The planner chooses: of a rare word the index gives the tickets, of a frequent one the list is walked until a page
    is full. With `words_first` it may not walk: of a million settled tickets a word that few have would be looked for
    in each of them (6.8 s). Only for tickets that a person sees as staff, since a document holds notes, too.
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
    if words_first and engine.on_postgres():
        sql = f"SELECT * FROM ({sql}) found OFFSET 0"
    return tickets.filter(pk__in=RawSQL(sql, params))  # noqa: S611 (constants, and bound words)


def _with_own_number(number: int, allowed: Sql, found: list[Row]) -> list[Row]:
    keys, params = allowed
    own = _listed(
        (
            f"SELECT id AS pk, {OWN_NUMBER} AS rank, 0 AS total FROM tickets_ticket WHERE number = %s AND id IN ({keys})",
            [number, *params],
        ),
        None,
        1,
    )
    if not own:
        return found
    others = [row for row in found if row[0] != own[0][0]]
    total = (found[0][2] if found else 0) + (len(others) == len(found))
    return [(*row[:2], total, *row[3:]) for row in own + others]


# The newest matches, ranked -----------------------------------------------------------------------------


def _matches(sought: Sought, seen: TicketQuerySet, after: Place | None, limit: int) -> list[Row]:
    """What a page shows of the newest matches, from the best behind `after` on."""
    if not sought:
        return _listed(_ranked(_filtered(seen), "0", ()), after, limit)
    if not engine.on_postgres():
        return _listed(_ranked(_by_fts5(sought, seen), *_title_rank(sought)), after, limit)
    return _on_postgres(sought, seen, after, limit)


def _on_postgres(sought: Sought, seen: TicketQuerySet, after: Place | None, limit: int) -> list[Row]:  # fmt: skip
    """By the index; on a very large desk the newest are read first.

    The planner knows neither how words go together nor how old their tickets are: left alone it walks through a
    million documents from the newest on for two words that never meet, and the index gives all matches of ten years
    before the newest thousand are taken. So a few newest documents are read first, and how many matches they have
    tells how to look for the rest.
    """

    def ask(above: int, **how: bool) -> list[Row]:
        matching = _by_tsquery(sought, seen, above, **how)
        return _listed(_ranked(matching, *_ts_rank(sought)), after, limit)

    if not sought.wanted:
        return ask(0, walking=True)
    ((newest,),) = engine.rows("SELECT coalesce(max(ticket_id), 0) FROM ticket_document")
    if newest < READ_FROM:
        return ask(0)
    found = ask(newest - NEWEST, reading=True)
    count = found[0][2] if found else 0
    if count == COUNTED:
        return found
    window = NEWEST * COUNTED * 3 // (2 * count or 1)
    if window <= WIDEST:
        found = ask(newest - window, reading=True)
        if found and found[0][2] == COUNTED:
            return found
    return ask(0, walking=count > FEW)


def _by_tsquery(
    sought: Sought,
    seen: TicketQuerySet,
    above: int,
    *,
    reading: bool = False,
    walking: bool = False,
) -> Sql:
    """The newest matches above this ticket.

    Reading goes through all of those documents without the index. Otherwise the index gives all matches first, unless
    the planner is free to walk from the newest on until there are enough.
    """
    allowed, params = engine.keys_of(seen.filter(pk__gt=above) if above > 0 else seen) or ("", ())
    text, expressions = _tsquery(sought)
    asked = "SELECT ticket_id AS pk, vector FROM ticket_document WHERE ticket_id > %s"
    if reading:
        matching = f"SELECT pk FROM ({asked} OFFSET 0) AS asked WHERE vector @@ ({text})"
    elif walking:
        matching = f"SELECT pk FROM ({asked}) AS asked WHERE vector @@ ({text})"
    else:
        matching = (
            f"SELECT pk FROM ({asked}) AS asked WHERE vector @@ ({text}) ORDER BY pk DESC OFFSET 0"
        )
    return (
        f"SELECT pk FROM ({matching}) AS matching WHERE pk IN ({allowed}) ORDER BY pk DESC LIMIT {COUNTED}",
        [above, *expressions, *params],
    )


def _tsquery(sought: Sought) -> tuple[str, list[str]]:
    wanted = ["to_tsquery('english', %s)"] * len(sought.wanted)
    unwanted = ["!! to_tsquery('english', %s)"] * len(sought.without)
    words = [*sought.wanted, *sought.without]
    return " && ".join(wanted + unwanted), [query.for_tsquery(word) for word in words]


def _ts_rank(sought: Sought) -> tuple[str, list[str]]:
    if not sought.wanted:
        return "0", []
    text, expressions = _tsquery(Sought(sought.words, sought.phrases, ()))
    vector = "(SELECT vector FROM ticket_document WHERE ticket_id = pk)"
    return f"round(ts_rank({vector}, {text})::numeric, 1)", expressions


def _by_fts5(sought: Sought, seen: TicketQuerySet) -> Sql:
    """`EXISTS` asks of each match whether it is seen; `IN` would first gather all tickets that the person sees."""
    allowed, params = engine.keys_of(seen) or ("", ())
    is_seen = f"EXISTS (SELECT 1 FROM ({allowed}) AS seen WHERE seen.pk = ticket_document.rowid)"
    conditions, words = [], []
    if sought.wanted:
        conditions.append("ticket_document MATCH %s")
        words.append(query.for_fts5(sought.wanted))
    if sought.without:
        conditions.append(
            "rowid NOT IN (SELECT rowid FROM ticket_document WHERE ticket_document MATCH %s)"
        )
        words.append(query.for_fts5(sought.without, any_of=True))
    return (
        f"""SELECT rowid AS pk FROM ticket_document WHERE {" AND ".join(conditions)} AND {is_seen}
            ORDER BY rowid DESC LIMIT {COUNTED}""",
        [*words, *params],
    )


def _title_rank(sought: Sought) -> tuple[str, list[str]]:
    """Those with all words in the title first."""
    if not sought.wanted:
        return "0", []
    return (
        "pk IN (SELECT rowid FROM ticket_document WHERE ticket_document MATCH %s)",
        [f"title : ({query.for_fts5(sought.wanted)})"],
    )


def _filtered(seen: TicketQuerySet) -> Sql:
    """Nothing is asked of the text: the newest of these tickets."""
    keys, params = engine.keys_of(seen.order_by("-pk")) or ("", ())
    return f"SELECT pk FROM ({keys}) AS seen ORDER BY pk DESC LIMIT {COUNTED}", params


def _ranked(matching: Sql, rank: str, expressions: Sequence[str]) -> Sql:
    """Matches with their rank, and how many they are."""
    sql, params = matching
    return (
        f"""SELECT pk, CASE WHEN nth <= {RANKED} THEN {rank} ELSE 0 END AS rank, total FROM (
              SELECT newest.*, row_number() OVER (ORDER BY pk DESC) AS nth, count(*) OVER () AS total
              FROM ({sql}) AS newest
            ) AS numbered""",
        [*expressions, *params],
    )


def _listed(ranked: Sql, after: Place | None, limit: int) -> list[Row]:
    """One page of them: key, rank and count, then what a list shows of a ticket."""
    sql, params = ranked
    behind = "WHERE rank < %s OR (rank = %s AND pk < %s)" if after else ""
    place = [after[0], after[0], after[1]] if after else []
    return engine.rows(
        f"""
        SELECT found.pk, found.rank, found.total, t.number, t.title, t.type, t.status, t.step, t.priority, t.updated_at,
          coalesce(c.is_confined, %s), coalesce(team.name, ''), person.display_name,
          (SELECT mark FROM workflow_rulebook WHERE id = 1)
        FROM (SELECT pk, rank, total FROM ({sql}) AS ranked {behind} ORDER BY rank DESC, pk DESC LIMIT %s) AS found
        JOIN tickets_ticket t ON t.id = found.pk
        JOIN accounts_user person ON person.id = t.requester_id
        LEFT JOIN accounts_team team ON team.id = t.team_id
        LEFT JOIN tickets_category c ON c.id = t.category_id
        ORDER BY found.rank DESC, found.pk DESC""",
        [False, *params, *place, limit],
    )


# What is shown of it --------------------------------------------------------------------------------------------


def _hits(rows: Sequence[Row], words: Sequence[Word], *, snippets: bool) -> tuple[Hit, ...]:
    said = _said([row[0] for row in rows], words) if snippets and words and rows else {}
    if rows:
        rulebook.learn(rows[0][-1])  # by which the names of their statuses are read
    return tuple(
        Hit(
            pk, number, excerpts.highlight(title, words), kind, status, step, priority, _moment(updated_at), bool(confined), team,
            requester, said.get(pk, ""),
        )
        for pk, _rank, _total, number, title, kind, status, step, priority, updated_at, confined, team, requester, _rules in rows
    )  # fmt: skip


def _moment(value: datetime | str) -> datetime:
    """SQLite keeps moments as text, in UTC."""
    if isinstance(value, str):
        value = parse_datetime(value) or datetime.min  # noqa: DTZ901 (never: the column is not empty)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _said(keys: Sequence[int], words: Sequence[Word]) -> dict[int, str]:
    """What was written on each ticket about these words: whoever sees a ticket as staff reads all of its messages."""
    pieces = sorted({stems.english(token).rstrip("i") for word in words for token in word.tokens})
    like = "body ILIKE %s" if engine.on_postgres() else "body LIKE %s"
    messages = engine.rows(
        f"""
        SELECT ticket_id, body FROM (
          SELECT ticket_id, body, row_number() OVER (PARTITION BY ticket_id ORDER BY id DESC) AS nth
          FROM tickets_message WHERE ticket_id IN ({engine.marks(keys)}) AND ({" OR ".join([like] * len(pieces))})
        ) AS said WHERE nth <= {MESSAGES_READ}""",
        [*keys, *(f"%{piece}%" for piece in pieces)],
    )
    said: dict[int, str] = {}
    for ticket, body in messages:
        piece = excerpts.snippet(_near(body, pieces), words)
        if piece.count(excerpts.START) > said.get(ticket, "").count(excerpts.START):
            said[ticket] = piece
    return said


def _near(body: str, pieces: Sequence[str]) -> str:
    """The stretch of a long text around the first of these words."""
    if len(body) <= 2 * AROUND:
        return body
    lowered = body.lower()
    places = [place for piece in pieces if (place := lowered.find(piece)) >= 0]
    start = max(min(places, default=0) - AROUND // 2, 0)
    start = body.rfind(" ", 0, start) + 1
    return ("… " if start else "") + body[start : start + 2 * AROUND]
