"""The index of articles on PostgreSQL: one weighted `tsvector` an article, with a GIN index. Raw SQL: see `engine`.

`ts_rank` knows nothing of how telling a word is, so where any word may match, each word's rank is weighed here by how
few articles have it.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import math
from collections.abc import Mapping, Sequence

from knowledge.search import engine, query
from knowledge.search.query import Word
from knowledge.search.texts import Text

# Stems to find by, and beside them the words as they are of what names things: `Teams` before any team.
LOOKED_FOR = "(to_tsquery('english', %s) || to_tsquery('simple', %s))"
WEIGHTS = "'{0.1, 0.2, 0.4, 1.0}'"
HIDDEN = "OFFSET 0"
"""Keeps the planner from looking into a question: where it sees a common word it reads and unpacks every vector, not
knowing what unpacking costs, instead of asking the index."""

FEW = 1_500
"""Rank about that many articles: the telling words bring them, words that stand everywhere only weigh in."""


def put(article: int, text: Text) -> None:
    title, keywords, summary, body = map(
        _spaced, (text.title, text.keywords, text.summary, text.body)
    )
    engine.run(
        """
        INSERT INTO article_index (article_id, vector) VALUES (%s,
          setweight(to_tsvector('english', %s), 'A') || setweight(to_tsvector('simple', %s), 'A')
          || setweight(to_tsvector('english', %s), 'B') || setweight(to_tsvector('simple', %s), 'B')
          || setweight(to_tsvector('english', %s), 'B') || setweight(to_tsvector('english', %s), 'C'))
        ON CONFLICT (article_id) DO UPDATE SET vector = excluded.vector""",
        [article, title, title, keywords, keywords, summary, body],
    )


def remove(article: int) -> None:
    engine.run("DELETE FROM article_index WHERE article_id = %s", [article])


def keep(published: engine.Sql) -> None:
    """Only these articles."""
    kept, params = published
    engine.run(f"DELETE FROM article_index WHERE article_id NOT IN ({kept})", params)


def with_all(words: Sequence[Word], readable: engine.Sql, most: int) -> list[tuple[int, float]]:
    """Articles that have all of the words, best first, with their rank."""
    allowed, params = readable
    question = f"(SELECT {' && '.join([LOOKED_FOR] * len(words))} AS sought {HIDDEN}) AS question"
    return engine.rows(
        f"""
        SELECT article_id, ts_rank_cd({WEIGHTS}, vector, sought) AS rank FROM {question}, article_index
        WHERE vector @@ sought AND article_id IN ({allowed}) ORDER BY rank DESC, article_id DESC LIMIT %s""",
        [*_expressions(words), *params, most],
    )


def with_any(
    counts: Mapping[Word, int], articles: int, readable: engine.Sql, most: int
) -> list[tuple[int, float]]:
    """Articles that have any of the words, by how many, how telling ones, and where."""
    allowed, params = readable
    words = sorted(counts, key=lambda word: counts[word])
    bringing, brought = 0, 0
    for word in words:
        if bringing and brought + counts[word] > FEW:
            break
        bringing, brought = bringing + 1, brought + counts[word]
    question = f"(SELECT {' || '.join([LOOKED_FOR] * bringing)} AS sought {HIDDEN}) AS question"
    ranks = " + ".join([f"%s * ts_rank({WEIGHTS}, vector, {LOOKED_FOR}, 1)"] * len(words))
    weighed = [
        value
        for word in words
        for value in (math.log(1 + articles / counts[word]), *_expressions([word]))
    ]
    # The inner query unpacks each vector once; every `ts_rank` would unpack it again.
    return engine.rows(
        f"""
        SELECT article_id, {ranks} AS rank FROM (
          SELECT article_id, vector || ''::tsvector AS vector FROM {question}, article_index
          WHERE vector @@ sought AND article_id IN ({allowed}) OFFSET 0
        ) AS brought ORDER BY rank DESC, article_id DESC LIMIT %s""",
        [*weighed, *_expressions(words[:bringing]), *params, most],
    )


def counts(words: Sequence[Word], readable: engine.Sql) -> list[int]:
    """In how many of these articles each word stands."""
    allowed, params = readable
    questions = ", ".join([f"(%s, {LOOKED_FOR})"] * len(words))
    every = [value for n, word in enumerate(words) for value in (n, *_expressions([word]))]
    counted = engine.rows(
        f"""
        SELECT (SELECT count(*) FROM article_index WHERE vector @@ sought AND article_id IN ({allowed}))
        FROM (SELECT * FROM (VALUES {questions}) AS every (n, sought) {HIDDEN}) AS question ORDER BY n""",
        [*params, *every],
    )
    return [count for (count,) in counted]


def _expressions(words: Sequence[Word]) -> list[str]:
    """What `LOOKED_FOR` takes for each word."""
    return [expression for word in words for expression in [query.for_tsquery(word)] * 2]


def _spaced(text: str) -> str:
    """Only words and blanks: PostgreSQL's parser would take `wi-fi`, `a@b.c` and paths as things of their own."""
    return " ".join(query.tokens(text))
