"""The index of articles on SQLite: an FTS5 table. Raw SQL: see `engine`."""

from collections.abc import Mapping, Sequence

from knowledge.search import engine, query
from knowledge.search.query import Word
from knowledge.search.texts import Text

RANK = "bm25(article_index, 10.0, 4.0, 4.0, 1.0)"
"""Title, keywords, summary, body. Smaller is better."""


def put(article: int, text: Text) -> None:
    remove(article)
    engine.run(
        "INSERT INTO article_index (rowid, title, keywords, summary, body) VALUES (%s, %s, %s, %s, %s)",
        [article, text.title, text.keywords, text.summary, text.body],
    )


def remove(article: int) -> None:
    engine.run("DELETE FROM article_index WHERE rowid = %s", [article])


def clear() -> None:
    engine.run("DELETE FROM article_index")


def with_all(words: Sequence[Word], readable: engine.Sql, most: int) -> list[tuple[int, float]]:
    """Articles that have all of the words, best first, with their rank."""
    return _found(query.for_fts5(words), readable, most)


def with_any(
    counts: Mapping[Word, int], articles: int, readable: engine.Sql, most: int
) -> list[tuple[int, float]]:
    """Articles that have any of the words, by how many, how telling ones, and where."""
    return _found(query.for_fts5(list(counts), any_of=True), readable, most)


def _found(expression: str, readable: engine.Sql, most: int) -> list[tuple[int, float]]:
    allowed, params = readable
    return engine.rows(
        f"""
        SELECT rowid, -{RANK} AS goodness FROM article_index
        WHERE article_index MATCH %s AND rowid IN ({allowed}) ORDER BY goodness DESC, rowid DESC LIMIT %s""",
        [expression, *params, most],
    )


def counts(words: Sequence[Word], readable: engine.Sql) -> list[int]:
    """In how many of these articles each word stands."""
    allowed, params = readable
    one = f"(SELECT count(*) FROM article_index WHERE article_index MATCH %s AND rowid IN ({allowed}))"
    every = [value for word in words for value in (query.for_fts5([word]), *params)]
    return list(engine.rows("SELECT " + ", ".join([one] * len(words)), every)[0])
