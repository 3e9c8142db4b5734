"""The languages that articles are in, and which version of one a reader sees.

A source and its translations are one answer in several languages. In lists and search a reader meets it once: in
their own language, else in that of the source, else in whichever they may read.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language, get_language_info

from knowledge.models import Article, ArticleQuerySet

CODES = tuple(
    dict.fromkeys(
        [
            *dict(settings.LANGUAGES),
            "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv", "nl", "nb",
            "pl", "pt", "ro", "sk", "sl", "sv", "tr", "uk",
        ]
    )
)  # fmt: skip


def name_of(code: str) -> str:
    """A language in its own words."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code


def choices() -> list[tuple[str, str]]:
    return sorted(((code, name_of(code)) for code in CODES), key=lambda pair: pair[1])


def of_reader() -> str:
    """The language of the page that is being made."""
    return (get_language() or settings.LANGUAGE_CODE).partition("-")[0]


def one_each(articles: ArticleQuerySet, language: str = "") -> ArticleQuerySet:
    """Of each answer the version that a reader of this language sees. `articles` is all that they may read."""
    language = language or of_reader()
    mine = Q(language=language)
    translated = articles.filter(mine, translation_of=OuterRef("pk"))
    source = articles.filter(pk=OuterRef("translation_of"))
    sibling = articles.filter(translation_of=OuterRef("translation_of"))
    better = sibling.filter(mine | Q(pk__lt=OuterRef("pk")))
    overtaken = (Q(translation_of=None) & Exists(translated)) | (
        Q(translation_of__isnull=False) & (Exists(source) | Exists(better))
    )
    return articles.filter(mine | ~overtaken)


def swap(keys: Sequence[int], readable: ArticleQuerySet, *, among: Sequence[int]) -> list[int]:
    """The same answers in the same order, each once and in the version that the reader of this page sees.

    `among` are those of them that are translations or translated.
    """
    language = of_reader()
    linked = readable.filter(translation_of__isnull=False)
    links = linked.filter(Q(pk__in=among) | Q(translation_of__in=among))
    groups = dict(links.order_by().values_list("pk", "translation_of"))
    if not groups:
        return list(keys)
    roots = set(groups.values())
    members = readable.filter(Q(pk__in=roots) | Q(translation_of__in=roots)).order_by("pk")
    best: dict[int, tuple[bool, bool, int]] = {}
    for key, source, spoken in members.values_list("pk", "translation_of", "language"):
        root, rank = source or key, (spoken != language, source is not None, key)
        best[root] = min(best.get(root, rank), rank)
    seen = dict.fromkeys(_best(key, groups.get(key) or key, best) for key in keys)
    return list(seen)


def _best(key: int, root: int, best: dict[int, tuple[bool, bool, int]]) -> int:
    return best[root][2] if root in best else key


def versions(article: Article, readable: ArticleQuerySet) -> list[Article]:
    """The others of the same answer that this reader may read, by language."""
    root = article.translation_of_id or article.pk
    others = readable.filter(Q(pk=root) | Q(translation_of=root)).exclude(pk=article.pk)
    return list(others.defer("body").order_by("language"))
