"""The index of articles on SQLite: an FTS5 table. Raw SQL: see `engine`.

`+rowid` keeps SQLite from asking the index once for every article that a reader may read.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import math
from collections.abc import Mapping, Sequence

from knowledge.search import engine, query
from knowledge.search.query import Word
from knowledge.search.texts import Text

RANK = "bm25(article_index, 10.0, 4.0, 4.0, 1.0)"
"""Title, keywords, summary, body. Smaller is better."""

WORTH = (("", 0.2), ("{keywords summary} : ", 0.2), ("title : ", 0.8))
"""What a word adds to an article's rank where any word may match: anywhere, in tags or summary, in the title."""


def put(article: int, text: Text) -> None:
    remove(article)
    engine.run(
        "INSERT INTO article_index (rowid, title, keywords, summary, body) VALUES (%s, %s, %s, %s, %s)",
        [article, text.title, text.keywords, text.summary, text.body],
    )


def remove(article: int) -> None:
    engine.run("DELETE FROM article_index WHERE rowid = %s", [article])


def keep(published: engine.Sql) -> None:
    """Only these articles."""
    kept, params = published
    engine.run(f"DELETE FROM article_index WHERE rowid NOT IN ({kept})", params)


def with_all(words: Sequence[Word], readable: engine.Sql, most: int) -> list[tuple[int, float]]:
    """Articles that have all of the words: by how many are in the title, then by `bm25`."""
    allowed, params = readable
    titled = "rowid IN (SELECT rowid FROM article_index WHERE article_index MATCH %s)"
    return engine.rows(
        f"""
        SELECT rowid, {" + ".join([f"({titled})"] * len(words))} AS titled FROM article_index
        WHERE article_index MATCH %s AND +rowid IN ({allowed})
        ORDER BY titled DESC, {RANK}, rowid DESC LIMIT %s""",
        [
            *(f"title : {query.for_fts5([word])}" for word in words),
            query.for_fts5(words),
            *params,
            most,
        ],
    )


def with_any(
    counts: Mapping[Word, int], articles: int, readable: engine.Sql, most: int
) -> list[tuple[int, float]]:
    """Articles that have any of the words, by how many, how telling ones, and where.

    Not by `bm25`: of a long question it makes more of one rare word that an article repeats than of many that it has.
    """
    allowed, params = readable
    matches, values = [], []
    for word, count in counts.items():
        telling = math.log(1 + articles / count)
        for part, worth in WORTH:
            matches.append("SELECT rowid, %s FROM article_index WHERE article_index MATCH %s")
            values += [telling * worth, part + query.for_fts5([word])]
    return engine.rows(
        f"""
        WITH matching (article, worth) AS MATERIALIZED ({" UNION ALL ".join(matches)})
        SELECT article, sum(worth) AS goodness FROM matching GROUP BY article
        HAVING article IN ({allowed}) ORDER BY goodness DESC, article DESC LIMIT %s""",
        [*values, *params, most],
    )


def counts(words: Sequence[Word], readable: engine.Sql) -> list[int]:
    """In how many of these articles each word stands."""
    allowed, params = readable
    one = "SELECT %s, rowid FROM article_index WHERE article_index MATCH %s"
    every = [value for n, word in enumerate(words) for value in (n, query.for_fts5([word]))]
    counted = dict(
        engine.rows(
            f"""
            WITH matching (word, article) AS MATERIALIZED ({" UNION ALL ".join([one] * len(words))})
            SELECT word, count(*) FROM matching WHERE article IN ({allowed}) GROUP BY word""",
            [*every, *params],
        )
    )
    return [counted.get(n, 0) for n in range(len(words))]
