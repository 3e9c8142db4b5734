"""The index of articles: which stem stands in which article, and how much it says there. Raw SQL: see `engine`.

One table for both databases, so that both find and rank the same: `article_posting` holds a weight from 1 to 1,000 for
each stem of an article, worked out at indexing (BM25 over weighted fields, see `weights`). `article_text` keeps what the
second look needs: the title, all words in their order (for phrases), and the article's postings, so that a changed
article writes only what changed.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.search import engine, frequent, query, stems, weights
from knowledge.search.asked import Form, Term
from knowledge.search.texts import Text

SCALE = 1_000
TITLED = "^"
"""Stands before words of titles, keywords and file names as they are written: what half-typed words are found by."""

LONGEST_KEPT = 60_000
"""Characters of an article in which phrases are found."""

FIELDS = (
    ("title", weights.TITLE),
    ("keywords", weights.KEYWORDS),
    ("files", weights.FILES),
    ("summary", weights.SUMMARY),
    ("body", weights.BODY),
)
REPLACE = "(article_id) DO UPDATE SET title = excluded.title, words = excluded.words, postings = excluded.postings"
BITS = 64
EVERY = ""
"""Stands for all articles among stems."""

LOOKED_UP = 1_500
"""Up to so many postings each article is looked up by its key; from there on it takes less to read all keys once."""

OFTEN = 10
"""A beginning of so many words, each in so many titles, has frequent ones alone."""

MOST_MANY = 12
"""Forms of several words that are looked for at once."""


@dataclass(frozen=True)
class Entry:
    """What is known of an article for the second look."""

    article: int
    title: tuple[str, ...]
    postings: Mapping[str, str]
    """Stem and weight as they are written: of hundreds, a question asks for few."""
    helpful: int
    unhelpful: int
    solved: int
    changed: date
    is_one_of_several: bool = False
    """Is it a translation, or translated?"""


# Keeping ----------------------------------------------------------------------------------------------


def weigh(text: Text) -> dict[str, int]:
    """Each stem of a text, and how much it says there."""
    found: dict[str, float] = {}
    kept: dict[str, int] = {}
    for name, weight in FIELDS:
        tokens = text.tokens[name]
        part = weights.BY_LENGTH[name]
        length = 1 - part + part * len(tokens) / weights.USUAL[name]
        for token in tokens:
            stem = stems.stem(token, text.language)
            found[stem] = found.get(stem, 0.0) + weight / length
        if name in {"title", "keywords", "files"}:
            kept |= {TITLED + token: 1 for token in tokens}
    for stem, much in found.items():
        kept[stem] = max(1, round(SCALE * much / (much + weights.SATURATION)))
    return kept


def put(article: int, text: Text) -> None:
    """Write what changed, in order: two who publish at once wait for each other rather than lock each other out."""
    now = weigh(text)
    before = _postings(article)
    changed = sorted(term for term, much in now.items() if before.get(term) != much)
    gone = sorted(term for term in before if term not in now)
    _drop(article, gone)
    _drop(article, [term for term in changed if term in before])
    engine.insert("article_posting", [(term, article, now[term]) for term in changed])
    engine.insert("article_text", [_row(article, text, now)], on_conflict=REPLACE)


def put_new(texts: Mapping[int, Text]) -> None:
    """The same for many articles that are not in it yet."""
    weights_of = {article: weigh(text) for article, text in texts.items()}
    engine.insert(
        "article_posting",
        sorted(
            (term, article, much)
            for article, weighed in weights_of.items()
            for term, much in weighed.items()
        ),
    )
    rows = [_row(article, text, weights_of[article]) for article, text in sorted(texts.items())]
    engine.insert("article_text", rows, on_conflict=REPLACE)


def present(articles: Sequence[int]) -> set[int]:
    """Those of these that are in it."""
    found = engine.rows(
        f"SELECT article_id FROM article_text WHERE article_id IN ({engine.marks(articles)})",
        articles,
    )
    return {key for (key,) in found}


def remove(article: int) -> None:
    _drop(article, sorted(_postings(article)))
    engine.run("DELETE FROM article_text WHERE article_id = %s", [article])


def keep(published: engine.Sql) -> None:
    """Only these articles."""
    kept, params = published
    for table in ("article_posting", "article_text"):
        engine.run(f"DELETE FROM {table} WHERE article_id NOT IN ({kept})", params)


def _row(article: int, text: Text, weighed: Mapping[str, int]) -> tuple[int, str, str, str]:
    title = " ".join(stems.stem(token, text.language) for token in text.tokens["title"])
    everything = " | ".join(" ".join(text.tokens[name]) for name, _weight in FIELDS)
    return article, title, everything[:LONGEST_KEPT], _written(weighed)


def _drop(article: int, terms: Sequence[str]) -> None:
    for at in range(0, len(terms), engine.INSERTED):
        chunk = terms[at : at + engine.INSERTED]
        engine.run(
            f"DELETE FROM article_posting WHERE term IN ({engine.marks(chunk)}) AND article_id = %s",
            [*chunk, article],
        )


def _postings(article: int) -> dict[str, int]:
    found = engine.rows("SELECT postings FROM article_text WHERE article_id = %s", [article])
    return _read(found[0][0]) if found else {}


def _written(postings: Mapping[str, int]) -> str:
    return " ".join(f"{term} {much}" for term, much in postings.items())


def _read(written: str) -> dict[str, int]:
    return {term: int(much) for term, much in _split(written).items()}


def _split(written: str) -> dict[str, str]:
    parts = written.split(" ") if written else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


# Finding ----------------------------------------------------------------------------------------------


def counts(terms: Iterable[Term], readable: engine.Sql) -> tuple[dict[str, int], int]:
    """In how many of these articles each stem stands, and how many articles there are."""
    known = frequent.counts(readable)
    sought = _parts(terms)
    found = {term: known[term] for term in sought if term in known}
    asked = [term for term in sought if term not in known]
    if EVERY in known:
        found |= {EVERY: known[EVERY], **_counts_of_rare(asked, readable)}
    else:
        found |= _counts(asked, readable)
    frequent.keep(readable, found)
    return found, found.pop(EVERY, 0)


def counts_of(terms: Iterable[Term], readable: engine.Sql) -> dict[str, int]:
    """The same without how many articles there are."""
    return _counts_of_rare(_parts(terms), readable)


def _counts(sought: Sequence[str], readable: engine.Sql) -> dict[str, int]:
    allowed, params = readable
    return dict(
        engine.rows(
            f"""
            WITH allowed AS MATERIALIZED ({allowed})
            SELECT term, count(*) FROM article_posting
            WHERE term IN ({engine.marks(sought)}) AND {_is_among("SELECT pk FROM allowed")}
            GROUP BY term UNION ALL SELECT '{EVERY}', count(*) FROM allowed""",
            [*params, *sought],
        )
    )


def _counts_of_rare(sought: Sequence[str], readable: engine.Sql) -> dict[str, int]:
    """The same, with each article looked up by its key, unless the database knows that there are many."""
    if not sought:
        return {}
    allowed, params = readable
    return dict(
        engine.rows(
            f"""
            SELECT term, count(*) FROM article_posting p
            WHERE term IN ({engine.marks(sought)}) AND EXISTS (SELECT 1 FROM ({allowed}) a WHERE a.pk = p.article_id)
            GROUP BY term""",
            [*sought, *params],
        )
    )


def _parts(terms: Iterable[Term]) -> list[str]:
    return sorted({part for term in terms for form in term.forms for part in form})


def _is_among(allowed: str) -> str:
    """A condition for these articles.

    PostgreSQL takes few of them to be found and looks each up by its key, which for frequent words is thousands of
    times; what follows `OR` (there is none) has it read all of them once.
    """
    return f"(article_id IN ({allowed}) OR article_id IS NULL)" if engine.on_postgres() else f"article_id IN ({allowed})"  # fmt: skip


def beginning_with(beginning: str, readable: engine.Sql, most: int) -> list[str]:
    """Words of titles, keywords and file names that a half-typed one may become, the most frequent first.

    None that say nothing: those of `th` stand nearly everywhere.
    """
    if known := frequent.words(readable, beginning):
        return list(known)
    allowed, params = readable
    fillers = {TITLED + word for word in query.STOP_WORDS if word.startswith(beginning)}
    found = engine.rows(
        f"""
        SELECT term, count(*) AS articles FROM article_posting p
        WHERE term >= %s AND term < %s AND EXISTS (SELECT 1 FROM ({allowed}) a WHERE a.pk = p.article_id)
        GROUP BY term ORDER BY articles DESC, term LIMIT {most + len(fillers)}""",
        [TITLED + beginning, TITLED + beginning + "\U0010ffff", *params],
    )
    telling = [(term, articles) for term, articles in found if term not in fillers][:most]
    words = [term.removeprefix(TITLED) for term, _articles in telling]
    if len(telling) == most and telling[-1][1] >= OFTEN:
        frequent.keep_words(readable, beginning, words)
    return words


def having(
    terms: Sequence[Term],
    worth: Mapping[str, float],
    readable: engine.Sql,
    most: int,
    *,
    postings: int,
    all_first: bool,
) -> list[tuple[int, float, int]]:
    """Articles that have any of these terms: the best first, with what they add up to and how many terms they have.

    `postings` is how many there are of these terms, about. With `all_first` those that have the most terms come first.
    """
    allowed, params = readable
    rows: list[str] = []
    parts: list[tuple[int, float, Form]] = []
    values: list[Any] = []
    for number, term in enumerate(terms):
        for form, factor in term.forms.items():
            much = worth[term.word] * factor
            if len(form) == 1:
                rows.append(f"(CAST(%s AS text), {number}, CAST({much!r} AS double precision))")
                values.append(form[0])
            elif len(parts) < MOST_MANY:
                parts.append((number, much, form))
    many = [
        f"""
        UNION ALL SELECT {number}, article_id, CAST(%s AS double precision) * min(weight) FROM article_posting
        WHERE term IN ({engine.marks(set(form))}) GROUP BY article_id HAVING count(*) = {len(set(form))}"""
        for number, _much, form in parts
    ]
    # The sign keeps SQLite from looking each of them up in the index of postings.
    is_among = _is_among(allowed) if engine.on_postgres() else f"+article_id IN ({allowed})"
    if postings <= LOOKED_UP:
        is_among = f"EXISTS (SELECT 1 FROM ({allowed}) a WHERE a.pk = article_id LIMIT 1 OFFSET 0)"
    if grouped_first := engine.on_postgres() and len(terms) <= BITS:
        # There, bits are counted in half the time, and each article is looked up once.
        different = "bit_count(bit_or(CAST(1 AS bigint) << number)::bit(64))"
        among = f"HAVING {is_among}"
    else:
        different, among = "count(DISTINCT number)", f"WHERE {is_among}"
    more = [value for _number, much, form in parts for value in (much, *sorted(set(form)))]
    return engine.rows(
        f"""
        WITH asked (term, number, worth) AS (VALUES {", ".join(rows)}),
        matching (number, article_id, worth) AS (
          SELECT asked.number, p.article_id, asked.worth * p.weight
          FROM asked CROSS JOIN article_posting p WHERE p.term = asked.term {"".join(many)}
        )
        SELECT article_id, sum(worth) AS goodness, {different} AS terms FROM matching
        {"" if grouped_first else among} GROUP BY article_id {among if grouped_first else ""}
        ORDER BY {"terms DESC, " * all_first}goodness DESC, article_id DESC LIMIT %s""",
        [*values, *more, *params, most],
    )


def newest_with(
    terms: Sequence[str], readable: engine.Sql, most: int
) -> list[tuple[str, int, int]]:
    """Term, article and weight of the newest of these articles that have each term: a frequent one costs no more."""
    allowed, params = readable
    each = f"""
        SELECT * FROM (
          SELECT term, article_id, weight FROM article_posting p
          WHERE term = %s AND EXISTS (SELECT 1 FROM ({allowed}) a WHERE a.pk = p.article_id LIMIT 1 OFFSET 0)
          ORDER BY article_id DESC LIMIT {most}) newest"""
    values = [value for term in terms for value in (term, *params)]
    return engine.rows(" UNION ALL ".join([each] * len(terms)), values) if terms else []


def entries(articles: Sequence[int]) -> list[Entry]:
    found = engine.rows(
        f"""
        SELECT t.article_id, t.title, t.postings, a.helpful_count, a.unhelpful_count, a.solved_count, a.text_changed_at,
          a.translation_of_id IS NOT NULL OR EXISTS (SELECT 1 FROM knowledge_article o WHERE o.translation_of_id = a.id)
        FROM article_text t JOIN knowledge_article a ON a.id = t.article_id
        WHERE t.article_id IN ({engine.numbers(articles)})"""
    )
    return [
        Entry(
            article, tuple(title.split()), _split(written), helpful, unhelpful, solved,
            date.fromisoformat(str(changed)[:10]), bool(is_one_of_several),
        )
        for article, title, written, helpful, unhelpful, solved, changed, is_one_of_several in found
    ]  # fmt: skip


def with_phrases(articles: Sequence[int], phrases: Sequence[str]) -> list[int]:
    """Those in which all of these stand, word beside word."""
    found = engine.rows(
        f"SELECT article_id, words FROM article_text WHERE article_id IN ({engine.numbers(articles)})"
    )
    kept = {key for key, words in found if all(f" {one} " in f" {words} " for one in phrases)}
    return [key for key in articles if key in kept]
