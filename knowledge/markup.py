"""Markdown as people write it, made safe HTML. The only place that marks stored text as safe.

Stored text is raw; it is cleaned each time it is shown, so that a better cleaner mends old text too.
"""

import html as markup
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from xml.etree.ElementTree import Element

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from accounts.templatetags.firebreak import draw
from knowledge.blocks import Blocks
from knowledge.marks import ANCHOR, ELSEWHERE, ArticleMarks, Found, Heading, understood

LONGEST = 200_000
"""Characters that are rendered; longer text, and text that costs too much, is shown as it was typed."""

TAGS = {
    "p", "br", "hr", "strong", "em", "del", "sup", "code", "pre", "blockquote", "ul", "ol", "li", "a", "img",
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
OWN_FILE = re.compile(r"^/(?:kb/)?files/[A-Za-z0-9_-]+/[^/?#]+$")
DEEPEST_NESTING = 24
MOST_BRACKETS = 1_500
MOST_MARKS = 20_000
LONGEST_LINE = 10_000
MOST_LINES = 10_000
"""Of one paragraph."""
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_DEEP = re.compile(rf"^(?:[ \t]*>){{{DEEPEST_NESTING},}}|^[ \t]{{200,}}", re.MULTILINE)


def _costs_too_much(text: str) -> bool:
    """Text that no person writes as Markdown, such as a pasted dump: its marks would cost the renderer seconds.

    Measured: time grows with the square of the open brackets (1,500 take 0.2 s) and of the marks in one line. Headings
    are not counted: 10,000 take a second, as other lines do.
    """
    return (
        len(text) > LONGEST
        or text.count("[") > MOST_BRACKETS
        or sum(map(text.count, "*_`<&\\|>~")) > MOST_MARKS
        or text.count("\n") > 3 * MOST_LINES
        or any(block.count("\n") > MOST_LINES for block in _EMPTY_LINE.split(text))
        or any(len(line) > LONGEST_LINE for line in text.splitlines())
        or bool(_DEEP.search(text))
    )


def _only_harmless(tag: str, attribute: str, value: str) -> str | None:
    """A picture from elsewhere would tell its host who reads; only our own files are shown.

    Links whose scheme is not plainly one of ours go as well, such as `java%0ascript:`.
    """
    if (tag, attribute) == ("img", "src"):
        return value if OWN_FILE.match(value) else None
    if attribute.startswith("data-"):
        return value if _MARK_VALUE.match(value) else None
    if attribute == "href":
        scheme, colon, _rest = re.split(r"[/?#]", value, maxsplit=1)[0].partition(":")
        return value if not colon or scheme.lower() in SCHEMES else None
    return value


_MARK_VALUE = re.compile(r"^[A-Za-z0-9_:#-]{1,220}$")


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
        span.text = AtomicString(found[0])  # bold text is read once more
        return span, found.start(0), found.end(0)


NAMES = r"@\[([^\[\]\n]{1,120})\]\(([a-z]+:[1-9][0-9]{0,17})\)"
NUMBERS = r"\b[A-Z]{2,6}-[1-9][0-9]{0,14}\b"
NAMES_IN_HTML = re.compile(r'<span data-names="([A-Z]{2,6}-[1-9][0-9]{0,14})">')
"""In what `draft_of` gives."""
_NAMED = re.compile(r'<span data-names="([^"<>]+)">([^<]*)</span>')


def with_names(text: str, shown: Callable[[str, str], str], *, plain: bool = False) -> SafeString:
    """As `to_html`, with names and numbers of records as `shown` has them.

    It gets what a name stands for ("person:12", "INC-1042") and the words as they were typed, in HTML, and returns
    what is to be there, as `format_html` made it.
    """
    html = plain_to_html(text, named=True) if plain else to_html(text, named=True)
    return mark_safe(_NAMED.sub(lambda found: shown(found[1], found[2]), html))  # noqa: S308 (cleaned; `shown` escapes)


@lru_cache(maxsize=2048)
def to_html(text: str, *, named: bool = False) -> SafeString:
    """Markdown to cleaned HTML; headings start at level two, links carry no opener.

    `named`: names and numbers of records are spans that say what they name, see `with_names`.
    """
    if _costs_too_much(text):
        return format_html("<pre>{}</pre>", text)
    renderer = _renderer()
    if named:
        renderer.inlinePatterns.register(_Name(NAMES, renderer), "name", 175)
        renderer.inlinePatterns.register(_Number(NUMBERS, renderer), "number", 5)
    try:
        html = renderer.convert(text)
    except RecursionError:
        return format_html("<pre>{}</pre>", text)
    html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return mark_safe(_cleaned(html))  # noqa: S308 (cleaned)


def for_letters(html: SafeString, styles: Mapping[str, str]) -> SafeString:
    """What this module made, for a mail, which fetches nothing and has no style sheet: no pictures, plain tags styled.

    `styles` are ours, by the name of the tag.
    """
    bare = re.compile(rf"<({'|'.join(styles)})>")
    without = _ANY_PICTURE.sub("", html)
    return mark_safe(bare.sub(lambda tag: f'<{tag[1]} style="{styles[tag[1]]}">', without))  # noqa: S308 (cleaned)


_ANY_PICTURE = re.compile(r"<img\b[^>]*>")


def _renderer(*, is_article: bool = False) -> Markdown:
    """Markdown without raw HTML."""
    renderer = Markdown(extensions=["nl2br"], output_format="html")
    lines = understood if is_article else None
    Blocks(renderer, with_links=is_article, understood=lines).extend()
    renderer.inlinePatterns.deregister("html")
    return renderer


def _cleaned(html: str) -> str:
    return nh3.clean(
        html, tags=TAGS | MARKED_TAGS, attributes=ATTRIBUTES | MARKED_ATTRIBUTES, url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow", attribute_filter=_only_harmless, clean_content_tags={"script", "style"},
    )  # fmt: skip


def foreign_to_html(
    html: str,
    *,
    tags: set[str],
    attributes: dict[str, set[str]],
    harmless: Callable[[str, str, str], str | None],
) -> SafeString:
    """HTML that came as such, with nothing left but these tags and attributes; `harmless` gives a value, or none."""
    safe = nh3.clean(
        html, tags=tags, attributes=attributes, url_schemes=SCHEMES | {"cid"}, attribute_filter=harmless,
        link_rel="noopener noreferrer nofollow", clean_content_tags={"script", "style", "title", "head"},
    )  # fmt: skip
    return mark_safe(safe)  # noqa: S308 (cleaned)


# Articles --------------------------------------------------------------------------------------------------

MARKED_TAGS = {"span", "div"}
MARKED_ATTRIBUTES = {
    "span": {"data-names", "data-picture", "data-task", "data-noted"},
    "div": {"data-callout", "data-contents", "data-notes", "data-rest"},
    "li": {"data-note"},
    "p": {"data-title"},
    "a": ATTRIBUTES["a"] | {"data-leads"},
    **{heading: {"data-at"} for heading in ("h2", "h3", "h4", "h5", "h6")},
}
"""What our own extensions put in to be dressed afterwards. Nobody can type them: raw HTML is off."""
CALLOUTS = {
    "note": ("info", "info", gettext_lazy("Note")),
    "tip": ("success", "lightbulb", gettext_lazy("Tip")),
    "warning": ("warning", "triangle-alert", gettext_lazy("Warning")),
    "danger": ("danger", "octagon-alert", gettext_lazy("Danger")),
}


@dataclass(frozen=True)
class Draft:
    """A text on its way to be shown: cleaned HTML in which links and pictures are still only named."""

    html: str
    found: Found
    is_as_typed: bool = False
    """It costs too much to be rendered, or is too long, and so is shown as it was typed."""


class Known(Protocol):
    """What the links and pictures of a text lead to, for one reader."""

    def article(self, slug: str) -> tuple[str, str] | None:
        """Address and title, if the reader may open it."""

    def picture(self, token: str) -> str | None:
        """Address, if it is still there."""

    def record(self, number: str) -> str | None:
        """Address of a ticket, if the reader may open it."""


@lru_cache(maxsize=256)
def draft_of(text: str, first: Callable[[str], bool] | None = None) -> Draft:
    """An article's text, read and cleaned once for all readers.

    `first`: the section below a heading of such words stands before the rest, see `dressed_apart`.
    """
    as_typed = Draft(f"<pre>{escape(text)}</pre>", Found(), is_as_typed=True)
    if _costs_too_much(text):
        return as_typed
    marks = ArticleMarks(first)
    renderer = _renderer(is_article=True)
    marks.extendMarkdown(renderer)
    renderer.inlinePatterns.register(_Number(NUMBERS, renderer), "number", 5)
    try:
        html = renderer.convert(text)
    except RecursionError:
        return as_typed
    return Draft(_cleaned(html), marks.found)


def dressed(draft: Draft, known: Known, *, writing: bool = False) -> SafeString:
    """The text as this reader is to see it, in the language that is active.

    `writing`: what leads nowhere is marked, for the one who can mend it.
    """
    return mark_safe(_dressed(draft, known, writing=writing))  # noqa: S308 (cleaned; what was put in is ours or escaped)


def dressed_apart(draft: Draft, known: Known) -> tuple[SafeString, SafeString]:
    """The section that stands first, if there is one, and the rest."""
    first, rest, below = _dressed(draft, known, writing=False).partition(_REST)
    above, html = (first, below) if rest else ("", first)
    return mark_safe(above), mark_safe(html)  # noqa: S308 (as above; parted between elements)


def _dressed(draft: Draft, known: Known, *, writing: bool) -> str:
    html = _CALLOUT.sub(_callout, draft.html)
    html = _TASK.sub(_task, html)
    html = _AT.sub(_heading, html)
    html = _notes(html)
    html = _CONTENTS.sub(lambda _found: contents_list(draft.found.headings), html)
    html = _LEADS.sub(lambda found: _link(found, known, writing=writing), html)
    html = _PICTURE.sub(lambda found: _picture(found, known), html)
    html = _NAMED.sub(lambda found: _record(found, known), html)
    html = html.replace(
        "<pre>", '<pre tabindex="0">'
    )  # it scrolls, so it can be reached by keyboard
    html = html.replace("<table>", '<div class="fb-tablescroll" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>")


_CALLOUT = re.compile(r'<div data-callout="([a-z]+)">\s*(<p data-title="given">)?')
_TASK = re.compile(r'<span data-task="(open|done)"></span>')
_AT = re.compile(r'<(h[2-6]) data-at="([a-z0-9_-]+)">(.*?)</\1>', re.DOTALL)
_CONTENTS = re.compile(r'<div data-contents="here"></div>')
_REST = '<div data-rest="here"></div>'
_NOTE = re.compile(r'<li data-note="([0-9]+)">')
_NOTED = re.compile(r'<span data-noted="([0-9]+)">[0-9]+</span>')
_LEADS = re.compile(r'<a data-leads="([^"<>]*)" rel="[a-z ]+">(.*?)</a>', re.DOTALL)
_PICTURE = re.compile(r'<span data-picture="([A-Za-z0-9_-]+)">([^<]*)</span>')


def _callout(found: re.Match[str]) -> str:
    tone, icon, word = CALLOUTS.get(found[1], CALLOUTS["note"])
    opening = format_html(
        '<div class="fb-callout" data-tone="{}" role="note"><p class="fb-callout__title">{}',
        tone,
        draw(icon),
    )
    return opening if found[2] else opening + format_html("{}</p>", word)


def _task(found: re.Match[str]) -> str:
    icon, words = ("square-check", _("Done:")) if found[1] == "done" else ("square", _("To do:"))
    return format_html(
        '<span class="fb-task">{}<span class="visually-hidden">{}</span></span> ', draw(icon), words
    )


def _heading(found: re.Match[str]) -> str:
    """With a link to itself, for the mouse; by keyboard the contents lead to the same place."""
    tag, anchor, inner = found[1], ANCHOR + found[2], found[3]
    link = format_html(
        '<a class="fb-anchor" href="#{}" tabindex="-1" aria-hidden="true">{}</a>',
        anchor,
        draw("link"),
    )
    return f'<{tag} id="{anchor}">{inner}{link}</{tag}>'


def contents_list(headings: list[Heading]) -> SafeString:
    """Headings of the first two levels as a list of links."""
    rows = [
        format_html('<li><a href="#{}">{}</a></li>', one.target, one.words)
        for one in headings
        if one.level == 2
    ]
    label = _("In this article")
    listed = mark_safe("".join(rows))  # noqa: S308 (each was made by format_html)
    return format_html('<nav class="fb-contents" aria-label="{}"><ul>{}</ul></nav>', label, listed)


def _notes(html: str) -> str:
    """Footnotes and their marks lead to each other; of a note's marks the first is led back to."""
    marked: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        number = found[1]
        at = "" if number in marked else format_html(' id="noted-{}"', number)
        marked.add(number)
        label = _("Footnote %s") % number
        return f"<a{at}" + format_html(' href="#note-{0}" aria-label="{1}">{0}</a>', number, label)

    def note(found: re.Match[str]) -> str:
        if found[1] not in marked:
            return "<li>"
        label = _("Back to the text, footnote %s") % found[1]
        return format_html(
            '<li id="note-{0}"><a class="fb-notes__back" href="#noted-{0}" aria-label="{1}">{2}</a> ',
            found[1],
            label,
            draw("arrow-up"),
        )

    html = _NOTED.sub(mark, html)
    html = _NOTE.sub(note, html)
    label = _("Footnotes")
    opening = format_html('<div class="fb-notes" role="group" aria-label="{}">', label)
    return html.replace('<div data-notes="here">', opening)


def _link(found: re.Match[str], known: Known, *, writing: bool) -> str:
    slug, _hash, anchor = markup.unescape(found[1]).partition("#")
    words = found[2]
    to = f"#{ANCHOR}{anchor.removeprefix(ANCHOR)}" if anchor else ""
    if not slug:
        return format_html('<a href="{}">', to) + words + "</a>"
    target = known.article(slug)
    if target is None:
        if not writing:
            return words
        label = _("This article is not there, or you may not read it.")
        return (
            format_html('<span class="fb-broken" title="{}">{}', label, draw("link-2-off"))
            + f"{words}</span>"
        )
    address, title = target
    is_bare = words.strip().rstrip("/").split("#")[0].rstrip("/").endswith(f"/kb/{slug}")
    return (
        format_html('<a href="{}">', address + to) + (escape(title) if is_bare else words) + "</a>"
    )


def _picture(found: re.Match[str], known: Known) -> str:
    token, words = found[1], markup.unescape(found[2])
    if token == ELSEWHERE:
        said = _("A picture from elsewhere is not shown")
    elif address := known.picture(token):
        return format_html('<img src="{}" alt="{}" loading="lazy">', address, words)
    else:
        said = _("This picture was removed")
    label = f"{said}: {words}" if words else said
    return format_html('<span class="fb-removed">{}{}</span>', draw("image-off"), label)


def _record(found: re.Match[str], known: Known) -> str:
    address = known.record(found[1])
    return format_html('<a href="{}">{}</a>', address, found[1]) if address else found[2]


# Text that is no Markdown ---------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"https?://[^\s<>\"'`()\[\]{}\\]{3,2000}")
_AFTER_ADDRESS = ".,;:!?*_"
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_NUMBER_IN_TEXT = re.compile(NUMBERS)


@lru_cache(maxsize=2048)
def plain_to_html(text: str, *, named: bool = False) -> SafeString:
    """Text of a mail: lines and paragraphs as they are, addresses of pages as links, and no sign means anything else.

    `named`: as in `to_html`, but only numbers of records; nobody is named in a mail.
    """
    parts = [part for part in _PARAGRAPHS.split(text.strip("\n")) if part.strip()]
    html = "\n".join(f"<p>{_plain_lines(part, named=named)}</p>" for part in parts)
    return mark_safe(html)  # noqa: S308 (escaped piece by piece)


def _plain_lines(text: str, *, named: bool) -> str:
    pieces: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        url = found[0].rstrip(_AFTER_ADDRESS)
        pieces.append(_plain_words(text[at : found.start()], named=named))
        pieces.append(
            format_html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>', url, url)
        )
        at = found.start() + len(url)
    pieces.append(_plain_words(text[at:], named=named))
    return "".join(pieces).replace("\n", "<br>\n")


def _plain_words(text: str, *, named: bool) -> str:
    text = _INDENT.sub(lambda found: found[0].replace("\t", "    ").replace(" ", "\xa0"), text)
    safe = str(escape(text))
    if named and "-" in safe:
        safe = _NUMBER_IN_TEXT.sub(
            lambda found: f'<span data-names="{found[0]}">{found[0]}</span>', safe
        )
    return safe


_MEANS_SOMETHING = re.compile(r"[\\`*_\[\]|!{}()#+.>-]")
_NOT_TO_ESCAPE = str.maketrans(
    {"<": "&lt;", "&": "&amp;", "~": "&#126;", "=": "&#61;", ":": "&#58;"}
)


def plain_to_markdown(text: str) -> str:
    """Text that is no Markdown as Markdown that shows it sign by sign."""
    lines = []
    for line in text.splitlines():
        bare = line.lstrip()
        indent = "&nbsp;" * min(len(line.expandtabs(4)) - len(bare.expandtabs(4)), 40)
        marked = _MEANS_SOMETHING.sub(lambda found: "\\" + found[0], bare.translate(_NOT_TO_ESCAPE))
        lines.append(indent + marked.replace("&\\#", "&#"))
    return "\n".join(lines)


_MARKS = re.compile(r"\]\([^)]*\)|[`*_#>\[\]]|^\s*[-+]\s|^\s*\d+\.\s", re.MULTILINE)


def to_line(text: str, length: int = 160) -> str:
    """The beginning of a text on one line, without its marks: for lists and mail subjects."""
    return first_words(_MARKS.sub("", text[: length * 4]), length)


def first_words(text: str, length: int = 160) -> str:
    """The beginning of a text on one line, sign by sign."""
    flat = " ".join(text[: length * 4].split())
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + "…"


def highlight(text: str, start: str = "\x02", end: str = "\x03") -> SafeString:
    """Search hits: text with its matches between two control characters, as escaped HTML with `<mark>`."""
    safe = markup.escape(text).replace(start, "<mark>").replace(end, "</mark>")
    return mark_safe(safe)  # noqa: S308 (escaped before the marks were put in)
