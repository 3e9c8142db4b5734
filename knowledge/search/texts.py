"""What can be found of an article: its parts as plain text."""

import re
from dataclasses import dataclass

from knowledge.marks import without_comments
from knowledge.models import Article
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


@dataclass(frozen=True)
class Text:
    title: str
    keywords: str
    summary: str
    body: str
    files: str = ""
    language: str = "en"


def text_of(article: Article) -> Text:
    """What the published article says, tags as keywords, and how its files are called."""
    files = article.files.filter(removed_at=None).values_list("name", flat=True)
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
    said = _CALLOUT.sub("", without_comments(markdown))
    return excerpts.clean(_MARKS.sub(" ", _LINKS.sub(r"\1", said)))
