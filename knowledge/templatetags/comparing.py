"""Lines of two texts side by side: `{% load comparing %}`."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from knowledge.compare import Piece

register = template.Library()


def _in(tag: str, pieces: Iterable[Piece]) -> SafeString:
    """The pieces, those that are marked in the tag that says what became of them."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html(f"<{tag}>{{}}</{tag}>", piece.text) if piece.is_marked else piece.text,)
            for piece in pieces
        ),
    )


@register.filter
def left(pieces: Iterable[Piece]) -> SafeString:
    """Of the older text: what is marked was taken away."""
    return _in("del", pieces)


@register.filter
def right(pieces: Iterable[Piece]) -> SafeString:
    """Of the newer text: what is marked is new."""
    return _in("ins", pieces)
