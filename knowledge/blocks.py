"""Where lists, quotations, code and headings begin and end, as CommonMark has it.

Python-Markdown tells by steps of indentation what belongs to a list item; everybody else writes, and all other tools read,
by the column in which the item's text begins. Its way does not see a fence in a list either. So `Reading` reads the lines
once, as the specification's appendix on parsing describes it: the lists and quotations that are open lie on a stack, and
each line first tells which of them go on. Whoever else has to know what is code asks it: `knowledge.marks`, the importer.
Of an article every block but plain text and tables is put aside and leaves a mark on a line of its own; `_Aside` makes it
an element, and has Python-Markdown read on in it. Inline text, links, tables and `[name]: address` stay Python-Markdown's.

Not here, since raw HTML is off: CommonMark's blocks of HTML, in which nothing else counts. Added is the footnote:

    Said[^1] in a text.

    [^1]: And explained at its end.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from string import punctuation
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import ESCAPE_RE, EscapeInlineProcessor, InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString, code_escape

DEEPEST = 24
"""Lists and quotations in each other. What would be deeper is text: this and the one pass keep it linear."""
MOST_CELLS = 20_000
"""Of a text's tables, with those that rows leave out and that are filled in: a line of one sign may stand for hundreds."""

FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
HEADING = re.compile(r"(?P<marks>#{1,6})(?= |$)")
UNDERLINE = re.compile(r"(?:=+|-+) *$")
RULE = re.compile(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
ITEM = re.compile(r"(?P<mark>[-+*]|(?P<number>\d{1,9})[.)])(?P<gap> +|$)", re.ASCII)
NOTE = re.compile(r"\[\^(?P<name>[^\[\]\s]{1,60})\]: *")
NOTED = r"\[\^([^\[\]\s]{1,60})\]"
COLUMN = re.compile(r" *:?-+:? *")
NO_COLUMN = re.compile(r"\\.|`[^`]*`")
BEGINS = frozenset("#>`~-+*_=|:[0123456789")
"""What a line begins with that may be more than text."""
ASIDE = re.compile("\x02aside:([0-9]+)\x03$")
"""Nobody can type it: Python-Markdown takes these control characters out first."""


@dataclass
class Block:
    """Named by its tag. Some hold parts: the document, lists, items, quotations; the others hold lines."""

    tag: str
    parts: list["Block"] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    mark: str = ""
    """Of a list its sign, of a fence what closes it, of a note its name."""
    column: int = 0
    """Where the text of an item or a note begins; how far a fence is indented."""
    start: int = 1
    is_loose: bool = False
    """An item with an empty line between its parts or below it, which makes paragraphs of all the list's texts."""


class Reading:
    """Line after line becomes blocks."""

    def __init__(self) -> None:
        self.document = Block("div")
        self.open = [self.document]
        """The innermost last. A list is not among them: it goes on as long as items of its sign follow."""
        self.leaf: Block | None = None
        """Text, a table or code that the next line may go on."""
        self.notes: list[Block] = []
        self.empty_in: int | None = None
        """The line before was empty, inside of so many quotations."""

    def take(self, line: str) -> Block | None:
        """The text, table, code, heading or rule that the line belongs to; none where it is empty."""
        held, rest = self._held(line)
        is_empty = not rest.strip(" ")
        block = self._code(held, rest)
        if block is None and not is_empty:
            block = self._begin(held, rest)
        elif block is None:
            self._close(held)
            self.leaf = self.leaf if self._is_in("pre") else None
        self.empty_in = self._quotations() if block is None and is_empty else None
        return block

    def is_code(self, line: str) -> bool:
        """Would it be code, or the mark of a fence, if it was taken?"""
        held, rest = self._held(line)
        code = self.leaf if self._is_in("pre") and held == len(self.open) - 1 else None
        if code and (code.mark or rest.startswith("    ")):
            return True
        ahead = Reading()
        ahead.leaf = Block("p", lines=[""]) if self._is_in("p") else None
        block = ahead.take(rest)
        return block is not None and block.tag == "pre"

    @property
    def indent(self) -> int:
        """How far the text of the innermost item is indented in its quotation."""
        indent = 0
        for block in self.open:
            indent = 0 if block.tag == "blockquote" else indent + block.column
        return indent

    def _held(self, line: str) -> tuple[int, str]:
        """How many of the open blocks the line belongs to, and what it says inside of them."""
        line = line.expandtabs(4) if "\t" in line else line
        held = 0
        for block in self.open[1:]:
            bare = line.lstrip(" ")
            indent = len(line) - len(bare)
            if block.tag == "blockquote":
                if indent > 3 or not bare.startswith(">"):
                    break
                line = bare[1:].removeprefix(" ")
            elif (indent < block.column) if bare else (not block.parts):
                break
            else:
                line = line[block.column :]
            held += 1
        return held, line

    def _code(self, held: int, rest: str) -> Block | None:
        """The code that is open, if the line belongs to it or closes it."""
        code = self.leaf
        if code is None or code.tag != "pre" or held < len(self.open) - 1:
            return None
        bare = rest.lstrip(" ")
        indent = len(rest) - len(bare)
        if not code.mark:
            if bare and indent < 4:
                return None
            code.lines.append(rest[4:])
            return code if bare else None
        if indent < 4 and bare.startswith(code.mark) and not bare.rstrip(" ").strip(code.mark[0]):
            self.leaf = None
        else:
            code.lines.append(rest[min(indent, code.column) :])
        return code

    def _begin(self, held: int, rest: str) -> Block | None:
        """Opens what begins in the line, from the outside in. What is then left of it is text."""
        while True:
            bare = rest.lstrip(" ")
            indent = len(rest) - len(bare)
            if indent > 3:
                if not self._is_in("p"):
                    return self._add(held, Block("pre", lines=[rest[4:]]), goes_on=True)
                break
            inner = self._begin_inner(held, bare, indent) if bare[0] in BEGINS else None
            if inner is None:
                break
            held, rest = held + 1, inner
            if not rest.strip(" "):
                return None
        leaf = self._begin_leaf(held, bare, indent) if indent < 4 and bare[0] in BEGINS else None
        return leaf or self._text(held, bare)

    def _begin_inner(self, held: int, bare: str, indent: int) -> str | None:
        """What the line says inside of the quotation, note or item that begins with it; None if none does."""
        if held >= DEEPEST:
            return None
        if bare.startswith(">"):
            self._open(held, Block("blockquote"))
            return bare[1:].removeprefix(" ")
        if note := NOTE.match(bare):
            self._close(held)
            self.notes.append(Block("li", mark=note["name"].lower(), column=4))
            self._enter(self.notes[-1])
            return bare[note.end() :]
        item = ITEM.match(bare)
        if not item or RULE.match(bare):
            return None
        rest, number = bare[item.end() :], int(item["number"] or 1)
        if self._is_below_text(held) and (not rest or number != 1):
            return None
        gap = len(item["gap"]) if rest and len(item["gap"]) <= 4 else 1
        width = len(item["mark"]) + gap
        self._item(held, item["mark"], number, indent + width)
        return bare[width:]

    def _item(self, held: int, mark: str, number: int, column: int) -> None:
        self._close(held)
        parts = self.open[-1].parts
        if parts and parts[-1].tag in {"ol", "ul"} and parts[-1].mark == mark[-1]:
            before = parts[-1].parts[-1]
            before.is_loose = before.is_loose or self._is_below_empty_line()
        else:
            self._add(held, Block("ul" if len(mark) == 1 else "ol", mark=mark[-1], start=number))
        item = Block("li", column=column)
        parts[-1].parts.append(item)
        self._enter(item)

    def _begin_leaf(self, held: int, bare: str, indent: int) -> Block | None:
        """A heading, fence, rule or table."""
        text = self.leaf if self._is_below_text(held) else None
        if heading := HEADING.match(bare):
            return self._add(
                held, Block(f"h{heading.end()}", lines=[_words(bare[heading.end() :])])
            )
        if fence := FENCE.match(bare):
            return self._add(held, Block("pre", mark=fence["mark"], column=indent), goes_on=True)
        if text and UNDERLINE.match(bare):
            text.tag = "h1" if bare[0] == "=" else "h2"
            self.leaf = None
            return text
        if RULE.match(bare):
            return self._add(held, Block("hr"))
        if text and _is_table(text.lines[-1], bare):
            table = Block("table", lines=[text.lines.pop(), bare])
            if not text.lines:
                self.open[-1].parts.pop()
            return self._add(held, table, goes_on=True)
        return None

    def _text(self, held: int, bare: str) -> Block:
        """A paragraph goes on even where the marks of its quotation or item are missing, a table does not."""
        leaf = self.leaf
        if leaf and (leaf.tag == "p" or (leaf.tag == "table" and held == len(self.open) - 1)):
            leaf.lines.append(bare)
            return leaf
        return self._add(held, Block("p", lines=[bare]), goes_on=True)

    def _add(self, held: int, block: Block, *, goes_on: bool = False) -> Block:
        self._close(held)
        parent = self.open[-1]
        if parent.parts and self._is_below_empty_line():
            parent.is_loose = True
        parent.parts.append(block)
        self.leaf = block if goes_on else None
        return block

    def _open(self, held: int, block: Block) -> None:
        self._add(held, block)
        self._enter(block)

    def _enter(self, block: Block) -> None:
        self.open.append(block)
        self.leaf = None

    def _close(self, held: int) -> None:
        if held < len(self.open) - 1:
            del self.open[held + 1 :]
            self.leaf = None

    def _is_in(self, tag: str) -> bool:
        return self.leaf is not None and self.leaf.tag == tag

    def _is_below_text(self, held: int) -> bool:
        return self._is_in("p") and held == len(self.open) - 1

    def _is_below_empty_line(self) -> bool:
        return self.empty_in is not None and self.empty_in == self._quotations()

    def _quotations(self) -> int:
        return sum(block.tag == "blockquote" for block in self.open)


def _words(heading: str) -> str:
    """Without the marks that may close it."""
    words = heading.strip(" ")
    bare = words.rstrip("#")
    return bare.rstrip(" ") if not bare or bare.endswith(" ") else words


def _is_table(head: str, line: str) -> bool:
    """The line below the head of a table has dashes for as many columns."""
    columns = _inside(line).split("|")
    return (
        "|" in line
        and not line.strip("|:- ")
        and all(COLUMN.fullmatch(column) for column in columns)
        and len(columns) == len(_inside(NO_COLUMN.sub("", head)).split("|"))
    )


def _inside(row: str) -> str:
    return row.strip(" ").removeprefix("|").removesuffix("|")


Rewriting = Callable[[list[str], Reading], Iterator[str]]
_REPLACED = ("indent", "code", "hashheader", "setextheader", "hr", "olist", "ulist", "quote")


class Blocks(Preprocessor):
    """All blocks but text and tables are put aside."""

    def __init__(self, md: Markdown, *, with_links: bool, understood: Rewriting | None) -> None:
        """`with_links`: a footnote and its mark are to lead to each other, which takes ids: for one text on a page.

        `understood` gives other lines to read instead, each after the one before was read.
        """
        super().__init__(md)
        self.with_links = with_links
        self.understood = understood
        self.aside: list[Block] = []
        self.notes: list[Block] = []
        self.numbers: dict[str, int] = {}
        """By name, from one on. Of two notes of one name the first is meant."""

    def extend(self) -> None:
        """Has Python-Markdown read by these rules."""
        md = self.md
        md.preprocessors.register(self, "blocks", 25)
        md.preprocessors.deregister("html_block")
        for name in _REPLACED:
            md.parser.blockprocessors.deregister(name)
        md.parser.blockprocessors.register(_Aside(self), "aside", 110)
        md.parser.blockprocessors.register(_Tables(md.parser, {"use_align_attribute": True}), "table", 75)  # fmt: skip
        md.treeprocessors.register(_Notes(self), "notes", 30)
        md.inlinePatterns.register(_Noted(self), "noted", 174)
        md.inlinePatterns.register(_Escape(ESCAPE_RE, md), "escape", 180)
        md.ESCAPED_CHARS = list(punctuation)

    def run(self, lines: list[str]) -> list[str]:
        reading = Reading()
        for line in self.understood(lines, reading) if self.understood else lines:
            reading.take(line)
        self.notes = reading.notes
        for number, note in enumerate(self.notes, start=1):
            self.numbers.setdefault(note.mark, number)
        return self.text_in(reading.document).split("\n")

    def text_in(self, block: Block) -> str:
        """For Python-Markdown to read."""
        return "\n\n".join(map(self._text_of, block.parts))

    def _text_of(self, part: Block) -> str:
        if part.tag in {"p", "table"}:
            return "\n".join(part.lines)
        self.aside.append(part)
        return f"\x02aside:{len(self.aside) - 1}\x03"

    def fill(self, element: Element, item: Block, *, is_loose: bool) -> None:
        self.md.parser.parseChunk(element, self.text_in(item))
        if not is_loose:
            _unwrap(element, len(element))


def _unwrap(item: Element, number: int) -> None:
    """Where paragraphs are among the first parts of the item, so many, their words stand in the item itself."""
    kept: list[Element] = []
    for part in item[:number]:
        words = part.text or ""
        if part.tag != "p":
            kept.append(part)
        elif kept:
            kept[-1].tail = f"{kept[-1].tail}\n{words}" if kept[-1].tail else words
        else:
            item.text = f"{item.text}\n{words}" if item.text else words
    item[:number] = kept


class _Aside(BlockProcessor):
    """What was put aside becomes elements."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(blocks.md.parser)
        self.blocks = blocks

    def test(self, _parent: Element, block: str) -> bool:
        return bool(ASIDE.match(block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        found = ASIDE.match(blocks.pop(0))
        block = self.blocks.aside[int(found[1])] if found else Block("hr")
        element = SubElement(parent, block.tag)
        if block.tag == "pre":
            code = "\n".join(block.lines).rstrip()
            SubElement(element, "code").text = AtomicString(f"{code_escape(code)}\n")
        elif block.tag == "blockquote":
            self.parser.parseChunk(element, self.blocks.text_in(block))
        elif block.tag in {"ol", "ul"}:
            if block.start != 1:
                element.set("start", str(block.start))
            is_loose = any(item.is_loose for item in block.parts)
            for item in block.parts:
                self.blocks.fill(SubElement(element, "li"), item, is_loose=is_loose)
        else:
            element.text = "\n".join(block.lines)


class _Tables(TableProcessor):
    """What has too many cells stays text."""

    def __init__(self, parser: BlockParser, config: dict[str, Any]) -> None:
        super().__init__(parser, config)
        self.left = MOST_CELLS

    def test(self, parent: Element, block: str) -> bool:
        return super().test(parent, block) and _cells(block) <= self.left

    def run(self, parent: Element, blocks: list[str]) -> None:
        self.left -= _cells(blocks[0])
        super().run(parent, blocks)


def _cells(table: str) -> int:
    """So many at most: the line below the head has a bar for each column, and perhaps one more."""
    _head, line, *rows = table.split("\n")
    return (line.count("|") + 1) * (len(rows) + 1)


class _Notes(Treeprocessor):
    """Footnotes at the end, also those that nothing in the text names: no word is lost."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(blocks.md)
        self.blocks = blocks

    def run(self, root: Element) -> None:
        if not self.blocks.notes:
            return
        if self.blocks.with_links:
            root = SubElement(root, "div", {"data-notes": "here"})
        else:
            SubElement(root, "hr")
        listed = SubElement(root, "ol")
        meant = set(self.blocks.numbers.values())
        for number, note in enumerate(self.blocks.notes, start=1):
            element = SubElement(listed, "li")
            self.blocks.fill(element, note, is_loose=True)
            _unwrap(element, 1)
            if self.blocks.with_links and number in meant:
                element.set("data-note", str(number))


class _Noted(InlineProcessor):
    """`[^1]`, where there is such a note."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(NOTED, blocks.md)
        self.blocks = blocks

    def handleMatch(  # type: ignore[override]  # noqa: N802 (the name that Markdown calls)
        self, found: re.Match[str], _text: str
    ) -> tuple[Element | None, int | None, int | None]:
        number = self.blocks.numbers.get(found[1].lower())
        if number is None:
            return None, None, None
        mark = Element("sup")
        holder = (
            SubElement(mark, "span", {"data-noted": str(number)})
            if self.blocks.with_links
            else mark
        )
        holder.text = AtomicString(str(number))
        return mark, found.start(0), found.end(0)


class _Escape(EscapeInlineProcessor):
    """A backslash before any mark of ASCII, and before the end of a line."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 (the name that Markdown calls)
        self, found: re.Match[str], text: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        if found[1] == "\n":
            return Element("br"), found.start(0), found.end(0)
        if found[1] == "&":
            # Put in at the end, or it would begin an entity with what follows.
            return self.md.htmlStash.store("&amp;"), found.start(0), found.end(0)
        return super().handleMatch(found, text)
