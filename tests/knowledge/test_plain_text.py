"""Text that is no Markdown, such as that of a mail: every sign is shown as it is, and none means anything else."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.markup import plain_to_html, plain_to_markdown, to_html

TEXTS = st.text(st.sampled_from("ab 1\n\t*_`[]()<>#+-=|~&\\!:.@{}\"'/"), max_size=80).filter(
    str.strip
)


def _said(shown: str) -> str:
    """What a page says, without how it is broken into lines."""
    return "".join(html.unescape(re.sub(r"<[^>]*>", " ", shown)).split())


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_html_says_what_was_written(text: str) -> None:
    assert _said(plain_to_html(text)) == "".join(text.split())
    assert _said(plain_to_html(text, named=True)) == "".join(text.split())


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_markdown_shows_what_was_written(text: str) -> None:
    shown = to_html(plain_to_markdown(text))
    assert _said(shown) == "".join(text.split())
    assert not re.search(r"<(?!/?p>|br>)", shown)


def test_addresses_of_pages_are_links_and_nothing_else_is() -> None:
    shown = plain_to_html(
        "See https://example.com/a_b?c=1&d=2. <b>*Not* [this](javascript:alert)</b>"
    )
    assert (
        '<a href="https://example.com/a_b?c=1&amp;d=2" rel="noopener noreferrer nofollow">' in shown
    )
    assert shown.count("<a ") == 1
    assert "&lt;b&gt;*Not* [this](javascript:alert)&lt;/b&gt;" in shown


def test_lines_paragraphs_and_indents_stay() -> None:
    assert plain_to_html("one\n  two\n\nthree") == "<p>one<br>\n\xa0\xa0two</p>\n<p>three</p>"


@pytest.mark.parametrize("sign", ["http://", "a-", "a\n", "INC-1 ", "<", "https://a.b "])
def test_takes_no_longer_than_the_text_is(sign: str) -> None:
    assert plain_to_html(sign * (100_000 // len(sign)), named=True)
