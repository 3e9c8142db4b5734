"""An article as a PDF, from the HTML that its reader sees.

Nothing is fetched: of the HTML only words, marks and our own pictures are taken over, and pictures come from the files
that this reader may open. Fonts lie beside this module, so that nothing has to be installed on the machine.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _
from PIL import Image as Raster
from PIL import UnidentifiedImageError
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    Image,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)  # fmt: skip
from reportlab.platypus.doctemplate import LayoutError

from accounts.errors import Refused

FONTS = Path(__file__).parent / "fonts"
SANS, MONO = "DejaVuSans", "DejaVuSansMono"
WIDTH = A4[0] - 40 * mm
TALLEST = 200 * mm
MOST_COLUMNS = 8
MOST_PIXELS = 40_000_000
MOST_PICTURES = 40
"""Drawn on paper; of others the words stand there."""

SHARP = (1_500, 1_500)
"""No more dots of a picture than paper of this size shows."""

LAST_START = 9
"""Digits of the number that a list begins with: far more would stop `int`."""

PATIENCE = 5.0
"""Seconds."""

STEP = 6 * mm
INK, QUIET, LINE, TINT = "#1b2733", "#556270", "#c9d1d8", "#f1f4f6"
INLINE = {"strong": "b", "b": "b", "em": "i", "i": "i", "del": "strike", "sup": "super"}
HEADINGS = {"h2": 15, "h3": 12.5, "h4": 11, "h5": 10, "h6": 10}
SAFE_LINK = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
Picture = Callable[[str], BinaryIO | None]
"""The file behind the address of a picture, if this reader may open it."""


@dataclass(frozen=True)
class Sheet:
    """What stands on paper: `facts` below the title, `html` cleaned, `site` before addresses of our own."""

    title: str
    summary: str
    facts: str
    html: str
    language: str
    site: str
    foot: str
    picture: Picture = field(default=lambda _address: None)


class Busy(Refused):
    """Others' papers are being made, and waiting for them took too long."""

    status = 503


_table = threading.Lock()


def render(sheet: Sheet) -> bytes:
    """The PDF. A text that can't be laid out, such as a table with a cell longer than a page, goes in as plain words.

    One at a time: each may take much memory, and anybody may ask for one.

    Raises:
        Busy: others were made for longer than anybody waits.
    """
    if not _table.acquire(timeout=PATIENCE):
        raise Busy(_("Try again"))
    try:
        return _render(sheet)
    finally:
        _table.release()


def _render(sheet: Sheet) -> bytes:
    _load_fonts()
    try:
        return _build(sheet, _Reader(sheet).read())
    except LayoutError:
        words = re.sub(r"<[^>]+>", " ", sheet.html)
        plain = [
            Paragraph(escape(line.strip()), _style()) for line in words.splitlines() if line.strip()
        ]
        return _build(sheet, plain)


@cache
def _load_fonts() -> None:
    for name in (SANS, f"{SANS}-Bold", f"{SANS}-Oblique", MONO):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    bold, italic = f"{SANS}-Bold", f"{SANS}-Oblique"
    pdfmetrics.registerFontFamily(SANS, SANS, bold, italic, bold)
    pdfmetrics.registerFontFamily(MONO, MONO, MONO, MONO, MONO)


def _build(sheet: Sheet, text: list[Flowable]) -> bytes:
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=20 * mm,
        title=sheet.title, subject=sheet.summary, lang=sheet.language,
    )  # fmt: skip
    head: list[Flowable] = [Paragraph(escape(sheet.title), _style(20, bold=True, after=4))]
    if sheet.summary:
        head.append(Paragraph(escape(sheet.summary), _style(11.5, color=QUIET, after=4)))
    head += [Paragraph(escape(sheet.facts), _style(8.5, color=QUIET)), _rule()]

    def foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(SANS, 8)
        canvas.setFillColor(HexColor(QUIET))
        canvas.drawString(20 * mm, 11 * mm, sheet.foot[:110])
        canvas.drawRightString(A4[0] - 20 * mm, 11 * mm, str(page.page))
        canvas.restoreState()

    document.build(head + text, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _style(
    size: float = 10,
    *,
    bold: bool = False,
    mono: bool = False,
    color: str = INK,
    indent: float = 0,
    before: float = 0,
    after: float = 5,
    tint: bool = False,
) -> ParagraphStyle:
    font = MONO if mono else f"{SANS}-Bold" if bold else SANS
    style = ParagraphStyle(
        "text", fontName=font, fontSize=size, leading=size * 1.45, textColor=HexColor(color), leftIndent=indent,
        spaceBefore=before, spaceAfter=after, splitLongWords=1, bulletIndent=max(indent - STEP, 0), bulletFontName=SANS,
    )  # fmt: skip
    if tint:
        style.backColor, style.borderPadding = HexColor(TINT), 4
    return style


def _rule() -> Flowable:
    return HRFlowable(width="100%", color=HexColor(LINE), spaceBefore=6, spaceAfter=8)


class _Reader(HTMLParser):
    """Cleaned HTML, block by block. What it does not know it takes for its words."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = sheet
        self.done: list[Flowable] = []
        self.words = ""
        self.open: list[str] = []
        """Closing tags of the marks that are open in the words."""
        self.lists: list[int | None] = []
        """For each list that is open the number to come, or that it has none."""
        self.bullet = ""
        self.is_code = False
        self.heading = ""
        self.shift = 0
        """How many quotes and call-outs are open."""
        self.divs: list[bool] = []
        self.rows: list[list[str]] | None = None
        self.hidden = 0
        self.pictures = 0

    def read(self) -> list[Flowable]:
        self.feed(self.sheet.html)
        self.close()
        self._end_block()
        return self.done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.hidden or tag == "svg":
            self.hidden += tag == "svg"
        elif tag in INLINE:
            self._mark(f"<{INLINE[tag]}>", f"</{INLINE[tag]}>")
        elif tag == "code" and not self.is_code:
            self._mark(f'<font face="{MONO}">', "</font>")
        elif tag == "a":
            self._link(given.get("href", ""))
        elif tag == "br":
            self.words += "<br/>"
        elif tag == "img":
            self._picture(given)
        elif tag in ("td", "th") and self.rows:
            self.words = ""
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in BLOCKS:
            self._begin_block(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag == "svg"
        elif tag in INLINE or tag == "a" or (tag == "code" and not self.is_code):
            if self.open:
                self.words += self.open.pop()
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append(self._taken())
        elif tag == "table" and self.rows is not None:
            self._table()
        elif tag in BLOCKS:
            self._finish_block(tag)

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if self.is_code:
            spaced = escape(data.expandtabs(4)).replace("  ", "\u00a0 ")
            self.words += spaced.replace("\n ", "\n\u00a0").replace("\n", "<br/>")
        else:
            self.words += escape(re.sub(r"\s+", " ", data))

    # Blocks ----------------------------------------------------------------------------------------

    def _begin_block(self, tag: str, given: dict[str, str]) -> None:
        if self.rows is not None:
            return
        self._end_block()
        if tag == "table":
            self.rows = []
        elif tag in ("ul", "ol"):
            start = given.get("start", "1")
            first = int(start) if start.isdecimal() and len(start) <= LAST_START else 1
            self.lists.append(None if tag == "ul" else first)
        elif tag == "li" and self.lists:
            number = self.lists[-1]
            self.bullet = "•" if number is None else f"{number}."
            if number is not None:
                self.lists[-1] = number + 1
        elif tag == "pre":
            self.is_code = True
        elif tag in HEADINGS:
            self.heading = tag
        elif tag == "hr":
            self.done.append(_rule())
        elif tag in ("blockquote", "div"):
            is_set_off = tag == "blockquote" or "fb-callout" in given.get("class", "").split()
            self.divs.append(is_set_off)
            self.shift += is_set_off

    def _finish_block(self, tag: str) -> None:
        if self.rows is not None:
            return
        self._end_block()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.bullet = ""
        elif tag in ("blockquote", "div") and self.divs:
            self.shift -= self.divs.pop()

    def _end_block(self) -> None:
        """What was read so far as one paragraph."""
        words = self._taken()
        indent = min(STEP * (len(self.lists) + self.shift), WIDTH / 2)
        if self.is_code:
            style = _style(8.5, mono=True, indent=indent, before=4, after=9, tint=True)
        elif self.heading:
            style = _style(HEADINGS[self.heading], bold=True, before=8, after=4)
            style.keepWithNext = 1
        else:
            style = _style(indent=indent, tint=bool(self.shift))
        if words:
            bullet, self.bullet = self.bullet, ""
            self.done.append(Paragraph(words, style, bulletText=bullet or None))
        self.is_code, self.heading = False, ""

    def _taken(self) -> str:
        """The words with their marks closed; marks that are open go on behind them."""
        words = self.words + "".join(reversed(self.open))
        self.words, self.open = "", []
        bare = re.sub(r"<[^>]*>|\s", "", words)
        return words.strip() if bare else ""

    def _table(self) -> None:
        rows = [row for row in self.rows or [] if row]
        self.rows = None
        columns = max(map(len, rows), default=0)
        if not columns:
            return
        if columns > MOST_COLUMNS:
            self.done += [
                Paragraph(" | ".join(filter(None, row)) or " ", _style(8.5)) for row in rows
            ]
            return
        head, text = _style(9, bold=True, after=0), _style(9, after=0)
        cells = [
            [
                Paragraph(cell or " ", text if at else head)
                for cell in row + [""] * (columns - len(row))
            ]
            for at, row in enumerate(rows)
        ]
        table = Table(cells, colWidths=[WIDTH / columns] * columns, repeatRows=1, splitInRow=1)
        lines = [
            ("GRID", (0, 0), (-1, -1), 0.5, HexColor(LINE)),
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(TINT)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
        table.setStyle(TableStyle(lines))
        self.done += [table, Spacer(1, 8)]

    # Within a block -----------------------------------------------------------------------------------

    def _mark(self, opening: str, closing: str) -> None:
        self.words += opening
        self.open.append(closing)

    def _link(self, address: str) -> None:
        if address.startswith("/") and not address.startswith("//"):
            address = self.sheet.site + address
        if SAFE_LINK.match(address):
            self._mark(f'<a href={quoteattr(address)} color="#0c6378">', "</a>")
        else:
            self._mark("", "")

    def _picture(self, given: dict[str, str]) -> None:
        words = given.get("alt", "")
        is_drawn = self.rows is None and self.pictures < MOST_PICTURES
        file = self.sheet.picture(given.get("src", "")) if is_drawn else None
        picture = _drawn(file) if file else None
        if picture is None:
            self.words += f"<i>[{escape(words)}]</i>" if words else ""
            return
        self.pictures += 1
        self._end_block()
        self.done += [picture, Spacer(1, 6)]


BLOCKS = {"p", "div", "blockquote", "pre", "ul", "ol", "li", "table", "hr", *HEADINGS}


def _drawn(file: BinaryIO) -> Flowable | None:
    """A picture as wide as it is at 120 dots an inch, or as the page is; nothing where it can't be read."""
    try:
        with file, Raster.open(file) as raster:
            width, height = raster.size
            if width * height > MOST_PIXELS:
                return None
            raster.draft("RGB", SHARP)
            small = raster.convert("RGBA" if raster.has_transparency_data else "RGB")
            small.thumbnail(SHARP)
            copy = BytesIO()
            small.save(copy, "PNG")
    except (OSError, UnidentifiedImageError, ValueError, Raster.DecompressionBombError):
        return None
    scale = min(72 / 120, WIDTH / width, TALLEST / height)
    copy.seek(0)
    return Image(copy, width=width * scale, height=height * scale, hAlign="LEFT")
