"""What can be found of an article: its parts as plain text."""

import re
from dataclasses import dataclass

from knowledge.models import Article
from knowledge.search import excerpts, query

LONGEST = 100_000
"""Characters of an article's body that can be found."""

_LINKS = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MARKS = re.compile(
    r"^[ \t]*(?:#{1,6}|>+|[-*+]|\d+[.)])[ \t]+|^[ \t]*(?:```|~~~).*$|^[ \t|:-]+$|[*_`|]+",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Text:
    title: str
    keywords: str
    """Tags, and words written with a hyphen as people also write them: `wifi`."""

    summary: str
    body: str


def text_of(article: Article) -> Text:
    title, summary = excerpts.clean(article.title), excerpts.clean(article.summary)
    body = plain(article.body)[:LONGEST]
    tags = [str(tag) for tag in article.tags]
    joined = query.compounds("\n".join([title, summary, *tags, body]))
    return Text(title, " ".join([*tags, *joined]), summary, body)


def plain(markdown: str) -> str:
    """Markdown without its marks and addresses."""
    return excerpts.clean(_MARKS.sub(" ", _LINKS.sub(r"\1", markdown)))
