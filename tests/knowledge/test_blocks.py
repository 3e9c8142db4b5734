"""Lists, quotations, code and headings by CommonMark's rules, escapes, and footnotes: in articles and in messages."""

import random
import re
import time

import pytest
from django.contrib.auth.models import AnonymousUser
from markdown_it import MarkdownIt

from knowledge import markup, prose
from knowledge.kinds import is_workaround
from knowledge.markup import to_html


def shown(text):
    """Without what only makes it easier to read."""
    return re.sub(r">\n+<", "><", str(to_html(text)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("- a\n  - b\n    - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"),
        ("1. a\n   - b", "<ol><li>a<ul><li>b</li></ul></li></ol>"),
        ("1. a\n  - b", "<ol><li>a</li></ol><ul><li>b</li></ul>"),
        ("10. a\n\n    b", '<ol start="10"><li><p>a</p><p>b</p></li></ol>'),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("- a\n- b\n\nc", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("- a\n* b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
        ("1) a\n2) b", "<ol><li>a</li><li>b</li></ol>"),
        ("-     a", "<ul><li><pre><code>a\n</code></pre></li></ul>"),
        ("-\n  a", "<ul><li>a</li></ul>"),
        ("- a\n  # h\n  *b*\n- c", "<ul><li>a<h2>h</h2><em>b</em></li><li>c</li></ul>"),
        (
            "- # h\n  b\n  ```\n  c\n  ```\n  d",
            "<ul><li><h2>h</h2>b<pre><code>c\n</code></pre>d</li></ul>",
        ),
    ],
)
def test_what_stands_below_the_text_of_an_item_belongs_to_it(text, html):
    assert shown(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n- b", "<p>a</p><ul><li>b</li></ul>"),
        ("a\n1. b", "<p>a</p><ol><li>b</li></ol>"),
        ("a\n2. b", "<p>a<br>\n2. b</p>"),
        ("a\n-", "<h2>a</h2>"),
        ("a\n# b\nc", "<p>a</p><h2>b</h2><p>c</p>"),
        ("a\n> b\nc", "<p>a</p><blockquote><p>b<br>\nc</p></blockquote>"),
        ("a\n    - b", "<p>a<br>\n- b</p>"),
        ("a\n| b |\n|---|\n| c |", "<p>a</p><table><thead><tr><th>b</th></tr></thead>"),
    ],
)
def test_some_blocks_need_no_empty_line_above(text, html):
    assert shown(text).startswith(html)


def test_numbers_go_on_below_what_is_not_indented():
    html = shown("1. a\n\n```\ncode\n```\n\n2. b\n3. c")

    assert html.startswith("<ol><li>a</li></ol><pre>")
    assert html.endswith('<ol start="2"><li>b</li><li>c</li></ol>')


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- a\n  ```sh\n  ls\n    -l\n  ```", "ls\n  -l\n"),
        ("1. a\n   - b\n\n     ```\n     c\n\n     d\n     ```", "c\n\nd\n"),
        ("1. a\n\n    ```\n    four\n   three\n    ```", "four\nthree\n"),
        ("- ```\n  a\n  ```", "a\n"),
        ("> - a\n>   ~~~\n>   - b\n>   ~~~", "- b\n"),
        ("- ```\n  a\n- b", "a\n"),
        ("```\na\n\n- b", "a\n\n- b\n"),
        ("````\n```\n````", "```\n"),
        ("    <b>\n\n      c", "&lt;b&gt;\n\n  c\n"),
    ],
)
def test_code_is_one_block_wherever_it_stands(text, code):
    assert re.findall(r"<pre><code>(.*?)</code></pre>", to_html(text), re.DOTALL) == [code]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("#1 is broken", "<p>#1 is broken</p>"),
        ("  ## a ##", "<h2>a</h2>"),
        ("# C#", "<h2>C#</h2>"),
        ("a\nb\n===", "<h2>a<br>\nb</h2>"),
        ("* * *", "<hr>"),
        ("####### a", "<p>####### a</p>"),
    ],
)
def test_headings_and_rules(text, html):
    assert shown(text) == html


def test_an_item_holds_call_outs_and_tables():
    draft = markup.draft_of("1. a\n\n   > [!NOTE]\n   > b\n\n   | c |\n   |---|\n   | d |\n\n2. e")

    assert re.search(
        r"<li>\s*<p>a</p>\s*<div data-callout.*<table>.*</li>\s*<li>", draft.html, re.DOTALL
    )


@pytest.mark.parametrize("mark", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
def test_a_backslash_takes_away_what_a_mark_means(mark):
    html = to_html(f"a \\{mark} b")

    assert html == f"<p>a {markup.markup.escape(mark, quote=False)} b</p>"


def test_what_is_escaped_stays_text():
    assert to_html(r"\<b>x\</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"
    assert to_html(r"\&lt;b>") == "<p>&amp;lt;b&gt;</p>"
    assert to_html(r"\a `\<`") == r"<p>\a <code>\&lt;</code></p>"
    assert to_html("a\\\nb") == "<p>a<br>\nb</p>"
    assert '<a href="&quot;onclick=&quot;" rel=' in to_html(r"[a](\"onclick=\")")


NOTES = "Said[^1] and[^more] again[^1].\n\n[^1]: It *is*.\n[^more]: First.\n\n    Second.\n\nText."


def test_a_message_has_its_footnotes_as_a_list_at_its_end():
    html = shown(NOTES)

    assert html.startswith(
        "<p>Said<sup>1</sup> and<sup>2</sup> again<sup>1</sup>.</p><p>Text.</p><hr>"
    )
    assert html.endswith("<ol><li>It <em>is</em>.</li><li>First.<p>Second.</p></li></ol>")
    assert "id=" not in html


def test_the_footnotes_of_an_article_and_their_marks_lead_to_each_other():
    html = str(prose.shown(NOTES, AnonymousUser()).html)

    assert sorted(re.findall(r'id="([^"]+)"', html)) == ["note-1", "note-2", "noted-1", "noted-2"]
    assert html.count('href="#note-1"') == 2
    assert html.count('href="#noted-1"') == 1
    assert 'role="group" aria-label="Footnotes"' in html


def test_no_footnote_is_lost():
    assert "<li>lonely</li>" in shown("Text.\n\n[^x]: lonely")
    assert shown("a[^1]\n\n[^1]: b\n[^1]: c").endswith("<li>b</li><li>c</li></ol>")
    assert shown("a[^1]") == "<p>a[^1]</p>"


def test_a_footnote_is_no_broken_link():
    assert markup.draft_of(NOTES).found.links == []


INDENTS = ["", " ", "  ", "   "]
MARKS = ["", "- ", "* ", "1. ", "2) ", "> ", "-     ", "- - ", "> - ", "- > "]
WORDS = ["a", "b c", "", "# d", "```", "~~~", "---", "==="]


@pytest.mark.parametrize("seed", range(10))
def test_any_lines_are_the_blocks_that_commonmark_sees(seed):
    chance = random.Random(seed)

    def blocks(html, text):
        """Paragraphs where no code is: markdown-it calls a list loose for an empty line at the end of code."""
        tags = re.findall(r"</?(?:[uo]l|li|p|pre|blockquote|hr|h\d)\b", html)
        is_code = "```" in text or "~~~" in text
        return [tag.replace("h1", "h2") for tag in tags if not (is_code and tag[-1] == "p")]

    for _ in range(50):
        text = "\n".join(
            "".join(map(chance.choice, (INDENTS, MARKS, WORDS)))
            for _ in range(chance.randint(1, 8))
        )
        theirs = MarkdownIt("commonmark").render(text)
        assert blocks(to_html.__wrapped__(text), text) == blocks(theirs, text), text


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(" " * (2 * n) + "- a" for n in range(99)) * 30,
        ("- " * 2_000 + "a\n") * 3,
        ("> - " * 20 + "a\n") * 200,
        ("- a\n" + "\n" * 5) * 2_500,
        "".join(f"[^{n}]: a[^{n}]\n" for n in range(700)),
        "# " + " " * 9_000 + "b\n" + ("# " + "# " * 300 + "\n") * 9,
        ("|" + "-|" * 300 + "\n") * 12,
        ("- " + "`" * 99 + "\n") * 100,
        ("* " * 3_000 + "a\n") * 3,
        ("a\n" + "-" * 200 + " b\n") * 400,
        ("1. a\n\n   ```\n") * 1_500,
        ("-" + " " * 190 + "\n") * 900,
        ("```" + " " * 9_990 + "`\n") * 19,
        ("~" * 9_990 + "`\n") * 10,
        "# a" + " " * 190_000 + "b",
        ("# a" + " " * 9_000 + "b\n\n") * 20,
        "- a\n" + "  # b\n  c\n" * 4_000,
        "|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "x\n" * 9_000,
        ("|a" * 100 + "\n" + "|-" * 100 + "\n" + "x\n" * 100 + "\n") * 60,
    ],
)
def test_no_text_costs_more_than_seconds(text):
    began = time.process_time()
    markup.draft_of.__wrapped__(text, is_workaround)
    assert time.process_time() - began < 2


def test_a_table_of_too_many_cells_is_text():
    wide = "|a" * 500 + "\n" + "|-" * 500 + "\n" + "x\n" * 10

    assert to_html(wide).count("<td>") == 5_000
    assert to_html(wide + "x\n" * 30).count("<td>") == 0
    assert to_html(f"{wide}\n" * 5).count("<td>") == 15_000


def test_what_is_nested_too_deep_is_text():
    html = to_html("- " * 100 + "a")

    assert html.count("<ul>") == 24
    assert "- - a" in html
