"""Tickets that read like this one, by the words of its title and description. For those who see tickets as staff.

The telling words are asked one by one for the newest tickets that have them, so a word that stands everywhere costs no
more than a rare one and, since its newest tickets lie close together, is known to say little. What is looked at is
bounded whatever the number of tickets: `MOST_WORDS` times `NEWEST` keys, and the `READ` best of them by title.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people wrote is always bound)

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Left

from incidents.tickets.models import Message, Ticket, TicketQuerySet
from incidents.workflow.states import Resolution
from knowledge import markup
from knowledge.search import engine, query
from knowledge.search.query import Word

MOST_WORDS, FROM_TITLE = 10, 7
NEWEST = 300
"""Tickets that one word brings, the newest."""

READ = 120
SAME_CATEGORY = 60
"""Newest tickets of the same category, since they are the likeliest of those that somebody who sees little sees."""

SHARE = 0.25
SAME = 0.8
"""As much, and it is taken for the same trouble once more."""
FEWEST_WORDS = 2
"""Of what all of its words would weigh, a ticket must have so much to be shown, and more than one of them."""

DESCRIPTION_READ = 1_500
RESOLUTION_READ = 400
SHORTEST = 3
TELLS_NOTHING = {Resolution.DUPLICATE, Resolution.WITHDRAWN, Resolution.NO_ANSWER}


@dataclass(frozen=True)
class Similar:
    """A ticket like this one; `resolution` is what solved it, on one line."""

    ticket: Ticket
    resolution: str = ""


def find(ticket: Ticket, *, user: Any, limit: int = 5) -> list[Similar]:
    """The most similar tickets that this person sees as staff; those that were solved first, with what solved them."""
    seen = Ticket.objects.seen_as_staff_by(user).exclude(pk=ticket.pk)
    top = _ranked(ticket, seen, _of_same_category(ticket, seen), SHARE)[:limit]
    top.sort(key=lambda one: not _is_solved(one))
    said = _resolutions([one for one in top if _is_solved(one)], user)
    return [Similar(one, said.get(one.pk, "")) for one in top]


def alike(ticket: Ticket, among: TicketQuerySet) -> list[Ticket]:
    """Those of these tickets that tell of the same as this one; `READ` are looked at, at most."""
    others = among.exclude(pk=ticket.pk)
    near = others.order_by("-pk").values_list("pk", flat=True)[:READ]
    return _ranked(ticket, others, list(near), SAME)


def _ranked(
    ticket: Ticket, seen: TicketQuerySet, near: Sequence[int], share: float
) -> list[Ticket]:
    """Tickets that have at least this share of what its words would weigh, the likeliest first; `near` are looked at, too."""
    words = _words(ticket)
    if engine.keys_of(seen) is None or not words:
        return []
    weights, has = _weigh(words, ticket.pk)
    for key in near:
        has.setdefault(key, set())
    scores = {key: sum(weights[word] for word in found) for key, found in has.items()}
    best = sorted(scores, key=lambda key: (-scores[key], -key))[:READ]
    found = seen.filter(pk__in=best).defer("tags", "log_head")
    ranked = {one: _fit(one, has[one.pk], weights, ticket) for one in found}
    enough = share * sum(weights.values())
    good = [one for one, fit in ranked.items() if fit and fit >= enough]
    good.sort(key=lambda one: (-ranked[one], -one.pk))
    return good


def _words(ticket: Ticket) -> list[Word]:
    """Words that may tell what it is about: of the title first, then of the description."""
    said = (
        Message.objects.filter(ticket=ticket, kind=Message.Kind.DESCRIPTION)
        .values_list(Left("body", DESCRIPTION_READ), flat=True)
        .first()
    )
    title = _telling(ticket.title)[:FROM_TITLE]
    more = [
        word for word in _telling(markup.to_line(said or "", DESCRIPTION_READ)) if word not in title
    ]
    # Long words of a description say more than short ones; those of a title were chosen by somebody.
    more.sort(key=lambda word: -len(word.joined))
    return title + more[: MOST_WORDS - len(title)]


def _telling(text: str) -> list[Word]:
    words = query.parse(text, prefix=False)
    return [
        word
        for word in words
        if len(word.joined) >= SHORTEST
        and not word.joined.isdigit()
        and not query.STOP_WORDS.issuperset(word.tokens)
    ]


def _weigh(words: Sequence[Word], own: int) -> tuple[dict[Word, float], dict[int, set[Word]]]:
    """How much each word weighs, and which of them tickets have."""
    newest = _newest()
    weights: dict[Word, float] = {}
    has: defaultdict[int, set[Word]] = defaultdict(set)
    for word in words:
        keys = [key for key in _with(word, newest) if key != own]
        if not keys:
            continue
        reach = newest - keys[-1] + 1 if len(keys) >= NEWEST - 1 else newest
        weights[word] = math.log(1 + max(reach, 1) / len(keys))
        for key in keys:
            has[key].add(word)
    return weights, dict(has)


def _newest() -> int:
    key = "ticket_id" if engine.on_postgres() else "rowid"
    ((newest,),) = engine.rows(f"SELECT coalesce(max({key}), 0) FROM ticket_document")
    return int(newest)


def _with(word: Word, newest: int) -> list[int]:
    """The newest tickets that have this word."""
    if not engine.on_postgres():
        found = engine.rows(
            f"SELECT rowid FROM ticket_document WHERE ticket_document MATCH %s ORDER BY rowid DESC LIMIT {NEWEST}",
            [query.for_fts5([word])],
        )
        return [key for (key,) in found]
    return _with_on_postgres(query.for_tsquery(word), newest)


def _with_on_postgres(expression: str, newest: int) -> list[int]:
    """The index brings all matches, in no order: so of the newest tickets only, as many as should hold enough of them.

    What share of tickets has a word is known to the planner's statistics, where it is a common one.
    """
    after = 0
    if share := _share(expression):
        after = max(0, newest - math.ceil(2 * NEWEST / share))
    found = engine.rows(
        f"""
        SELECT ticket_id FROM (
          SELECT ticket_id FROM ticket_document
          WHERE vector @@ to_tsquery('english', %s) AND ticket_id > %s OFFSET 0
        ) AS matching ORDER BY ticket_id DESC LIMIT {NEWEST}""",
        [expression, after],
    )
    return [key for (key,) in found]


def _share(expression: str) -> float:
    """Which part of all documents has the most common word of this expression; 0 where it is rare or unknown."""
    ((share,),) = engine.rows(
        """
        SELECT coalesce(max(share), 0) FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs)
        AS common (word, share)
        WHERE schemaname = current_schema() AND tablename = 'ticket_document' AND attname = 'vector'
        AND word = ANY (tsvector_to_array(to_tsvector('english', %s)))""",
        [expression],
    )
    return float(share)


def _of_same_category(ticket: Ticket, seen: TicketQuerySet) -> list[int]:
    if ticket.category_id is None:
        return []
    alike = seen.filter(category=ticket.category_id).order_by("-pk")
    return list(alike.values_list("pk", flat=True)[:SAME_CATEGORY])


def _fit(one: Ticket, has: set[Word], weights: dict[Word, float], ticket: Ticket) -> float:
    """What its words weigh. Those in the title count once more, and so, a little, does the category."""
    tokens = set(query.tokens(one.title))
    in_title = {word for word in weights if tokens.issuperset(word.tokens)}
    if len(has | in_title) < min(FEWEST_WORDS, len(weights)):
        return 0.0
    fit = sum(weights[word] for word in has | in_title) + sum(weights[word] for word in in_title)
    return fit * 1.15 if one.category_id and one.category_id == ticket.category_id else fit


def _is_solved(one: Ticket) -> bool:
    return not one.is_open and one.resolution_code not in {"", *TELLS_NOTHING}


def _resolutions(tickets: Sequence[Ticket], user: Any) -> dict[int, str]:
    """What solved each, its latest resolution."""
    if not tickets:
        return {}
    said = (
        Message.objects.visible_to(user)
        .filter(ticket__in=[one.pk for one in tickets], kind=Message.Kind.RESOLUTION)
        .order_by("pk")
        .values_list("ticket", Left("body", RESOLUTION_READ))
    )
    return {key: markup.to_line(body, 160) for key, body in said}
