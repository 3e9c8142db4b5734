"""What each line of a Markdown text is: code, part of a paragraph, a row of a table, or something of its own.

Read as CommonMark has it, as those who wrote for other tools do: four blanks after an empty line are code, but below an
item of a list they belong to it, and an end of a line within a paragraph is no more than a blank.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

FENCE = re.compile(
    r"^(?P<lead>(?:[ \t]*>)*[ \t]*)(?P<item>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<mark>`{3,}(?=[^`]*$)|~{3,})"
)
QUOTED = re.compile(r"^(?P<indent>[ \t]*)>(?:[ \t]*>)* ?")
ITEM = re.compile(r"(?P<mark>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|$)")
RULE = re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}$")
HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
OF_ITS_OWN = re.compile(
    r"\[[^\[\]\n]{1,200}\]:|\[!\w+|\[TOC\]|\[\[_TOC_\]\]|:::|: |!!!|\?\?\?|===|[•·‣▪◦]"
)
"""Beginnings of lines that stand by themselves: definitions of links, marks of other tools, lists by hand."""
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
    ITEM = auto()
    """The first line of a list's item."""
    ROW = auto()
    HEADING = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Line:
    text: str
    kind: Kind
    quote: str = ""
    """The marks of the quotations that it stands in, and what is before them."""
    base: int = 0
    """How far the text of its list's item is indented."""

    @property
    def words(self) -> str:
        return self.text[len(self.quote) :].lstrip()


class Fences:
    """Says of one line after the other whether it is fenced code; fences count as that."""

    def __init__(self) -> None:
        self._mark, self._depth = "", 0

    def hold(self, line: str) -> bool:
        mark = FENCE.match(line)
        if self._mark and line.count(">", 0, len(line) - len(line.lstrip(" \t>"))) < self._depth:
            self._mark = ""  # a quotation's code ends with it
        if not self._mark:
            if mark:
                self._mark, self._depth = mark["mark"], mark["lead"].count(">")
            return bool(mark)
        if mark and not mark["item"] and mark["mark"].startswith(self._mark):
            is_bare = not line[mark.end() :].strip()
            if is_bare and mark["lead"].count(">") == self._depth:
                self._mark = ""
        return True


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything but its fenced code changed."""
    fences = Fences()
    parts: list[tuple[bool, list[str]]] = []
    for line in text.split("\n"):
        is_code = fences.hold(line)
        if not parts or parts[-1][0] != is_code:
            parts.append((is_code, []))
        parts[-1][1].append(line)
    return "\n".join(
        "\n".join(lines) if is_code else change("\n".join(lines)) for is_code, lines in parts
    )


def read(text: str) -> list[Line]:
    return list(_Reader(text.split("\n")).lines())


class _Reader:
    def __init__(self, given: list[str]) -> None:
        self._given = given
        self._fences = Fences()
        self._bases: list[list[int]] = [[]]
        """How far the texts of the items are indented that the line may belong to; for each quotation around it."""
        self._before = Kind.EMPTY
        self._in_table = False
        self._last_end = max(
            (at for at, line in enumerate(given) if "</" in line and WHOLE_END.search(line)),
            default=0,
        )
        self._whole = 0
        """Elements of HTML that are open in which indentation means nothing."""

    def lines(self) -> Iterator[Line]:
        for at, text in enumerate(self._given):
            line = self._line(text, self._given[at + 1] if at + 1 < len(self._given) else "", at)
            self._before = line.kind
            yield line

    def _line(self, text: str, below: str, at: int) -> Line:
        if self._fences.hold(text):
            self._in_table = False
            return Line(text, Kind.CODE)
        quoted = QUOTED.match(text)
        quote = quoted[0] if quoted else ""
        if quoted and self._is_code(quoted["indent"].expandtabs(4), self._bases[0]):
            return Line(text, Kind.CODE)
        bases = self._bases_of(quote.count(">"))
        rest = text[len(quote) :].expandtabs(4)
        words = rest.lstrip()
        if not words:
            self._in_table = False
            return Line(text, Kind.EMPTY, quote)
        indent = len(rest) - len(words)
        item = None if RULE.match(words) else ITEM.match(words)
        if item or self._before is Kind.EMPTY:
            _leave(bases, indent)
        base = bases[-1] if bases else 0
        if self._is_code(rest[:indent], bases):
            return Line(text, Kind.CODE, quote, base)
        if words[0] == "<" or self._whole:
            for found in WHOLE.finditer(words):
                self._whole = max(0, self._whole + (-1 if found["end"] else at <= self._last_end))
        if item and (item["gap"] or self._before is not Kind.TEXT):
            gap = len(item["gap"])
            base = indent + len(item["mark"]) + (gap if 1 <= gap <= 4 else 1)
            bases.append(base)
            self._in_table = False
            return Line(text, Kind.ITEM, quote, base)
        return Line(text, self._kind(text, words, below), quote, base)

    def _bases_of(self, depth: int) -> list[int]:
        """Those of the quotation that is so deep."""
        if depth + 1 != len(self._bases):
            self._in_table = False
            del self._bases[depth + 1 :]
            self._bases += [[] for _one in range(depth + 1 - len(self._bases))]
        return self._bases[-1]

    def _is_code(self, indent: str, bases: list[int]) -> bool:
        """Is a line of this indentation code, and no more of the paragraph before?"""
        if self._before in {Kind.TEXT, Kind.ITEM, Kind.ROW} or self._whole:
            return False
        return len(indent) >= (bases[-1] if bases else 0) + 4

    def _kind(self, text: str, words: str, below: str) -> Kind:
        self._in_table = self._in_table or ("|" in words and _is_delimiter(below))
        if self._in_table:
            return Kind.ROW
        if HEADING.match(words):
            return Kind.HEADING
        is_line = RULE.match(words) or UNDERLINE.match(words)
        return Kind.OTHER if is_line or OF_ITS_OWN.match(words) else Kind.TEXT


def _leave(bases: list[int], indent: int) -> None:
    while bases and indent < bases[-1]:
        bases.pop()


def _is_delimiter(line: str) -> bool:
    """Is it the line between the head of a table and its rows?"""
    return "|" in line and bool(DELIMITER.fullmatch(line.strip(" \t>")))


def joined(text: str) -> str:
    """The text with each paragraph on one line, and a break where its writer asked for one."""
    kept: list[str] = []
    before: Line | None = None
    for line in read(text):
        if before and _goes_on(before, line, kept[-1]):
            kept[-1] = f"{kept[-1].rstrip()} {line.words}"
        elif before and before.kind in {Kind.TEXT, Kind.ITEM} and line.kind is Kind.TEXT:
            if _is_broken(kept[-1]):
                kept[-1] = kept[-1].removesuffix("\\").rstrip() + "  "
            kept.append(line.text)
        else:
            kept.append(line.text)
        before = line
    return "\n".join(kept)


def _goes_on(before: Line, line: Line, so_far: str) -> bool:
    return (
        line.kind is Kind.TEXT
        and before.kind in {Kind.TEXT, Kind.ITEM}
        and line.quote.count(">") <= before.quote.count(">")
        and not _is_broken(so_far)
        and len(so_far) + len(line.text) < LONGEST_JOINED
    )


def _is_broken(line: str) -> bool:
    """Is a paragraph broken at the end of this line? Of two backslashes the first says that the second is one."""
    backslashes = len(line) - len(line.rstrip("\\"))
    return line.endswith("  ") or backslashes % 2 == 1
