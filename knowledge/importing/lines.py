"""What each line of a Markdown text is: code, part of a paragraph, a row of a table, or something of its own.

Read as articles are shown, by CommonMark's rules, which those who wrote for other tools follow: an end of a line within a
paragraph is no more than a blank.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from knowledge.blocks import Block, Reading

QUOTED = re.compile(r"[ \t]*>(?:[ \t]*>)* ?")
OF_ITS_OWN = re.compile(
    r"\[[^\[\]\n]{1,200}\]:|\[!\w+|\[TOC\]|\[\[_TOC_\]\]|:::|: |!!!|\?\?\?|===|[•·‣▪◦]"
)
"""Beginnings of text that stands by itself: definitions of links, marks of other tools, lists by hand."""
MEANT = re.compile(r"(?:>|[-*+] |\d{1,9}[.)] )")
"""Beginnings of text that its writer took for more: of a quotation or an item, where none can begin."""
WHOLE_END = re.compile(r"</(?:table|ul|ol|dl|pre)\b", re.IGNORECASE)
WHOLE = re.compile(r"<(?P<end>/?)(?:table|ul|ol|dl|pre)\b", re.IGNORECASE)
"""HTML within which indentation means nothing."""
LONGEST_JOINED = 8_000
"""Longer lines are not shown as Markdown, see `knowledge.markup`."""


class Kind(Enum):
    CODE = auto()
    EMPTY = auto()
    TEXT = auto()
    """Of a paragraph."""
    ROW = auto()
    HEADING = auto()
    OTHER = auto()


class Line(NamedTuple):
    text: str
    kind: Kind
    quote: str = ""
    """The marks of the quotations that it stands in, and what is before them."""
    base: int = 0
    """How far the text of its list's item is indented, if it is text that begins with a tag."""
    goes_on: bool = False
    """With the paragraph that the line before is of."""

    @property
    def words(self) -> str:
        return self.text[len(self.quote) :].lstrip()


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything but its code changed."""
    reading = Reading()
    parts: list[tuple[bool, list[str]]] = []
    for line in text.split("\n"):
        block = reading.take(line)
        is_code = block is not None and block.tag == "pre"
        if not parts or parts[-1][0] != is_code:
            parts.append((is_code, []))
        parts[-1][1].append(line)
    return "\n".join(
        "\n".join(lines) if is_code else change("\n".join(lines)) for is_code, lines in parts
    )


def read(text: str) -> list[Line]:
    return _Reader(text.split("\n")).lines


class _Reader:
    def __init__(self, given: list[str]) -> None:
        self.lines: list[Line] = []
        self._reading = Reading()
        self._last_end = max(
            (at for at, line in enumerate(given) if "</" in line and WHOLE_END.search(line)),
            default=0,
        )
        self._whole = 0
        """Elements of HTML that are open in which indentation means nothing."""
        for at, text in enumerate(given):
            self._take(at, text)

    def _take(self, at: int, text: str) -> None:
        quoted = QUOTED.match(text) if ">" in text else None
        quote = quoted[0] if quoted else ""
        words = text[len(quote) :].lstrip()
        indented = f"{quote}{' ' * self._reading.indent}{words}" if self._whole else text
        block = self._reading.take(indented)
        if block and block.tag == "pre":
            self.lines.append(Line(text, Kind.CODE))
            return
        base = 0
        if words[:1] == "<" or self._whole:
            base = self._reading.indent
            for found in WHOLE.finditer(words):
                self._whole = max(0, self._whole + (-1 if found["end"] else at <= self._last_end))
        if block and block.tag == "table" and len(block.lines) == 2:
            self.lines[-1] = self.lines[-1]._replace(kind=Kind.ROW, goes_on=False)
        kind = _kind(block, words)
        goes_on = kind is Kind.TEXT and block is not None and self._goes_on(block)
        self.lines.append(Line(text, kind, quote, base, goes_on))

    def _goes_on(self, block: Block) -> bool:
        """Does the newest line of the paragraph go on with the one before?"""
        is_below = len(block.lines) > 1 and self.lines[-1].kind is Kind.TEXT
        return is_below and not MEANT.match(block.lines[-1])


def _kind(block: Block | None, words: str) -> Kind:
    if block is None:
        return Kind.EMPTY
    if block.tag == "p":
        return Kind.OTHER if OF_ITS_OWN.match(block.lines[-1]) else Kind.TEXT
    if block.tag == "table":
        return Kind.ROW
    return Kind.HEADING if words[:1] == "#" else Kind.OTHER


def joined(text: str) -> str:
    """The text with each paragraph on one line, and a break where its writer asked for one."""
    kept: list[str] = []
    for line in read(text):
        is_broken = line.goes_on and _is_broken(kept[-1])
        if line.goes_on and not is_broken and len(kept[-1]) + len(line.text) < LONGEST_JOINED:
            kept[-1] = f"{kept[-1].rstrip()} {line.words}"
            continue
        if is_broken:
            kept[-1] = kept[-1].removesuffix("\\").rstrip() + "  "
        kept.append(line.text)
    return "\n".join(kept)


def _is_broken(line: str) -> bool:
    """Is a paragraph broken at the end of this line? Of two backslashes the first says that the second is one."""
    backslashes = len(line) - len(line.rstrip("\\"))
    return line.endswith("  ") or backslashes % 2 == 1
