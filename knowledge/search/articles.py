"""Search over published articles, as each reader may read them.

Every statement filters by `Article.objects.readable_by(user)` inside the query, so that hits, counts, corrections and
excerpts come only from articles that the reader could open.

A question is answered in two looks: the database adds up what its rarest words say (`postings.having`), and the best of
that are weighed here with all that is known of them (`ranking.rank`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from knowledge import languages
from knowledge.models import Article, ArticleQuerySet, Section
from knowledge.search import asked as questions
from knowledge.search import engine, excerpts, frequent, postings, query, ranking, weights
from knowledge.search import words as vocabulary
from knowledge.search.query import Word
from knowledge.search.texts import plain, text_of, texts_of
from knowledge.search.understanding import Meant, understand

BROUGHT = 4_000
"""Postings that a long question looks at to find its candidates: those of its rarest words."""

LOOKED_AT, LOOKED_AT_FOR_FEW = 150, 60
"""Articles that get the second look; of suggestions, which show a handful and must come at once, fewer do."""

FEW = 10

READ_FOR_EXCERPT = 4_000
"""Characters of an article in which a piece to show is looked for."""

PHRASED = 300
"""Articles in which words in quotes are looked for."""

SLICE = 200
"""Articles that are put into the index together."""


@dataclass(frozen=True)
class Hit:
    """An article, with its title and a piece of its text; matches stand between \\x02 and \\x03."""

    article: Article
    title: str
    snippet: str
    is_good: bool = True
    """Does it have most of what was looked for? Searches without a good hit are gaps."""


@dataclass(frozen=True)
class Results:
    """What was found; `corrected` is the question as it was understood, where a word of it was misspelt."""

    hits: tuple[Hit, ...] = ()
    corrected: str = ""
    total: int = 0
    keys: tuple[int, ...] = ()
    """All that were found, at most `engine.COUNTED`, without regard to `among`: what facets are counted from."""

    @property
    def total_label(self) -> str:
        return engine.counted(self.total)

    @property
    def good(self) -> int:
        return sum(hit.is_good for hit in self.hits)


# What is in the index --------------------------------------------------------------------------------


@transaction.atomic
def index(article: Article) -> None:
    """Put the text that readers see into search, instead of what was there. One that is not published goes."""
    if not article.is_published:
        forget(article)
        return
    text = text_of(article)
    postings.put(article.pk, text)
    vocabulary.put(article.pk, vocabulary.words_of(*text.tokens.values()))


@transaction.atomic
def index_all(articles: Sequence[Article]) -> None:
    """The same for many, those that are not in search yet at once. Nothing comes out otherwise than one by one."""
    if not articles:
        return
    there = postings.present([one.pk for one in articles])
    texts = texts_of([one for one in articles if one.is_published and one.pk not in there])
    postings.put_new(texts)
    vocabulary.put_new(
        {key: vocabulary.words_of(*text.tokens.values()) for key, text in texts.items()}
    )
    for article in articles:
        if article.pk not in texts:
            index(article)


@transaction.atomic
def forget(article: Article) -> None:
    """Take an article out of search."""
    postings.remove(article.pk)
    vocabulary.remove(article.pk)


def reindex() -> int:
    """Put every published article in again, while search goes on, and drop what is left of others; how many there are."""
    published = Article.objects.published()
    frequent.forget()
    every, count = published.iterator(chunk_size=SLICE), 0
    while some := list(islice(every, SLICE)):
        index_all(some)
        count += len(some)
    if keys := engine.keys_of(published):
        postings.keep(keys)
        vocabulary.mend(keys)
    return count


def is_empty() -> bool:
    """Is nothing in the index, though its tables are there?"""
    has_tables = "article_text" in connection.introspection.table_names()
    return has_tables and not engine.rows("SELECT 1 FROM article_text LIMIT 1")


# Looking for it ----------------------------------------------------------------------------------------


def find(
    words: str,
    *,
    user: Any,
    limit: int = 20,
    start: int = 0,
    section: Section | None = None,
    among: Q | None = None,
    prefix: bool = True,
    guesses: bool = True,
) -> Results:
    """The articles that answer a question, best first.

    Of a short question those that have all of its words, if there are any; otherwise those that have the most telling
    ones; from `start` on, up to `limit`. With `prefix` the last word may be half typed. Words in quotes must stand so. Without `guesses` no word is
    taken for another one: for what must answer at once.
    """
    asked = questions.read(words, prefix=prefix)
    readable = Article.objects.readable_by(user)
    anywhere = engine.keys_of(readable)
    narrowed = Q(section=section) if section else among
    here = engine.keys_of(readable.filter(narrowed)) if narrowed else anywhere
    if not asked.words or anywhere is None or here is None:
        return Results()

    meant = understand(asked, anywhere, guesses=guesses)
    found = _matching(meant, anywhere)
    if meant.guesses and not found.has_all:
        meant = meant.without_guesses()
        found = _matching(meant, anywhere)
    looked_at = LOOKED_AT if limit > FEW else LOOKED_AT_FOR_FEW
    ranked = _ranked(found, meant, looked_at, readable)
    keys = [key for key, _good in ranked]
    if narrowed is not None:
        there = _ranked(_matching(meant, here), meant, looked_at, readable.filter(narrowed))
        ranked = [(key, True) for key, _good in there]
    corrected = query.swap(words, meant.better) if ranked and meant.better else ""
    shown = _shown(ranked[start:limit], meant.asked.words, readable)
    return Results(shown, corrected, len(ranked), tuple(keys))


@dataclass(frozen=True)
class _Found:
    keys: tuple[int, ...] = ()
    has_all: bool = False
    """Is there an article with all telling words that are known?"""

    is_whole: bool = False
    """Are these only such articles?"""

    first: frozenset[int] = frozenset()
    """Those that have what stands in quotes."""


def _matching(meant: Meant, readable: engine.Sql) -> _Found:
    """The first look: the best by what is rarest in the question, without reading all that its common words say."""
    worth = meant.worth
    telling = sorted((term for term in meant.asked.telling if worth[term.word]), key=meant.how_many)
    if not telling:
        return _Found()
    is_short = len(telling) <= weights.ALL_OF
    bringing, brought = [telling[0]], meant.how_many(telling[0])
    for term in telling[1:]:
        if not is_short and brought + meant.how_many(term) > BROUGHT:
            break
        brought += meant.how_many(term)
        bringing.append(term)

    rows = postings.having(
        bringing, worth, readable, engine.COUNTED + 1, postings=brought, all_first=is_short
    )
    whole = [key for key, _goodness, has in rows if has == len(telling)]
    is_whole = is_short and len(whole) >= weights.ENOUGH_WHOLE
    keys = whole if is_whole else [key for key, _goodness, _has in rows]
    first: list[int] = []
    if meant.asked.phrases and keys:
        first = postings.with_phrases(keys[:PHRASED], meant.asked.phrases)
        only_these = meant.asked.is_quote or len(first) >= weights.ENOUGH_WHOLE
        keys = first if only_these else list(dict.fromkeys([*first, *keys]))
    return _Found(tuple(keys), bool(whole), is_whole, frozenset(first))


def _ranked(
    found: _Found, meant: Meant, looked_at: int, readable: ArticleQuerySet
) -> list[tuple[int, bool]]:
    """The second look: the order that readers see, and which are good hits.

    So far down as it goes each answer comes once, in its reader's language.
    """
    if not found.keys:
        return []
    entries = postings.entries(found.keys[:looked_at])
    ranked = ranking.rank(entries, meant, timezone.localdate())
    ranked.sort(key=lambda one: one.article not in found.first)
    good = {
        one.article: one.share >= weights.GOOD
        for one in ranked
        if found.is_whole or one.share >= weights.WORTH_SHOWING
    }
    keys = list(good)
    if several := [one.article for one in entries if one.is_one_of_several]:
        keys = languages.swap(keys, readable, among=several)
    more = found.keys[looked_at:] if found.is_whole else ()
    return [(key, good.get(key, True)) for key in dict.fromkeys([*keys, *more])]


# What is shown of it -------------------------------------------------------------------------------------


def _shown(
    ranked: Sequence[tuple[int, bool]], words: Sequence[Word], readable: ArticleQuerySet
) -> tuple[Hit, ...]:
    articles = readable.select_related("section").in_bulk([key for key, _good in ranked])
    return tuple(_hit(articles[key], words, good) for key, good in ranked if key in articles)


def _hit(article: Article, words: Sequence[Word], is_good: bool) -> Hit:  # noqa: FBT001
    """Title and the summary, or the piece of the text that says more of what was looked for."""
    language = article.language
    title = excerpts.highlight(article.title, words, language=language)
    summary = excerpts.highlight(article.summary, words, language=language)
    if excerpts.START not in summary:
        text = plain(article.body[:READ_FOR_EXCERPT])
        found = excerpts.snippet(text, words, language=language)
        summary = found or summary or excerpts.beginning(text)
    return Hit(article, title, summary, is_good)
