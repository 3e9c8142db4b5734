"""HTML of mails: as text to read and answer, and cleaned for whoever wants to see the original.

nh3 takes its time by the square of how deep `div`s stand in each other (100,000 take half a minute) and libxml2 gives
up at 256, so what is nested deeper than any mail is only ever read as text.
"""

import html as entities
import re
from collections.abc import Mapping

import nh3
from django.utils.safestring import SafeString
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from knowledge.markup import foreign_to_html

LONGEST = 500_000
DEEPEST = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "option",
        "thead",
        "tbody",
        "tfoot",
    ]
)
"""Tags that stand for themselves, or that the next one closes."""
_SPACES = re.compile(r"[ \t\xa0]{3,}")
_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_UNSEEN = re.compile(r"[\u200b-\u200d\u2060\u034f\u00ad\ufeff]")
"""What newsletters fill their first line with."""

TAGS = {
    "p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "code", "pre",
    "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "a", "img", "h1", "h2", "h3", "h4", "h5", "h6",
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "center", "font",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"align", "colspan", "rowspan"},
    "td": {"align", "colspan", "rowspan"},
    "ol": {"start"},
}
_SMALL = re.compile(r"[0-9]{1,4}")
_OWN_FILE = re.compile(r"/files/[A-Za-z0-9_-]+/[^/?#\s]+")


def to_text(html: str) -> str:
    """What the HTML says, line by line."""
    html = html[:LONGEST]
    if not html.strip():
        return ""
    text = ""
    if not is_too_deep(html):
        try:
            bare = nh3.clean(html, tags=TAGS - {"img"}, attributes={}, link_rel=None, clean_content_tags={"script", "style", "title", "head"})  # fmt: skip
            text = get_text(bare, ParserConfig(css=CSS_PROFILES["strict"]))
        except (ValueError, RecursionError, TypeError, AttributeError, IndexError):
            text = ""
    text = text if text.strip() else entities.unescape(_ANY_TAG.sub(" ", html))
    text = _UNSEEN.sub("", text)
    lines = (_SPACES.sub("  ", line).strip() for line in text.splitlines())
    return _LINES.sub("\n\n", "\n".join(lines)).strip()


def is_too_deep(html: str) -> bool:
    depth = deepest = 0
    for closes, tag in _TAG.findall(html):
        if tag.lower() in _FLAT:
            continue
        depth = max(depth - 1, 0) if closes else depth + 1
        deepest = max(deepest, depth)
    return deepest > DEEPEST


def cleaned(html: str, pictures: Mapping[str, str]) -> tuple[SafeString, int]:
    """The HTML with nothing in it that runs, styles the page or asks another host; and how many pictures that left out.

    `pictures` are addresses in our store by the Content-ID that the mail names them by.
    """
    if is_too_deep(html):
        return SafeString(""), 0
    left_out = 0

    def harmless(tag: str, attribute: str, value: str) -> str | None:
        nonlocal left_out
        if (tag, attribute) == ("img", "src"):
            ours = pictures.get(entities.unescape(value[4:]).strip("<>")) if value.lower().startswith("cid:") else None  # fmt: skip
            left_out += ours is None
            return ours if ours and _OWN_FILE.fullmatch(ours) else None
        if attribute == "href":
            return value if re.match(r"(?i)(?:https?|mailto|tel):", value) else None
        if attribute in {"width", "height", "colspan", "rowspan", "start"}:
            return value if _SMALL.fullmatch(value) and int(value) <= 2000 else None
        return value

    safe = foreign_to_html(html[:LONGEST], tags=TAGS, attributes=ATTRIBUTES, harmless=harmless)
    return safe, left_out
