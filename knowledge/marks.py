"""What articles may hold beyond plain Markdown: call-outs, tasks, anchors, links that are looked up when they are shown.

Each becomes an element with one harmless attribute, which `knowledge.markup` cleans like all others and then dresses.
Written as other tools write it, so that texts come in and go out as they are:

    > [!NOTE] or [!TIP], [!WARNING], [!DANGER]      !!! note "With a title of its own"
    - [ ] a task   - [x] one that is done          <!-- a word among writers, shown to nobody -->
    [TOC] on a line of its own                      /kb/some-article/, INC-1042 and https://… are links by themselves
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

from django.conf import settings
from django.utils.text import slugify
from markdown import Extension, Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.treeprocessors import Treeprocessor

from knowledge.blocks import Reading

CALLOUTS = {
    "note": "note", "info": "note", "important": "note", "question": "note", "abstract": "note", "seealso": "note",
    "tip": "tip", "hint": "tip", "success": "tip",
    "warning": "warning", "caution": "warning", "attention": "warning",
    "danger": "danger", "error": "danger", "failure": "danger", "bug": "danger",
}  # fmt: skip
"""What other tools call them, and what they are here."""
ANCHOR = "s-"
LONGEST_ANCHOR = 80
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
LOWEST_FIRST = 3
"""The lowest level of a heading whose section may come first."""
MOST_FOUND = 2_000
"""Headings and links that are noted of one text."""

COMMENT = re.compile(r" {0,3}<!--")
ARTICLE = re.compile(r"^/kb/(?P<slug>[a-zA-Z0-9_-]{1,120})/?(?:\?[^#]*)?(?:#(?P<at>[^#]*))?$")
PICTURE = re.compile(r"^/kb/files/(?P<token>[A-Za-z0-9_-]{8,40})/[^/]*$")
TASK = re.compile(r"^\[([ xX])\][ \t]+")
CALLOUT = re.compile(r"^\s*\[!([A-Za-z]+)\][ \t]*")
ADMONITION = re.compile(r'^!!![ ]?(?P<kind>[A-Za-z]+)(?:[ ]+"(?P<title>[^"\n]*)")?[ ]*$')
PLACEHOLDER = re.compile("\x02wzxhzdk:(\\d+)\x03")
LATE = "\x02amp\x03"
ELSEWHERE = "elsewhere"
"""Instead of the token of a file of ours."""
WORD_PAGES = {"search", "files"}
"""Below /kb/, but no articles."""


@dataclass(frozen=True)
class Heading:
    level: int
    anchor: str
    words: str

    @property
    def target(self) -> str:
        """The id that it has on a page: none is the same as an id of the page around it."""
        return ANCHOR + self.anchor


@dataclass
class Found:
    """What a text holds, in its order."""

    headings: list[Heading] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Where it leads, as it was typed."""
    articles: list[tuple[str, str]] = field(default_factory=list)
    """Slug and anchor; without a slug an anchor of the text itself."""
    pictures: list[str] = field(default_factory=list)
    """Tokens."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of pictures that are not ours, and so not shown."""


class ArticleMarks(Extension):
    """Everything of the above. What it found is in `found`, after converting."""

    def __init__(self, first: Callable[[str], bool] | None = None) -> None:
        """`first`: see `_First`."""
        super().__init__()
        self.found = Found()
        self.first = first

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name that Markdown calls)
        md.parser.blockprocessors.register(_Contents(md.parser), "contents", 95)
        md.inlinePatterns.register(SimpleTagInlineProcessor(r"()~~(.+?)~~", "del"), "del", 55)
        md.inlinePatterns.register(_Address(ADDRESS, md), "address", 105)
        if self.first:
            md.treeprocessors.register(_First(md, self.first), "first", -5)
        md.treeprocessors.register(_Marks(md, self.found), "marks", -10)


def understood(lines: list[str], reading: Reading) -> Iterator[str]:
    """Without comments, and with quotations for `!!! note`; code keeps both. `reading` takes each line at once."""
    return _with_quotations(_without_comments(lines, reading), reading)


def _with_quotations(lines: Iterable[str], reading: Reading) -> Iterator[str]:
    """`!!! note "A title"` with an indented text becomes the quotation that says the same.

    An empty line belongs to it if the next one is indented again.
    """
    is_inside = is_below_empty = False
    for line in lines:
        is_empty = not line.strip()
        if is_inside and line.startswith("  ") and not is_empty:
            if is_below_empty:
                yield ">"
            yield f"> {line.removeprefix('  ').removeprefix('  ')}"
            is_below_empty = False
        elif is_inside and is_empty and not is_below_empty:
            is_below_empty = True
        else:
            if is_inside:
                yield ""
            said = ADMONITION.match(line) if line.startswith("!!!") else None
            is_inside = said is not None and not reading.is_code(line)
            is_below_empty = False
            if said and is_inside:
                yield ""
                line = f"> [!{said['kind']}] {said['title'] or ''}".rstrip()
            yield line


def _without_comments(lines: list[str], reading: Reading) -> Iterator[str]:
    """What writers tell each other, on lines of its own, is an empty line."""
    at, ends = 0, True
    while at < len(lines):
        end: int | None = None
        if ends and COMMENT.match(lines[at]) and not reading.is_code(lines[at]):
            end = next((number for number in range(at, len(lines)) if "-->" in lines[number]), None)
            ends = end is not None
        if end is None:
            yield lines[at]
        elif lines[end].partition("-->")[2].strip():
            yield from lines[at : end + 1]
        else:
            yield ""
        at = at + 1 if end is None else end + 1


def without_comments(text: str) -> str:
    """The text without `<!-- … -->` where it stands on lines of its own, outside of code."""
    if "<!--" not in text:
        return text
    reading = Reading()
    kept: list[str] = []
    for line in _without_comments(text.split("\n"), reading):
        reading.take(line)
        kept.append(line)
    return "\n".join(kept)


class _Contents(BlockProcessor):
    """`[TOC]` on a line of its own. The first is meant: each would be as long as all headings."""

    is_there = False

    def test(self, _parent: Element, block: str) -> bool:
        return block.strip() in {"[TOC]", "[[_TOC_]]"}

    def run(self, parent: Element, blocks: list[str]) -> None:
        blocks.pop(0)
        if not self.is_there:
            SubElement(parent, "div", {"data-contents": "here"})
            self.is_there = True


ADDRESS = r"(?<![\w/.:@-])(https?://[^\s<>\x02\x03\"]{1,1000}|/kb/[a-zA-Z0-9_-]{1,120}/(?:#[A-Za-z0-9_-]+)?)"


class _Address(InlineProcessor):
    """An address as it is typed, without the stop or bracket behind it."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, found: re.Match[str], _text: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        address = found[1].rstrip(".,;:!?'*_~")
        while address.endswith(")") and address.count("(") < address.count(")"):
            address = address[:-1]
        link = Element("a", {"href": address})
        link.text = address
        return link, found.start(0), found.start(0) + len(address)


def _kind_of(element: Element) -> str | None:
    said = CALLOUT.match(element.text or "") if element.tag == "p" else None
    return CALLOUTS.get(said[1].lower()) if said else None


def _words(element: Element) -> str:
    """What it says, without the marks of footnotes."""
    if element.tag == "sup" and element.find("span[@data-noted]") is not None:
        return ""
    parts = [element.text or ""]
    for child in element:
        parts += [_words(child), child.tail or ""]
    return "".join(parts)


class _First(Treeprocessor):
    """The section below the heading that is meant comes first, without its heading, and then a mark."""

    def __init__(self, md: Markdown, is_meant: Callable[[str], bool]) -> None:
        super().__init__(md)
        self.is_meant = is_meant

    def run(self, root: Element) -> None:
        parts = list(root)
        begin = next((at for at, one in enumerate(parts) if self._begins(one)), None)
        if begin is None:
            return
        level = _level(parts[begin])
        end = begin + 1
        while end < len(parts) and not (0 < _level(parts[end]) <= level or _are_notes(parts[end])):
            end += 1
        if section := parts[begin + 1 : end]:
            rest = Element("div", {"data-rest": "here"})
            root[:] = [*section, rest, *parts[:begin], *parts[end:]]

    def _begins(self, element: Element) -> bool:
        return 0 < _level(element) <= LOWEST_FIRST and self.is_meant(_words(element).strip())


def _level(element: Element) -> int:
    """Of a heading; of anything else nought."""
    return int(element.tag[1]) if element.tag in HEADINGS else 0


def _are_notes(element: Element) -> bool:
    return "data-notes" in element.attrib


class _Marks(Treeprocessor):
    """The finished tree: notes what it holds, and marks what is dressed later."""

    def __init__(self, md: Markdown, found: Found) -> None:
        super().__init__(md)
        self.found = found
        self.taken: set[str] = set()
        self.parents: dict[Element, Element] = {}

    def run(self, root: Element) -> None:
        self.parents = {child: parent for parent in root.iter() for child in parent}
        for element in list(root.iter()):
            if step := self.STEPS.get(element.tag):
                step(self, element)

    def heading(self, element: Element) -> None:
        level = max(2, int(element.tag[1]))
        element.tag = f"h{level}"
        words = self._words(element)
        if not words or len(self.found.headings) >= MOST_FOUND:
            return
        anchor = self._free(slugify(words)[:LONGEST_ANCHOR].strip("-") or "section")
        element.set("data-at", anchor)
        self.found.headings.append(Heading(level, anchor, words))

    def link(self, element: Element) -> None:
        href = self._late(element.get("href", ""))
        if len(self.found.links) >= MOST_FOUND:
            return
        self.found.links.append(href)
        address = (
            href.removeprefix(settings.SITE_URL) if href.startswith(settings.SITE_URL) else href
        )
        if address.startswith("#"):
            self._leads_to(element, "", address[1:])
        elif (match := ARTICLE.match(address)) and match["slug"] not in WORD_PAGES:
            self._leads_to(element, match["slug"], match["at"] or "")

    def picture(self, element: Element) -> None:
        source = self._late(element.get("src", ""))
        words = self._late(element.get("alt", ""))
        if match := PICTURE.match(source.removeprefix(settings.SITE_URL)):
            token = match["token"]
            self.found.pictures.append(token)
        elif source.startswith("/files/"):
            self.found.links.append(source)
            return
        else:
            token = ELSEWHERE
            self.found.elsewhere.append(source)
        tail = element.tail
        element.clear()
        element.tag, element.text, element.tail = "span", words, tail
        element.set("data-picture", token)

    def quotation(self, element: Element) -> None:
        """`> [!NOTE] Perhaps a title`, then the text. Two that follow each other are one quotation in Markdown."""
        parts: list[list[Element]] = []
        for child in element:
            if not parts or (_kind_of(child) and parts[-1]):
                parts.append([])
            parts[-1].append(child)
        if not any(_kind_of(part[0]) for part in parts):
            return
        parent = self.parents[element]
        at = list(parent).index(element)
        parent.remove(element)
        for number, part in enumerate(parts):
            kind = _kind_of(part[0])
            box = Element("div" if kind else "blockquote")
            box.tail = element.tail if number == len(parts) - 1 else "\n"
            parent.insert(at + number, box)
            self.parents.update(dict.fromkeys(part, box))
            box.extend(part)
            if kind:
                box.set("data-callout", kind)
                part[0].text = CALLOUT.sub("", part[0].text or "", count=1)
                self._split_off_title(box, part[0])

    def item(self, element: Element) -> None:
        first = next(iter(element), None)
        holder = first if first is not None and first.tag == "p" and not element.text else element
        task = TASK.match((holder.text or "").lstrip())
        if not task:
            return
        box = Element("span", {"data-task": "open" if task[1] == " " else "done"})
        box.tail = (holder.text or "").lstrip()[task.end() :]
        holder.text = ""
        holder.insert(0, box)

    def rest(self, element: Element) -> None:
        """Only what stands below is listed in the contents."""
        if "data-rest" in element.attrib:
            self.found.headings.clear()

    STEPS = {
        **dict.fromkeys(HEADINGS, heading),
        "a": link, "img": picture, "blockquote": quotation, "li": item, "div": rest,
    }  # fmt: skip

    @staticmethod
    def _split_off_title(callout: Element, first: Element) -> None:
        """What stands on the line of the mark is the title; the rest of that paragraph is text."""
        children = list(first)
        line_end = next((at for at, child in enumerate(children) if child.tag == "br"), None)
        title = Element("p", {"data-title": "given"})
        title.text, first.text = first.text, None
        for child in children if line_end is None else children[:line_end]:
            first.remove(child)
            title.append(child)
        if line_end is not None:
            first.text = (children[line_end].tail or "").lstrip("\n")
            first.remove(children[line_end])
        if not (first.text or "").strip() and not len(first):
            callout.remove(first)
        if "".join(title.itertext()).strip():
            callout.insert(0, title)

    def _leads_to(self, element: Element, slug: str, at: str) -> None:
        anchor = slugify(unquote(at))[: LONGEST_ANCHOR + 2]
        self.found.articles.append((slug, anchor))
        element.attrib = {"data-leads": f"{slug}#{anchor}" if anchor else slug}

    def _free(self, anchor: str) -> str:
        free, again = anchor, 1
        while free in self.taken:
            again += 1
            free = f"{anchor}-{again}"
        self.taken.add(free)
        return free

    def _words(self, element: Element) -> str:
        return " ".join(html.unescape(self._late(_words(element))).split())

    def _late(self, text: str) -> str:
        """Text as it is in the end: what Markdown puts aside until then is put in."""
        blocks = self.md.htmlStash.rawHtmlBlocks

        def stashed(match: re.Match[str]) -> str:
            number = int(match[1])
            return html.unescape(str(blocks[number])) if number < len(blocks) else ""

        return PLACEHOLDER.sub(stashed, text).replace(LATE, "&")
