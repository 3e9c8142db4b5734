"""The files that demo tickets carry, made from the words that `tickets/*.toml` gives for them."""

import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from accounts import files

WIDTH, LINE, MARGIN = 560, 26, 22
TITLE_BAR = 34
PAPER, INK, BAR, BAR_INK, BUTTON = "#f7f7f5", "#26282b", "#2f4858", "#ffffff", "#d9dcdf"


def uploads(told: Sequence[dict[str, Any]]) -> list[files.Upload]:
    """Files as somebody would have sent them, through the same checks."""
    return [
        files.check(SimpleUploadedFile(one["name"], _content(one["name"], one["lines"])))
        for one in told
    ]


def _content(name: str, lines: Sequence[str]) -> bytes:
    return screenshot(lines) if name.endswith(".png") else ("\n".join(lines) + "\n").encode()


def screenshot(lines: Sequence[str]) -> bytes:
    """A small window with a title bar, some lines and a button, as PNG."""
    title, *said = lines
    height = TITLE_BAR + 2 * MARGIN + LINE * (len(said) + 2)
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(picture)
    font, small = ImageFont.load_default(17), ImageFont.load_default(15)
    draw.rectangle((0, 0, WIDTH, TITLE_BAR), fill=BAR)
    draw.text((MARGIN, 8), title, fill=BAR_INK, font=small)
    for number, line in enumerate(said):
        draw.text((MARGIN, TITLE_BAR + MARGIN + LINE * number), line, fill=INK, font=font)
    corner = (WIDTH - MARGIN - 90, height - MARGIN - 30, WIDTH - MARGIN, height - MARGIN)
    draw.rounded_rectangle(corner, radius=4, fill=BUTTON)
    draw.text((corner[0] + 34, corner[1] + 6), "OK", fill=INK, font=small)
    draw.rectangle((0, 0, WIDTH - 1, height - 1), outline=BAR)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
