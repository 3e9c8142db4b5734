"""Articles that others wrote, as we import and show them. They are not in this repository: see where `DATA` leads.

Of each the lists, items, code, headings, quotations, rules and tables, and how they stand in each other, are what
CommonMark makes of it; and no word is lost.
"""

import html
import re
import tarfile
from html.parser import HTMLParser

import pytest
from django.utils.html import strip_tags
from markdown_it import MarkdownIt

from knowledge import markup
from knowledge.importing.reading import read
from tests.bench.questions import DATA

ARTICLES = DATA / "kb"
ARCHIVE = ARTICLES / "microsoft365-support" / "markdown_dev_articles.tar.gz"
BLOCKS = {"ul", "ol", "li", "pre", "blockquote", "table", "hr", "h2", "h3", "h4", "h5", "h6"}
COMMONMARK = MarkdownIt("commonmark", {"html": False}).enable("table")
pytestmark = pytest.mark.skipif(not ARTICLES.exists(), reason="the real articles are not here")


class Outline(HTMLParser):
    """The blocks of a page, in each other; a list that is numbered from elsewhere than one with its number."""

    def __init__(self, page):
        super().__init__()
        self.blocks = []
        self.divs = []
        self.feed(page.replace("<h1>", "<h2>").replace("</h1>", "</h2>"))

    def handle_starttag(self, tag, attrs):
        if tag == "div":
            self.divs.append("data-callout" in dict(attrs))
            tag = "blockquote" if self.divs[-1] else tag
        if tag in BLOCKS:
            self.blocks.append(tag + (dict(attrs).get("start") or ""))

    def handle_endtag(self, tag):
        if tag == "div" and self.divs.pop():
            tag = "blockquote"
        if tag in BLOCKS - {"hr"}:
            self.blocks.append(f"/{tag}")


def files():
    for path in sorted(ARTICLES.rglob("*.md")):
        yield str(path.relative_to(ARTICLES)), path.read_bytes()
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if member.isfile():
                yield member.name, archive.extractfile(member).read()


def test_blocks_are_those_of_commonmark():
    texts = {name: read(name, content).body for name, content in files()}
    other = {
        name
        for name, body in texts.items()
        if Outline(markup.draft_of.__wrapped__(body).html).blocks
        != Outline(COMMONMARK.render(body)).blocks
    }

    assert len(texts) > 1300
    assert not other


NOT_SAID = re.compile(
    r"\A\ufeff?---\s*\n.*?\n---\s*\n"  # front matter
    r"|<!--.*?-->|</?[A-Za-z][^>]*>|\]\(\n?(?:[^()\n]|\([^()\n]*\))*\)?|\]\[[^\]]*\]|<?https?://\S+"
    r"|^[ >\t]*(?:```|~~~)[^\n]*|^\[[^\]\n]+\]:[^\n]*"  # languages of code, addresses below the text
    # What other tools fill in or look up, and the names of their call-outs.
    r"|^[ \t]*!!![^\n\"]*|\[!INCLUDE[^\n]*|\[!\w+[^\]\n]*\]|:::[^\n]*|\{[:%{][^\n}]*\}+",
    re.MULTILINE | re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]{3,}")


def words(text):
    return {word.lower() for word in WORD.findall(html.unescape(text))}


def test_no_word_is_lost():
    lost = {}
    for name, content in files():
        told = read(name, content)
        shown = markup.draft_of.__wrapped__(told.body).html
        # Tags stand within words, and between them.
        spaced = shown.replace("<", " <")
        have = words(
            f"{told.title} {told.summary} {told.tags} {strip_tags(shown)} {strip_tags(spaced)}"
        )
        if missing := words(NOT_SAID.sub(" ", content.decode())) - have:
            lost[name] = missing

    assert lost == {}
