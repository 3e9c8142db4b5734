"""Markdown made safe: what people may write, what never comes through, and what it costs."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.markup import ATTRIBUTES, SCHEMES, TAGS, highlight, to_html, to_line

PAYLOADS = (Path(__file__).parents[1] / "security" / "payloads.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold**", "<strong>bold</strong>"),
        ("# Title", "<h2>Title</h2>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("`code`", "<code>code</code>"),
        ("a\nb", "a<br>\nb"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("![s](/files/abc/s.png)", '<img alt="s" src="/files/abc/s.png">'),
    ],
)
def test_people_write_markdown(text, html):
    assert html in to_html(text)


def test_raw_html_is_shown_as_typed():
    assert "&lt;b&gt;" in to_html("<b>x</b>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_leaves_an_active_element(payload):
    from html.parser import HTMLParser

    class Elements(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in TAGS
            for name, value in attrs:
                assert name in ATTRIBUTES.get(tag, set()) | {"rel"}
                if name in {"href", "src"} and ":" in (value or "").split("/")[0]:
                    assert value.split(":")[0].lower() in SCHEMES
                if name == "src":
                    assert value.startswith("/files/")

    Elements().feed(to_html(payload))


def test_pictures_from_elsewhere_are_not_loaded():
    assert "src" not in to_html("![x](http://elsewhere.invalid/t.png)")


@given(st.text(max_size=400))
def test_cleaning_twice_changes_nothing_more(text):
    import nh3

    html = to_html.__wrapped__(text)
    again = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    assert again == html


@pytest.mark.parametrize(
    "mark",
    ["[", "*", ">", "`", "_", "![", "<", "|", "- ", "1. ", "    ", "\\", "#", "&", "[](", "> > "],
)
def test_a_flood_of_marks_costs_less_than_two_seconds(mark):
    began = time.process_time()
    to_html.__wrapped__((mark * 100_000)[:100_000])
    assert time.process_time() - began < 2


def test_a_line_has_no_marks_and_an_end():
    assert to_line("## Hello\n\n**you** [there](http://x)") == "Hello you there"
    assert len(to_line("word " * 100)) <= 160


def test_highlights_escape_everything_but_their_own_marks():
    assert highlight("<b>\x02VPN\x03</b>") == "&lt;b&gt;<mark>VPN</mark>&lt;/b&gt;"
