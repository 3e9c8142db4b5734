"""What can be found of an article: its parts as plain text."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from knowledge.marks import without_comments
from knowledge.models import Article, ArticleFile
from knowledge.search import excerpts, query

LONGEST = 100_000
"""Characters of an article's body that can be found."""

MOST_FILES = 50

_LINKS = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_CALLOUT = re.compile(r"\[!\w{1,20}\]|\[TOC\]|^!!! ?\w{1,20}", re.MULTILINE)
_MARKS = re.compile(
    r"^[ \t]*(?:#{1,6}|>+|[-*+]|\d+[.)])[ \t]+|^[ \t]*(?:```|~~~).*$|^[ \t|:-]+$|[*_`|]+",
    re.MULTILINE,
)


PARTS = ("title", "keywords", "files", "summary", "body")


@dataclass(frozen=True)
class Text:
    title: str
    keywords: str
    summary: str
    body: str
    files: str = ""
    language: str = "en"

    @cached_property
    def tokens(self) -> Mapping[str, list[str]]:
        """Each part's words, taken apart once."""
        return {part: query.tokens(getattr(self, part)) for part in PARTS}


def text_of(article: Article) -> Text:
    """What the published article says, tags as keywords, and how its files are called."""
    return texts_of([article])[article.pk]


def texts_of(articles: Sequence[Article]) -> dict[int, Text]:
    """The same of many, by their keys."""
    names: dict[int, list[str]] = defaultdict(list)
    files = ArticleFile.objects.filter(article__in=[one.pk for one in articles], removed_at=None)
    for key, name in files.order_by("pk").values_list("article", "name"):
        names[key or 0].append(name)
    return {one.pk: _text(one, names[one.pk]) for one in articles}


def _text(article: Article, files: list[str]) -> Text:
    return Text(
        _both_ways(article.title),
        _both_ways(" ".join(str(tag) for tag in article.tags)),
        _both_ways(article.summary),
        _both_ways(plain(article.body)[:LONGEST]),
        _both_ways(" ".join(files[:MOST_FILES])),
        article.language,
    )


def _both_ways(text: str) -> str:
    """`Wi-Fi` as people also look for it: `wifi`."""
    return " ".join([text, *query.compounds(text)])


def plain(markdown: str) -> str:
    """Markdown without its marks and addresses."""
    said = without_comments(markdown)
    if "[" in said or "!!!" in said:
        said = _LINKS.sub(r"\1", _CALLOUT.sub("", said))
    return excerpts.clean(_MARKS.sub(" ", said))
