"""Markdown as people write it, made safe HTML. The only place that marks stored text as safe.

Stored text is raw; it is cleaned each time it is shown, so that a better cleaner mends old text too.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from xml.etree.ElementTree import Element

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor

LONGEST = 200_000
"""Characters that are rendered; longer text, and text that costs too much, is shown as it was typed."""

TAGS = {
    "p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "img",
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
OWN_FILE = re.compile(r"^/files/[A-Za-z0-9_-]+/[^/?#]+$")
DEEPEST_NESTING = 24
MOST_BRACKETS = 1_500
MOST_MARKS = 20_000
LONGEST_LINE = 10_000
_DEEP = re.compile(rf"^(?:[ \t]*>){{{DEEPEST_NESTING},}}|^[ \t]{{200,}}", re.MULTILINE)


def _costs_too_much(text: str) -> bool:
    """Text that no person writes as Markdown, such as a pasted dump: its marks would cost the renderer seconds.

    Measured: time grows with the square of the open brackets (1,500 take 0.2 s) and of the marks in one line.
    """
    return (
        len(text) > LONGEST
        or text.count("[") > MOST_BRACKETS
        or sum(map(text.count, "*_`<&\\|>")) > MOST_MARKS
        or any(len(line) > LONGEST_LINE for line in text.splitlines())
        or bool(_DEEP.search(text))
    )


def _only_harmless(tag: str, attribute: str, value: str) -> str | None:
    """A picture from elsewhere would tell its host who reads; only our own files are shown.

    Links whose scheme is not plainly one of ours go as well, such as `java%0ascript:`.
    """
    if (tag, attribute) == ("img", "src"):
        return value if OWN_FILE.match(value) else None
    if attribute == "href":
        scheme, colon, _rest = re.split(r"[/?#]", value, maxsplit=1)[0].partition(":")
        return value if not colon or scheme.lower() in SCHEMES else None
    return value


class _Name(InlineProcessor):
    """`@[Sasha Vole](person:12)`: a name and what it is the name of."""

    def handleMatch(self, found: re.Match[str], _text: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        span = Element("span", {"data-names": found[2]})
        span.text = f"@{found[1]}"
        return span, found.start(0), found.end(0)


class _Number(InlineProcessor):
    """`INC-1042`, outside of links."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, found: re.Match[str], _text: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        span = Element("span", {"data-names": found[0]})
        span.text = found[0]
        return span, found.start(0), found.end(0)


NAMES = r"@\[([^\[\]\n]{1,120})\]\(([a-z]+:[1-9][0-9]{0,17})\)"
NUMBERS = r"\b[A-Z]{2,6}-[1-9][0-9]{0,14}\b"
_NAMED = re.compile(r'<span data-names="([^"<>]+)">([^<]*)</span>')


def with_names(text: str, shown: Callable[[str, str], str]) -> SafeString:
    """As `to_html`, with names and numbers of records as `shown` has them.

    It gets what a name stands for ("person:12", "INC-1042") and the words as they were typed, in HTML, and returns
    what is to be there, as `format_html` made it.
    """
    html = to_html(text, named=True)
    return mark_safe(_NAMED.sub(lambda found: shown(found[1], found[2]), html))  # noqa: S308 (cleaned; `shown` escapes)


@lru_cache(maxsize=2048)
def to_html(text: str, *, named: bool = False) -> SafeString:
    """Markdown to cleaned HTML; headings start at level two, links carry no opener.

    `named`: names and numbers of records are spans that say what they name, see `with_names`.
    """
    if _costs_too_much(text):
        return format_html("<pre>{}</pre>", text)
    renderer = Markdown(
        extensions=["tables", "fenced_code", "sane_lists", "nl2br"],
        output_format="html",
        tab_length=2,
    )
    renderer.preprocessors.deregister("html_block")
    renderer.inlinePatterns.deregister("html")
    if named:
        renderer.inlinePatterns.register(_Name(NAMES, renderer), "name", 175)
        renderer.inlinePatterns.register(_Number(NUMBERS, renderer), "number", 5)
    try:
        html = renderer.convert(text)
    except RecursionError:
        return format_html("<pre>{}</pre>", text)
    html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        html, tags=TAGS | {"span"}, attributes=ATTRIBUTES | {"span": {"data-names"}}, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow",
        attribute_filter=_only_harmless, clean_content_tags={"script", "style"},
    )  # fmt: skip
    return mark_safe(clean)  # noqa: S308 (cleaned one line above)


_MARKS = re.compile(r"\]\([^)]*\)|[`*_#>\[\]]|^\s*[-+]\s|^\s*\d+\.\s", re.MULTILINE)


def to_line(text: str, length: int = 160) -> str:
    """The beginning of a text on one line, without its marks: for lists and mail subjects."""
    flat = " ".join(_MARKS.sub("", text[: length * 4]).split())
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + "…"


def highlight(text: str, start: str = "\x02", end: str = "\x03") -> SafeString:
    """Search hits: text with its matches between two control characters, as escaped HTML with `<mark>`."""
    safe = escape(text).replace(start, "<mark>").replace(end, "</mark>")
    return mark_safe(safe)  # noqa: S308 (escaped before the marks were put in)
