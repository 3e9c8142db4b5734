"""HTML within Markdown, as Markdown: here raw HTML is shown as it was typed.

The standard library's parser knows no Markdown: it would take `<b>` in code for a tag and lose `<your name>`. So tags are
found here, outside of code, and only those of HTML; all else stays text. Names of tags that have no end stay too, since
people write `<p>` when they speak of it. Every pattern is bounded: time grows with the length of the text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from textwrap import dedent
from typing import Any

from django.utils.translation import ngettext

from knowledge.importing.lines import Kind, Line, read

TOKEN = re.compile(
    r"\\[\\<`]|(?P<ticks>`+)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,14})"
    r"(?P<given>(?:\s(?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}')*)?)/?>"
)
GIVEN = re.compile(r"""([a-zA-Z-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
STRONG, EMPHASIS, STRUCK = {"b", "strong"}, {"i", "em", "cite", "dfn"}, {"del", "s", "strike"}
MARKS = {**dict.fromkeys(STRONG, "**"), **dict.fromkeys(EMPHASIS, "*"), **dict.fromkeys(STRUCK, "~~")}  # fmt: skip
CODE = {"code", "kbd", "samp", "tt", "var"}
RAISED = {"sup": str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"), "sub": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")}  # fmt: skip
PLAIN = {
    "a", "abbr", "acronym", "bdi", "bdo", "big", "center", "font", "ins", "label", "mark", "nobr", "picture", "q", "small",
    "span", "u", "wbr",
}  # fmt: skip
"""Words in these are words; a link is one where it leads somewhere."""
BOXES = {
    "article", "aside", "details", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "main",
    "nav", "p", "section",
}  # fmt: skip
HEADINGS = {f"h{level}" for level in range(1, 7)}
CELLS, PARTS = {"td", "th"}, {"thead", "tbody", "tfoot", "caption", "colgroup"}
LISTS = {"ul", "ol"}
ELSEWHERE = {"iframe", "video", "audio", "embed", "object"}
"""Only a link to it can be kept."""
HIDDEN = {"script", "style", "svg", "template", "noscript", "canvas", "math"}
WORDS_ONLY = {"button", "select", "option", "textarea", "meter", "progress", "legend", "map"}
EMPTY = {"br", "hr", "img", "input", "wbr", "embed", "source", "track", "col", "area", "link", "meta", "param"}  # fmt: skip
SPEAKING = {"br", "hr", "wbr"}
"""Empty ones that mean something without more words."""
BLOCKS = BOXES | HEADINGS | LISTS | PARTS | CELLS | {"table", "tr", "li", "blockquote", "pre", "hr", "summary"}  # fmt: skip
KNOWN = BLOCKS | PLAIN | CODE | set(MARKS) | set(RAISED) | EMPTY | ELSEWHERE | HIDDEN | WORDS_ONLY
ENDS_BY_ITSELF = {
    "li": ({"li"}, LISTS), "tr": ({"tr", *CELLS, *PARTS} - {"thead", "tbody", "tfoot"}, {"table"}),
    **dict.fromkeys(CELLS, (CELLS, {"table", "tr"})), **dict.fromkeys(PARTS, ({"tr", *CELLS, *PARTS}, {"table"})),
    **dict.fromkeys(("dt", "dd"), ({"dt", "dd"}, {"dl"})), "p": ({"p"}, BLOCKS - {"p"}),
}  # fmt: skip
"""What a tag of this name ends, and within what."""
NEEDS_NO_END = {"li", "tr", "p", "dt", "dd", *CELLS, *PARTS}
DEEPEST = 24
MOST_COLUMNS = 50
MOST_CELLS = 20_000
"""Of a table, with those that are filled in: more would not be shown as one either."""
LEAD = re.compile(r"^(?P<lead>[ \t>]*)(?P<item>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)")
SCHEMES = {"http", "https", "mailto", "tel"}
UNSAFE = re.compile(r"""[\s<>()\[\]\\`"|]""")
BREAK = "\x00"
"""An end of a line, until it is known what stands around it; texts that are read have no such character."""
RUN = re.compile("`+")
BRACKET = re.compile(r"(\\.|[\[\]])")


@dataclass
class Node:
    """An element, with what is in it: words, code as it stands, and elements."""

    name: str
    given: str = ""
    typed: str = ""
    at: int = 0
    children: list["Node | str | Code"] = field(default_factory=list)
    is_ended: bool = False
    has_blocks: bool = False

    def said(self, name: str) -> str:
        for found in GIVEN.finditer(self.given):
            if found[1].lower() == name:
                return unescape(found[2] or found[3] or found[4] or "")
        return ""


@dataclass(frozen=True)
class Code:
    """Taken as it stands: fenced and indented code with its lines, or code within a line."""

    text: str
    is_block: bool = False


Part = Node | str | Code


def without_html(text: str) -> tuple[str, list[str]]:
    """The text with Markdown instead of HTML, and what of it can't be shown here."""
    if not any(_name(found) for found in TOKEN.finditer(text)):
        return text, []
    tree = _Tree()
    for line in _bare(read(text)):
        tree.add(line)
    tree.end()
    out = _Out()
    left_out = tree.left_out
    _flow(tree.root.children, out, left_out)
    return out.text(), [
        ngettext(
            "“<%(tag)s>” can’t be shown here and was left out",
            "“<%(tag)s>” can’t be shown here and was left out, %(n)s times",
            n,
        )
        % {"tag": tag, "n": n}
        for tag, n in sorted(left_out.items())
    ]


def destination(to: str) -> str:
    """An address as it may stand in the round brackets of a link; nothing where it is no plain one."""
    to = "".join(char for char in unescape(to).strip() if char.isprintable())
    scheme, colon, _rest = re.split(r"[/?#]", to, maxsplit=1)[0].partition(":")
    if colon and scheme.strip().lower() not in SCHEMES:
        return ""
    return UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), to)


def label(words: str) -> str:
    """Words as they may stand in the square brackets of a picture."""
    words = " ".join(unescape(words).split())
    return words.translate(str.maketrans("[]`<>|", "()'()/"))[:500]


def _name(found: re.Match[str]) -> str:
    """The name of the tag, in small letters, where it is one of HTML."""
    name = (found["name"] or "").lower()
    if name not in KNOWN or (name in EMPTY - SPEAKING and "=" not in found["given"]):
        return ""
    return name


# Reading -----------------------------------------------------------------------------------------------------


def _bare(lines: list[Line]) -> Iterator[Line]:
    """How far tags are indented means nothing in HTML, and much in Markdown."""
    for line in lines:
        words = line.words
        found = TOKEN.match(words) if words[:1] == "<" and line.kind is Kind.TEXT else None
        if found and _name(found):
            yield Line(f"{line.quote}{' ' * line.base}{words}", line.kind, line.quote, line.base)
        else:
            yield line


class _Tree:
    """Elements as browsers would read them: what is not ended ends with what it stands in."""

    def __init__(self) -> None:
        self.root = Node("")
        self._open = [self.root]
        self._found: list[tuple[str, Any]] = []
        self._last_end: dict[str, int] = {}
        self._paragraph: list[str] = []
        self._code: list[str] = []
        self.left_out: Counter[str] = Counter()

    def add(self, line: Line) -> None:
        if line.kind is Kind.CODE:
            self._flush_words()
            self._code.append(line.text + "\n")
            return
        self._flush_code()
        if line.kind in {Kind.ROW, Kind.HEADING}:
            self._flush_words()
            self._found.append(("text", _in_line(line.text, self.left_out) + "\n"))
        else:
            self._paragraph.append(line.text + "\n")
            if line.kind is Kind.EMPTY:
                self._flush_words()

    def add_words(self, text: str) -> None:
        self._paragraph.append(text)

    def end(self) -> None:
        self._flush_words()
        self._flush_code()
        for at, (what, found) in enumerate(self._found):
            if what == "tag" and found["end"]:
                self._last_end[found["name"].lower()] = at
        for at, (what, found) in enumerate(self._found):
            if what == "tag":
                self._tag(at, found)
            else:
                self._open[-1].children.append(found)
        self._close_to(1)
        _settle(self.root)

    def _flush_words(self) -> None:
        self._found += _tokens("".join(self._paragraph))
        self._paragraph = []

    def _flush_code(self) -> None:
        if self._code:
            self._found.append(("code", Code("".join(self._code), is_block=True)))
            self._code = []

    def _tag(self, at: int, found: re.Match[str]) -> None:
        name, typed = _name(found), found[0]
        if found["end"]:
            self._end(name)
            return
        if name in ENDS_BY_ITSELF:
            self._end_before(*ENDS_BY_ITSELF[name])
        elif name in BLOCKS:
            self._end_before({"p"}, BLOCKS - {"p"})
        node = Node(name, found["given"], typed, at)
        has_end = name in NEEDS_NO_END or self._last_end.get(name, -1) > at
        if name not in EMPTY and not has_end:
            self._open[-1].children.append(typed)
            return
        self._open[-1].children.append(node)
        if name in EMPTY:
            node.is_ended = True
        elif len(self._open) <= DEEPEST:
            self._open.append(node)

    def _end(self, name: str) -> None:
        """End the nearest of this name; what stands within a line ends nothing around its block."""
        for depth in range(len(self._open) - 1, 0, -1):
            node = self._open[depth]
            if node.name == name:
                node.is_ended = True
                self._close_to(depth)
                return
            if node.name in BLOCKS and name not in BLOCKS:
                return

    def _end_before(self, names: set[str], within: set[str]) -> None:
        last = 0
        for depth in range(len(self._open) - 1, 0, -1):
            name = self._open[depth].name
            if name in names:
                last = depth
            elif name in within:
                break
        if last:
            self._close_to(last)

    def _close_to(self, depth: int) -> None:
        del self._open[depth:]


def _settle(root: Node) -> None:
    """Say of each element whether blocks stand in it."""
    for child in root.children:
        if isinstance(child, Node):
            _settle(child)
            root.has_blocks = root.has_blocks or child.has_blocks or child.name in BLOCKS
        elif isinstance(child, Code):
            root.has_blocks = root.has_blocks or child.is_block


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    """Words, code within lines, and tags of one paragraph."""
    runs = [(one.start(), one.end()) for one in RUN.finditer(text)]
    closes: dict[int, int] = {}
    last: dict[int, int] = {}
    for begin, end in reversed(runs):
        if end - begin in last:
            closes[begin] = last[end - begin]
        last[end - begin] = end
    at = done = 0
    while found := TOKEN.search(text, at):
        at = found.end()
        if found["ticks"]:
            end = closes.get(found.start(), 0)
            if not end:
                continue
            what: tuple[str, Any] = ("code", Code(text[found.start() : end]))
            at = end
        elif found["name"] and _name(found):
            what = ("tag", found)
        else:
            continue
        if text[done : found.start()]:
            yield "text", text[done : found.start()]
        yield what
        done = at
    if text[done:]:
        yield "text", text[done:]


# Writing -----------------------------------------------------------------------------------------------------


class _Out:
    """Markdown that grows, and what stands before its lines: quotations and lists."""

    def __init__(self, *, is_inside: bool = False, is_item: bool = False) -> None:
        self._lines: list[str] = []
        self._parts: list[str] = []
        self._is_inside = is_inside
        """Within an element: how its lines are indented means nothing."""
        self.is_item = is_item
        self._is_new = False
        """Right behind a block or a break."""
        self._empty_at = 0
        """Where an empty line stands behind a block: no other has to follow it."""

    def text(self) -> str:
        return "\n".join([*self._lines, "".join(self._parts)]).removesuffix("\n")

    def words(self, text: str) -> None:
        if self._is_new:
            text = text.lstrip(" \t")
            if text[:1] == "\n":
                self._parts, text = [], text[1:]
            self._is_new = not text
        first, *more = text.split("\n")
        if first := first if self._parts else self._bare(first):
            self._parts.append(first)
        for line in more:
            self._push("".join(self._parts))
            bare = self._bare(line)
            self._parts = [bare] if bare else []

    def as_it_stands(self, code: str) -> None:
        """Lines of code, which begin at the beginning of a line."""
        self._is_new = False
        line = "".join(self._parts)
        if line.strip(" \t>"):
            self._lines.append(line)
        *lines, last = (dedent(code) if self._is_inside else code).split("\n")
        self._lines += lines
        self._parts = [last]

    def line_break(self) -> None:
        """The next line of the same paragraph."""
        line = "".join(self._parts)
        if not line.strip(" \t>"):
            return
        self._lines.append(line.rstrip() + "  ")
        self._parts = [_lead(line)]
        self._is_new = True

    def block(self, block: str, *, is_tight: bool = False) -> None:
        """Lines that stand by themselves, at the depth of what came before."""
        line = "".join(self._parts)
        lead = _lead(line)
        lines = block.split("\n")
        if _is_begun(line):
            self._lines.append(line + lines.pop(0))
        else:
            if line.strip(" \t>"):
                self._lines.append(line.rstrip())
            while is_tight and self._lines and not self._lines[-1]:
                self._lines.pop()
            if not is_tight and self._lines and self._lines[-1].strip(" \t>"):
                self._lines.append(lead.rstrip())
        self._lines += [lead + one if one else lead.rstrip() for one in lines]
        self._lines.append(lead.rstrip())
        self._empty_at = len(self._lines)
        self._parts = [lead]
        self._is_new = True

    def apart(self) -> None:
        """What comes next is another paragraph."""
        line = "".join(self._parts)
        if _is_begun(line):
            return
        lead = _lead(line)
        if line.strip(" \t>"):
            self._lines += [line.rstrip(), lead.rstrip()]
        elif self._lines and self._lines[-1].strip(" \t>"):
            self._lines.append(lead.rstrip())
        self._empty_at = len(self._lines)
        self._parts = [lead]
        self._is_new = True

    def _bare(self, line: str) -> str:
        return line.lstrip(" \t>") if self._is_inside else line

    def _push(self, line: str) -> None:
        is_again = not line.strip() and not (self._lines and self._lines[-1].strip())
        if not line.strip(" \t>") and self._lines and self._empty_at == len(self._lines):
            self._lines[-1] = min(self._lines[-1], line.rstrip(), key=len)
        elif not (self._is_inside and is_again):
            self._lines.append(line)


def _lead(line: str) -> str:
    found = LEAD.match(line)
    return found["lead"] + " " * len(found["item"]) if found else ""


def _is_begun(line: str) -> bool:
    """Nothing but the mark of a list's item."""
    found = LEAD.fullmatch(line)
    return bool(found and found["item"])


def _flow(parts: Iterable[Part], out: _Out, left_out: Counter[str]) -> None:
    """Text as it stands, with each element as what it is in Markdown."""
    for part in parts:
        if isinstance(part, str):
            out.words(part)
        elif isinstance(part, Code):
            (out.as_it_stands if part.is_block else out.words)(part.text)
        else:
            _element(part, out, left_out)


def _element(node: Node, out: _Out, left_out: Counter[str]) -> None:
    name = node.name
    if name == "br":
        out.line_break()
    elif name == "hr":
        out.block("---")
    elif name in HEADINGS:
        if words := _words(node.children, left_out):
            out.block(f"{'#' * int(name[1])} {words}")
    elif name in {"summary", "dt", "caption"}:
        if words := _words(node.children, left_out).strip("*# "):
            out.block(f"**{words}**")
    elif name in LISTS:
        if block := _list(node, left_out):
            out.block(block, is_tight=out.is_item)
    elif name == "table":
        for block in _table(node, left_out):
            out.block(block)
    elif name == "pre":
        out.block(_fenced(_raw(node.children).strip("\n")))
    elif name == "blockquote":
        if quoted := _inside(node.children, left_out):
            out.block("\n".join(f"> {line}".rstrip() for line in quoted.split("\n")))
    elif name in BLOCKS:
        _box(node, out, left_out)
    elif node.has_blocks and name not in HIDDEN | ELSEWHERE:
        _flow(node.children, out, left_out)
    else:
        out.words(_inline(node, left_out))


def _box(node: Node, out: _Out, left_out: Counter[str]) -> None:
    """A part of the text; Markdown may stand in it, but where it is one paragraph, no more than that."""
    text = "".join(one for one in node.children if isinstance(one, str))
    if node.name in {"p", "dd"} and node.is_ended and not node.has_blocks and "\n\n" not in text:
        if words := _inside(node.children, left_out):
            out.block(words)
        return
    out.apart()
    _flow(node.children, out, left_out)
    out.apart()


def _inside(parts: Iterable[Part], left_out: Counter[str], *, is_item: bool = False) -> str:
    """What is in an element, as text by itself."""
    out = _Out(is_inside=True, is_item=is_item)
    _flow(parts, out, left_out)
    return out.text().strip()


def _list(node: Node, left_out: Counter[str]) -> str:
    """Where numbers leave their order, another sign behind them begins another list: only its first one counts."""
    items: list[str] = []
    number, sign = _number(node, "start", 1) - 1, "."
    for child in node.children:
        item = child if isinstance(child, Node) and child.name == "li" else None
        text = _inside(item.children if item else [child], left_out, is_item=True)
        if not text:
            continue
        following = _number(item, "value", number + 1) if item else number + 1
        if items and following != number + 1:
            sign = ")" if sign == "." else "."
        number = following
        mark = f"{number}{sign} " if node.name == "ol" else "- "
        first, *more = text.split("\n")
        items.append(mark + first)
        items += [" " * len(mark) + line if line.strip() else "" for line in more]
    return "\n".join(items)


def _table(node: Node, left_out: Counter[str]) -> Iterator[str]:
    """A table where each cell is one line; the rows one after the other where one is more."""
    above, rows = _rows(node, left_out)
    yield from above
    if not rows:
        return
    wide = max(len(row) for row in rows)
    is_plain = wide * len(rows) <= MOST_CELLS and all(
        not cell or _is_one_line(cell) for row in rows for cell, _is_head in row
    )
    has_head = len(rows) > 1 and all(is_head for _cell, is_head in rows[0])
    head = [cell for cell, _is_head in rows[0]] if has_head else [""] * wide
    body = [[cell for cell, _is_head in row] for row in (rows[1:] if has_head else rows)]
    if is_plain:
        lines = [_row(head, wide), "|" + " --- |" * wide, *(_row(row, wide) for row in body)]
        yield "\n".join(lines)
        return
    for row in body:
        yield from _row_by_itself(head, row)


def _row_by_itself(head: list[str], row: list[str]) -> Iterator[str]:
    for at, cell in enumerate(row):
        if not cell:
            continue
        title = head[at].strip("*") if at < len(head) else ""
        is_first = at == 0 and _is_one_line(cell) and any(row[1:])
        if is_first:
            yield f"**{cell.strip('*')}**"
        elif title and _is_one_line(title) and len(row) > 1 and any(row[1:]):
            yield f"*{title}*"
            yield cell
        else:
            yield cell


def _rows(node: Node, left_out: Counter[str]) -> tuple[list[str], list[list[tuple[str, bool]]]]:
    """What stands in the table outside of its cells, and its cells with whether they are heads."""
    outside: list[Part] = []
    rows: list[list[tuple[str, bool]]] = []
    down: dict[int, int] = {}

    def walk(parts: list[Part]) -> None:
        for part in parts:
            if isinstance(part, Node) and part.name in {"thead", "tbody", "tfoot"}:
                walk(part.children)
            elif isinstance(part, Node) and part.name in {"tr", *CELLS}:
                cells: list[Part] = part.children if part.name == "tr" else [part]
                if row := _cells(cells, down, outside, left_out):
                    rows.append(row)
            elif not (isinstance(part, Node) and part.name == "colgroup"):
                outside.append(part)

    walk(node.children)
    above = _inside(outside, left_out)
    return ([above] if above else []), rows


def _cells(
    parts: list[Part], down: dict[int, int], outside: list[Part], left_out: Counter[str]
) -> list[tuple[str, bool]]:
    """The cells of a row; what reaches over several columns or rows leaves the others empty."""
    row: list[tuple[str, bool]] = []

    def fill() -> None:
        while down.get(len(row), 0) > 0:
            down[len(row)] -= 1
            row.append(("", False))

    for part in parts:
        if not (isinstance(part, Node) and part.name in CELLS):
            outside.append(part)
            continue
        fill()
        if len(row) >= MOST_COLUMNS:
            outside.append(part)
            continue
        high, wide = _span(part, "rowspan"), _span(part, "colspan")
        cell = _cell(part, left_out)
        for number in range(min(wide, MOST_COLUMNS - len(row))):
            down[len(row)] = high - 1
            row.append(("" if number else cell, part.name == "th"))
    fill()
    return row


def _cell(node: Node, left_out: Counter[str]) -> str:
    """One line where only words are in it."""
    if node.has_blocks:
        inner = [one for one in node.children if not (isinstance(one, str) and not one.strip())]
        only = inner[0] if len(inner) == 1 else None
        if isinstance(only, Node) and only.name in {"p", "div", "center"}:
            return _cell(only, left_out)
        return _inside(node.children, left_out)
    return _words(node.children, left_out)


def _span(node: Node, name: str) -> int:
    said = node.said(name)
    return min(max(int(said), 1), MOST_COLUMNS) if re.fullmatch(r"[0-9]{1,4}", said) else 1


def _number(node: Node, name: str, otherwise: int) -> int:
    said = node.said(name).strip()
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else otherwise


def _is_one_line(cell: str) -> bool:
    return "\n" not in cell and not cell.startswith(
        ("- ", "1. ", "# ", "## ", "### ", "```", "|", "> ")
    )


def _row(cells: list[str], wide: int) -> str:
    filled = [*cells, *[""] * (wide - len(cells))]
    return "| " + " | ".join(map(_without_bars, filled)) + " |"


def _without_bars(cell: str) -> str:
    """A cell in which no bar begins the next one; in code they are safe."""
    if "|" not in cell:
        return cell
    return "".join(
        part.text if isinstance(part, Code) else re.sub(r"(?<!\\)\|", r"\\|", part)
        for part in (one[0] if isinstance(one, re.Match) else one for _what, one in _tokens(cell))
    )


# Within a line -----------------------------------------------------------------------------------------------


def _in_line(line: str, left_out: Counter[str]) -> str:
    """A heading or a row of a table of Markdown, which can't be broken."""
    if not any(_name(found) for found in TOKEN.finditer(line)):
        return line
    tree = _Tree()
    tree.add_words(line)
    tree.end()
    return _unbroken("".join(_inline(one, left_out) for one in tree.root.children))


def _words(parts: Iterable[Part], left_out: Counter[str]) -> str:
    """All of it in one line."""
    text = "".join(_inline(one, left_out) for one in parts)
    return " ".join(_unbroken(text).split())


def _unbroken(text: str) -> str:
    """With commas instead of breaks, where no other sign is there."""
    first, *more = text.split(BREAK)
    kept, last = [first], first.rstrip()[-1:]
    for part in more:
        bare = part.strip()
        if bare and last and last not in ".,;:!?|" and bare[0] != "|":
            kept.append(", ")
        else:
            kept.append(" ")
        kept.append(part.lstrip())
        last = bare[-1:] or last
    return "".join(kept)


def _inline(part: Part, left_out: Counter[str]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Code):
        return part.text
    name = part.name
    if name == "br":
        return BREAK
    if name == "wbr":
        return ""
    if name == "img":
        source = destination(part.said("src"))
        return f"![{label(part.said('alt'))}]({source})" if source else ""
    if name in CODE:
        return _code(_raw(part.children))
    if name in ELSEWHERE:
        source = destination(part.said("src") or part.said("data"))
        if source.startswith(("http:", "https:")):
            return f"<{source}>"
        left_out[name] += 1
        return ""
    if name in HIDDEN | (EMPTY - SPEAKING):
        left_out[name] += name not in {"link", "meta", "source", "track", "col", "area", "param"}
        return ""
    if name in WORDS_ONLY:
        left_out[name] += 1
    words = "".join(_inline(one, left_out) for one in part.children)
    if name == "a":
        return _link(part, words)
    if name in MARKS:
        return _marked(words, MARKS[name])
    if name in RAISED:
        table = RAISED[name]
        return words.translate(table) if all(ord(char) in table for char in words) else words
    if name == "q":
        return f"“{words}”"
    if name == "li":
        return f" • {words.strip()}"
    return f" {words} " if name in BLOCKS else words


def _link(node: Node, words: str) -> str:
    to = destination(node.said("href"))
    bare = _paired(" ".join(words.split()))
    if not to or to == "#" or not bare:
        return words
    before = words[: len(words) - len(words.lstrip())] and " "
    behind = words[len(words.rstrip()) :] and " "
    return f"{before}[{bare}]({to}){behind}"


def _paired(words: str) -> str:
    """With a backslash before each square bracket that stands alone: it would end the words of a link, or begin others."""
    kept: list[str] = []
    opened: list[int] = []
    for what, found in _tokens(words):
        if what != "text":
            kept.append(found.text if what == "code" else found[0])
            continue
        for piece in BRACKET.split(found):
            if piece == "]" and opened:
                opened.pop()
            elif piece == "]":
                piece = r"\]"
            elif piece == "[":
                opened.append(len(kept))
            kept.append(piece)
    for at in opened:
        kept[at] = r"\["
    return "".join(kept)


def _marked(words: str, mark: str) -> str:
    """Bold and the like: blanks stand outside of the marks, and what is more than a paragraph has none."""
    bare = words.strip()
    if not bare or "\n\n" in bare or bare.startswith(mark):
        return words
    at = words.index(bare)
    return f"{words[:at]}{mark}{bare}{mark}{words[at + len(bare) :]}"


def _code(text: str) -> str:
    text = " ".join(unescape(text).split())
    if not text:
        return ""
    mark = "`" * _more_than(text, 0)
    return f"{mark} {text} {mark}" if "`" in (text[0], text[-1]) else f"{mark}{text}{mark}"


def _fenced(text: str) -> str:
    mark = "`" * _more_than(text, 2)
    return f"{mark}\n{unescape(text)}\n{mark}"


def _more_than(text: str, least: int) -> int:
    """One more than the longest row of backticks in it."""
    return max([least, *(len(run) for run in RUN.findall(unescape(text)))]) + 1


def _raw(parts: Iterable[Part]) -> str:
    """The words without any tag."""
    told: list[str] = []
    for part in parts:
        if isinstance(part, Node):
            told.append("\n" if part.name == "br" else _raw(part.children))
        else:
            told.append(part.text if isinstance(part, Code) else part)
    return "".join(told)
