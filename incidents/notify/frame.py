"""A letter with all its words, as text and as HTML: both show the same, and the templates have nothing else.

The HTML holds no style sheet and nothing from elsewhere, and names no background or colour of text, apart from the
button's: mail programs in the dark then turn all of it, and none of it becomes unreadable.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.notify.correspondence import LetterLook
from incidents.notify.filling import fill
from incidents.notify.wording import Texts
from knowledge.markup import NAMES, for_letters, plain_to_html, to_html

LONGEST_SUBJECT = 200
LONGEST_NAME = 60
LONGEST_PREVIEW = 140

# Line ends in any spelling and other controls would break a header, or stop the mail; marks that turn the direction
# of text would let a name pose as another; "=?" begins an encoded word.
_TO_SPACE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_TO_NOTHING = str.maketrans(
    "", "", "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_FROM_US = re.compile(r"\]\(/(?!/)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_NAMED = re.compile(NAMES)
_MARKS = re.compile(r"[*_`#>|\[\]]+|\(https?://[^)]*\)")
_ENDS = (".", "!", "?", "…", ":", "。")

_STYLES = {
    "p": "margin:0 0 12px",
    "ul": "margin:0 0 12px;padding-left:24px",
    "ol": "margin:0 0 12px;padding-left:24px",
    "blockquote": "margin:0 0 12px;padding-left:12px;border-left:3px solid #8a97a4",
    "pre": "margin:0 0 12px;padding:8px 12px;border:1px solid #8a97a4;border-radius:4px;font-family:Consolas,Menlo,monospace;font-size:13px;white-space:pre-wrap;word-break:break-word",
    "code": "font-family:Consolas,Menlo,monospace;font-size:13px",
    "h2": "margin:16px 0 8px;font-size:17px",
    "h3": "margin:16px 0 8px;font-size:16px",
    "table": "margin:0 0 12px;border-collapse:collapse",
    "th": "padding:4px 8px;border:1px solid #8a97a4;text-align:left",
    "td": "padding:4px 8px;border:1px solid #8a97a4",
}  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """One thing that happened."""

    news: str
    said: str = ""
    """Markdown, as people write it, or the text of a mail."""
    files: str = ""
    is_plain: bool = False

    @property
    def said_html(self) -> SafeString:
        said = (
            plain_to_html(self.said) if self.is_plain else to_html(_PICTURE.sub(r"\1", self.said))
        )
        return for_letters(said, _STYLES)


@dataclass(frozen=True)
class Body:
    """What a letter is about, beside its words."""

    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Names and values; what says itself needs no name."""
    tellings: tuple["Telling", ...] = ()
    """What happened. A single one's sentence is the variable “news” of the words above it."""
    asks: str = ""
    """Where one says how it went."""
    url: str = ""
    button: str = ""
    above: str = ""
    """The line above which answers are written."""
    why: str = ""
    how: str = ""
    less: str = ""
    """Where one chooses to hear less of it."""

    @property
    def is_several(self) -> bool:
        return len(self.tellings) > 1


@dataclass(frozen=True)
class Letter:
    subject: str
    hello: str
    opening: str
    foot: str
    body: Body
    heading: str
    colour: str

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def preview(self) -> str:
        """What lists of mails show beside the subject."""
        said = _MARKS.sub("", " ".join(one.said for one in self.body.tellings))
        return one_line(f"{self.opening} {said}", LONGEST_PREVIEW)

    @property
    def opening_html(self) -> SafeString:
        return _paragraphs(self.opening)

    @property
    def foot_html(self) -> SafeString:
        return _paragraphs(self.foot)

    @property
    def last(self) -> list[str]:
        """The lines that say why it was sent, and how to answer."""
        return [line for line in (self.body.why, self.body.how, self.heading) if line]

    def as_text(self) -> str:
        body = self.body
        facts = " · ".join(f"{name}: {value}" if name else value for name, value in body.facts)
        asks = _("How did we do? One click tells us: %(url)s") % {"url": body.asks}
        link = f"{body.button}: {body.url}"
        less = _("Hear less of this: %(url)s") % {"url": body.less}
        end = "\n".join(["-- ", *self.last, *([less] if body.less else [])])
        parts = [
            body.above, self.hello, self.opening, *self._told(), facts,
            asks if body.asks else "", link if body.url else "", self.foot, end,
        ]  # fmt: skip
        return "\n\n".join(part for part in parts if part) + "\n"

    def _told(self) -> Iterator[str]:
        for one in self.body.tellings:
            yield from (one.news if self.body.is_several else "", one.said, one.files)

    def as_html(self, scheme: str = "light dark") -> str:
        """`scheme`: in which light it is shown; mail programs choose for themselves."""
        context = {"letter": self, "body": self.body, "scheme": scheme}
        return render_to_string("mail/letter.html", context)


def compose(
    subject: str, values: dict[str, str], body: Body, *, texts: Texts, look: LetterLook
) -> Letter:
    """Fill the words of a letter. The subject is one line already; `values` belong to the variables of its kind."""
    return Letter(
        subject=subject,
        hello=fill(texts.greeting, values).strip(),
        opening=fill(texts.sentence, values).strip(),
        foot=fill(texts.foot, values).strip(),
        body=body,
        heading=look.heading or settings.SITE_NAME,
        colour=look.colour,
    )


def one_line(text: str, longest: int) -> str:
    """Text that is safe in a header."""
    flat = " ".join(text.translate(_TO_SPACE).translate(_TO_NOTHING).replace("=?", "= ?").split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def sentence(text: str) -> str:
    """With a full stop, where it has no end."""
    return text if not text or text.endswith(_ENDS) else f"{text}."


def with_addresses(text: str) -> str:
    """Links to our own pages complete with our address, and people who are called by name as names."""
    return _FROM_US.sub(f"]({settings.SITE_URL}/", _NAMED.sub(r"@\1", text))


def _paragraphs(text: str) -> SafeString:
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return format_html_join("", '<p style="margin:0 0 12px">{}</p>', ((linebreaksbr(one),) for one in blocks))  # fmt: skip
