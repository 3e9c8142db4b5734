"""Search over published articles, as each reader may read them.

Every statement filters by `Article.objects.readable_by(user)` inside the query, so that hits, counts, corrections and
excerpts come only from articles that the reader could open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from knowledge import languages
from knowledge.models import Article, ArticleQuerySet, Section
from knowledge.search import engine, excerpts, postgres, query, sqlite
from knowledge.search import words as vocabulary
from knowledge.search.query import Word
from knowledge.search.texts import plain, text_of

MOST_FOR_ALL = 12
"""Whoever writes more telling words than these describes: no article has them all, and the unknown ones are names."""

MOST_BY_ANY = 200


@dataclass(frozen=True)
class Hit:
    """An article, with its title and a piece of its text; matches stand between \\x02 and \\x03."""

    article: Article
    title: str
    snippet: str


@dataclass(frozen=True)
class Results:
    """What was found; `corrected` is the question as it was understood, where a word of it was misspelt."""

    hits: tuple[Hit, ...] = ()
    corrected: str = ""
    total: int = 0

    @property
    def total_label(self) -> str:
        return engine.counted(self.total)


# What is in the index --------------------------------------------------------------------------------


@transaction.atomic
def index(article: Article) -> None:
    """Put the text that readers see into search, instead of what was there. One that is not published goes."""
    if not article.is_published:
        forget(article)
        return
    text = text_of(article)
    _engine().put(article.pk, text)
    vocabulary.put(
        article.pk, vocabulary.words_of(text.title, text.keywords, text.summary, text.body)
    )


@transaction.atomic
def index_all(articles: Sequence[Article]) -> None:
    """The same for many published articles that are not in search yet."""
    for article in articles:
        index(article)


@transaction.atomic
def forget(article: Article) -> None:
    """Take an article out of search."""
    _engine().remove(article.pk)
    vocabulary.remove(article.pk)


def reindex() -> int:
    """Put every published article in again, while search goes on, and drop what is left of others; how many there are."""
    published = Article.objects.published()
    count = 0
    for article in published.iterator(chunk_size=200):
        index(article)
        count += 1
    if keys := engine.keys_of(published):
        _engine().keep(keys)
        vocabulary.mend(keys)
    return count


def _engine() -> Any:  # one of two modules with the same functions
    return postgres if engine.on_postgres() else sqlite


# Looking for it ----------------------------------------------------------------------------------------


def find(
    words: str,
    *,
    user: Any,
    limit: int = 20,
    section: Section | None = None,
    prefix: bool = True,
    guesses: bool = True,
) -> Results:
    """The articles that answer a question, best first.

    First those that have all of its words; then, with unknown words replaced by the nearest that this reader could
    have read, all of them; then those that have any, by how many and how telling ones. With `prefix` the last word
    may be half typed. Without `guesses` only the first: for what must answer at once.
    """
    sought = query.parse(words, prefix=prefix)
    readable = Article.objects.readable_by(user)
    anywhere = engine.keys_of(readable)
    here = engine.keys_of(readable.filter(section=section)) if section else anywhere
    if not sought or anywhere is None or here is None:
        return Results()

    found, corrected = _with_all(sought, here), ""
    if not found and guesses:
        meant = _understand(sought, anywhere)
        found = _with_all(meant.words, here) if meant.words != sought else []
        if not found:
            meant = meant.without_guesses()
            found = _with_any(meant, here)
        sought = meant.words
        corrected = query.swap(words, meant.better) if found and meant.better else ""
    found = languages.swap(found, readable)
    return Results(_shown(found[:limit], sought, readable), corrected, len(found))


def _with_all(words: Sequence[Word], readable: engine.Sql) -> list[int]:
    if not 0 < len(words) <= MOST_FOR_ALL:
        return []
    return [key for key, _rank in _engine().with_all(words, readable, engine.COUNTED + 1)]


def _with_any(meant: "_Meant", readable: engine.Sql) -> list[int]:
    if not meant.counts:
        return []
    found = _engine().with_any(meant.counts, meant.articles, readable, MOST_BY_ANY)
    return [key for key, _rank in found]


@dataclass(frozen=True)
class _Meant:
    """A question whose unknown words were replaced or dropped."""

    counts: dict[Word, int]
    """Its words, and in how many articles each stands."""

    articles: int
    """How many articles there are at all."""

    better: dict[str, str]
    """Which words were misspelt, and what was meant."""

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(self.counts)

    def without_guesses(self) -> "_Meant":
        """Without corrections of the shortest words: a guess that holds only where it fits all others."""
        guesses = {old: new for old, new in self.better.items() if len(old) <= vocabulary.SHORTEST}
        dropped = {Word((new,)) for new in guesses.values()}
        return replace(
            self,
            counts={word: count for word, count in self.counts.items() if word not in dropped},
            better={old: new for old, new in self.better.items() if old not in guesses},
        )


def _understand(sought: Sequence[Word], readable: engine.Sql) -> _Meant:
    """Replace or drop the words that stand in none of these articles; take apart those with a hyphen."""
    counts = _counted(sought, readable)
    unknown = [word for word, count in counts.items() if not count]
    better: dict[str, str] = {}
    mended: list[Word] = []
    for word in unknown:
        if len(word.tokens) > 1:
            mended += [Word((token,)) for token in word.tokens if len(token) > 1]
        elif word.is_prefix and (ends := vocabulary.beginning_with(word.text, readable)):
            mended.append(replace(word, also=tuple(ends)))
        elif len(sought) <= MOST_FOR_ALL and (near := vocabulary.nearest(word, readable)):
            better[word.text] = near
            mended.append(Word((near,)))
    counts |= _counted([word for word in mended if word not in counts], readable)
    return _Meant(
        {word: count for word, count in counts.items() if count},
        vocabulary.articles(readable),
        better,
    )


def _counted(words: Sequence[Word], readable: engine.Sql) -> dict[Word, int]:
    return dict(zip(words, _engine().counts(words, readable), strict=True)) if words else {}


# What is shown of it -------------------------------------------------------------------------------------


def _shown(
    keys: Sequence[int], words: Sequence[Word], readable: ArticleQuerySet
) -> tuple[Hit, ...]:
    articles = readable.select_related("section").in_bulk(keys)
    return tuple(_hit(articles[key], words) for key in keys if key in articles)


def _hit(article: Article, words: Sequence[Word]) -> Hit:
    """Title and the summary, or the piece of the text that says more of what was looked for."""
    title = excerpts.highlight(article.title, words)
    summary = excerpts.highlight(article.summary, words)
    if excerpts.START not in summary:
        text = plain(article.body[: excerpts.LONGEST_READ])
        summary = excerpts.snippet(text, words) or summary or excerpts.beginning(text)
    return Hit(article, title, summary)
