"""Looking for tickets. One statement finds them with all that a list shows, and what was said; a very large desk takes some."""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime

from accounts import formats, kept
from accounts.kept import Hole
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

NEWEST_KEY = "SELECT coalesce(max(ticket_id), 0) FROM ticket_document"

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


@dataclass(frozen=True)
class Part:
    """Of what is found: how much, from where on, and which words are looked for in what was said."""

    after: Place | None
    limit: int
    told: tuple[Word, ...]


@dataclass(frozen=True)
class Seen:
    """The tickets that somebody sees as staff, or those among them that are meant."""

    by: Any
    among: Q

    def keys(self, above: int = 0) -> Sql | None:
        """As a subquery, of those with a higher key. None where there can be none."""
        if self.among or not self.by.is_authenticated:
            return engine.keys_of(self._above(above) if above else self._all())
        if above:
            build = lambda: engine.keys_of(self._above(Hole("above")))  # noqa: E731
            return kept.part(("searched above", self.by.reach), build, above=above)
        return kept.part(("searched", self.by.reach), lambda: engine.keys_of(self._all()))

    def _all(self) -> TicketQuerySet:
        return Ticket.objects.seen_as_staff_by(self.by).filter(self.among)

    def _above(self, key: int | Hole) -> TicketQuerySet:
        return self._all().filter(pk__gt=key)


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
    sought = Sought.of(question)
    seen = Seen(user, question.among)
    allowed = seen.keys()
    if allowed is None or question.is_empty or not (sought or question.among):
        return Results()
    part = Part(after, limit + 1, sought.wanted if snippets else ())
    found = _matches(sought, seen, part)
    if not after and (number := NUMBER.fullmatch(question.words)):
        found = _with_own_number(int(number[1]), allowed, found, part)
    total = found[0][2] if found else 0
    shown = found[:limit]
    more = (float(shown[-1][1]), int(shown[-1][0])) if len(found) > limit else None
    return Results(_hits(shown, sought.wanted), total, more)


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


def _with_own_number(number: int, allowed: Sql, found: list[Row], part: Part) -> list[Row]:
    keys, params = allowed
    own = _listed(
        (
            f"SELECT id AS pk, {OWN_NUMBER} AS rank, 0 AS total FROM tickets_ticket WHERE number = %s AND id IN ({keys})",
            [number, *params],
        ),
        replace(part, after=None, limit=1),
    )
    if not own:
        return found
    others = [row for row in found if row[0] != own[0][0]]
    total = (found[0][2] if found else 0) + (len(others) == len(found))
    return [(*row[:2], total, *row[3:]) for row in own + others]


# The newest matches, ranked -----------------------------------------------------------------------------


def _matches(sought: Sought, seen: Seen, part: Part) -> list[Row]:
    """What a page shows of the newest matches, from the best behind `after` on."""
    if not sought:
        return _listed(_ranked(_filtered(seen), "0", ()), part)
    if not engine.on_postgres():
        return _listed(_ranked(_by_fts5(sought, seen), *_title_rank(sought)), part)
    return _on_postgres(sought, seen, part)


def _on_postgres(sought: Sought, seen: Seen, part: Part) -> list[Row]:
    """By the index; on a very large desk the newest are read first.

    The planner knows neither how words go together nor how old their tickets are: left alone it walks through a
    million documents from the newest on for two words that never meet, and the index gives all matches of ten years
    before the newest thousand are taken. So a few newest documents are read first, and how many matches they have
    tells how to look for the rest.
    """

    # By the index alone all words are found alike, but for those that stand side by side: their matches are looked
    # at one by one. Reading, walking and filters are planned for what is asked.
    is_plain = not seen.among and all(len(word.tokens) == 1 for word in sought.wanted + sought.without)  # fmt: skip

    def ask(above: int, *, keeps_plan: bool = False, **how: bool) -> list[Row]:
        matching = _by_tsquery(sought, seen, above, **how)
        ranked = _ranked(matching, *_ts_rank(sought))
        return _listed(ranked, part, keeps_plan=keeps_plan)

    if not sought.wanted:
        return ask(0, walking=True)
    if is_plain and (found := ask(0, unless_large=True, keeps_plan=True)):
        return found
    ((newest,),) = kept.ask(NEWEST_KEY, [])
    if newest < READ_FROM:
        return [] if is_plain else ask(0)
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
    seen: Seen,
    above: int,
    *,
    reading: bool = False,
    walking: bool = False,
    unless_large: bool = False,
) -> Sql:
    """The newest matches above this ticket.

    Reading goes through all of those documents without the index. Otherwise the index gives all matches first, unless
    the planner is free to walk from the newest on until there are enough. With `unless_large` it gives none on a very
    large desk: so a smaller one, as nearly all are, needs no statement that asks for its size.
    """
    allowed, params = seen.keys(max(above, 0)) or ("", ())
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
        if unless_large:
            matching = f"SELECT pk FROM ({matching}) AS found WHERE ({NEWEST_KEY}) < {READ_FROM}"
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


def _by_fts5(sought: Sought, seen: Seen) -> Sql:
    """`EXISTS` asks of each match whether it is seen; `IN` would first gather all tickets that the person sees."""
    allowed, params = seen.keys() or ("", ())
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


def _filtered(seen: Seen) -> Sql:
    """Nothing is asked of the text: the newest of these tickets."""
    keys, params = seen.keys() or ("", ())
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


def _listed(ranked: Sql, part: Part, *, keeps_plan: bool = False) -> list[Row]:
    """One page of them: key, rank and count, then what a list shows of a ticket."""
    sql, params = ranked
    after = part.after
    behind = "WHERE rank < %s OR (rank = %s AND pk < %s)" if after else ""
    place = [after[0], after[0], after[1]] if after else []
    said, pieces = _said(part.told)
    ask = kept.ask if keeps_plan else engine.rows
    return ask(
        f"""
        SELECT found.pk, found.rank, found.total, t.number, t.title, t.type, t.status, t.step, t.priority, t.updated_at,
          coalesce(c.is_confined, %s), coalesce(team.name, ''), person.display_name, {said},
          (SELECT mark FROM workflow_rulebook WHERE id = 1)
        FROM (SELECT pk, rank, total FROM ({sql}) AS ranked {behind} ORDER BY rank DESC, pk DESC LIMIT %s) AS found
        JOIN tickets_ticket t ON t.id = found.pk
        JOIN accounts_user person ON person.id = t.requester_id
        LEFT JOIN accounts_team team ON team.id = t.team_id
        LEFT JOIN tickets_category c ON c.id = t.category_id
        ORDER BY found.rank DESC, found.pk DESC""",
        [False, *pieces, *params, *place, part.limit],
    )


def _said(words: Sequence[Word]) -> Sql:
    """What was written last on each ticket about these words: whoever sees a ticket as staff reads all of its messages."""
    if not words:
        return "NULL", ()
    pieces = sorted(_pieces(words))
    has_one = " OR ".join(["body ILIKE %s" if engine.on_postgres() else "body LIKE %s"] * len(pieces))  # fmt: skip
    messages = f"SELECT body FROM tickets_message WHERE ticket_id = found.pk AND ({has_one}) ORDER BY id DESC LIMIT {MESSAGES_READ}"
    if engine.on_postgres():
        sql = f"ARRAY({messages})"
    else:
        sql = f"(SELECT json_group_array(body) FROM ({messages}))"
    return sql, [f"%{piece}%" for piece in pieces]


def _pieces(words: Sequence[Word]) -> set[str]:
    """What stands in a text wherever one of the words does."""
    return {stems.english(token).rstrip("i") for word in words for token in word.tokens}


# What is shown of it --------------------------------------------------------------------------------------------


def _hits(rows: Sequence[Row], words: Sequence[Word]) -> tuple[Hit, ...]:
    if rows:
        rulebook.learn(rows[0][-1])  # by which the names of their statuses are read
    pieces = _pieces(words)
    return tuple(
        Hit(
            pk, number, excerpts.highlight(title, words), kind, status, step, priority, _moment(updated_at), bool(confined), team,
            requester, _excerpt(said, words, pieces),
        )
        for pk, _rank, _total, number, title, kind, status, step, priority, updated_at, confined, team, requester, said, _rules in rows
    )  # fmt: skip


def _moment(value: datetime | str) -> datetime:
    """SQLite keeps moments as text, in UTC."""
    if isinstance(value, str):
        value = parse_datetime(value) or datetime.min  # noqa: DTZ901 (never: the column is not empty)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _excerpt(
    said: str | Sequence[str] | None, words: Sequence[Word], pieces: Collection[str]
) -> str:
    """Where most of the words stand; SQLite gives a list as text."""
    best = ""
    for body in json.loads(said) if isinstance(said, str) else said or ():
        piece = excerpts.snippet(_read(_near(body, pieces)), words)
        if piece.count(excerpts.START) > best.count(excerpts.START):
            best = piece
    return best


MARKUP = re.compile(
    r"^[ \t]{0,99}(?:(?:[-*+]|#{1,6}|>+)[ \t]+)+|`+|\*\*|~~|!?\[([^\]\n]*)\]\([^)\s]*\)",
    re.MULTILINE,
)


def _read(text: str) -> str:
    """As it is read: without the signs that make lists, headings, quotations, code and links of it."""
    return MARKUP.sub(lambda found: found[1] or "", text)


def _near(body: str, pieces: Collection[str]) -> str:
    """The stretch of a long text around the first of these words."""
    if len(body) <= 2 * AROUND:
        return body
    lowered = body.lower()
    places = [place for piece in pieces if (place := lowered.find(piece)) >= 0]
    start = max(min(places, default=0) - AROUND // 2, 0)
    start = body.rfind(" ", 0, start) + 1
    return ("… " if start else "") + body[start : start + 2 * AROUND]
