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
_HEADING = re.compile(r"^([ \t]*#{1,6}[ \t].*[\w)*`])$", re.MULTILINE)
_OPEN_END = re.compile(r"\n(?<=[\w)*`]\n)(?=[ \t]*(?:\n|[#>|]|[-*+][ \t]|\d{1,9}[.)][ \t]))")
"""Where a block ends without a sign that says so. It begins with what is rare: texts are long."""
_ROW = re.compile(r"^[ \t]*\|(.*)$", re.MULTILINE)
_BLOCKS = re.compile(
    r"^[ \t]*(?:#{1,6}|>+|[-*+]|\d+[.)])[ \t]+|^[ \t]*(?:```|~~~).*$|^[ \t|:-]+$", re.MULTILINE
)
_INLINE = re.compile(r"[*_`]+")


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
    """Markdown without its marks and addresses. Headings, items and rows end as sentences do."""
    said = without_comments(markdown)
    if "[" in said or "!!!" in said:
        said = _LINKS.sub(r"\1", _CALLOUT.sub("", said))
    if "#" in said:
        said = _HEADING.sub(r"\1.", said)
    said = _OPEN_END.sub(".\n", said)
    if "|" in said:
        said = _ROW.sub(_row, said)
    return excerpts.clean(_INLINE.sub(_inline, _BLOCKS.sub(" ", said)))


def _row(row: re.Match[str]) -> str:
    """The cells of a table's row, one after the other; nothing for the rule below its head."""
    cells = [cell.strip() for cell in row[1].strip(" \t|").split("|")]
    said = ", ".join(cell for cell in cells if cell.strip("-: \t"))
    return f"{said}." if said and said[-1] not in ".!?:" else said


def _inline(marks: re.Match[str]) -> str:
    """Nothing, but for what Markdown takes for no mark either: as in `max_size`, and between numbers as in `2*3`."""
    text, start, end = marks.string, marks.start(), marks.end()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    is_part = {"_": str.isalnum, "*": str.isdecimal}.get(marks[0].strip("_") or "_")
    return marks[0] if is_part and is_part(before) and is_part(after) else ""
