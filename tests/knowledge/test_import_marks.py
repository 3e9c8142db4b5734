"""What files of other tools look like here: HTML, pictures of Microsoft's, wrapped lines, attributes, a second title."""

import re
import tarfile
import time

import pytest

from accounts.errors import Refused
from knowledge.importing.lines import joined
from knowledge.importing.reading import read
from knowledge.importing.shortcodes import without_tags
from knowledge.importing.tags import without_html
from knowledge.markup import draft_of, to_html
from tests.bench.questions import DATA


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ('1. Look:\n   :::image type="content" source="a b.png" alt-text="A [key]" border="false":::', "1. Look:\n   ![A (key)](a%20b.png)"),
        ('> :::image source="a.png" alt-text="A":::, then stop.', "> ![A](a.png), then stop."),
        ('|:::image source="a.png" alt-text="A":::|', "|![A](a.png)|"),
        (':::image type="complex" source="a.png" alt-text="A":::\nWhat it shows.\n:::image-end:::', "![A](a.png)\nWhat it shows."),
        ('Type `:::image source="a.png":::`.', 'Type `:::image source="a.png":::`.'),
        ('Open :::no-loc text="Outlook":::.', "Open Outlook."),
        ("> [!div class=\"checklist\"]\n> - One", "> - One"),
        ("[!VIDEO https://example.com/v]", "<https://example.com/v>"),
        ('See [this](https://example.com){:target="_blank" }.', "See [this](https://example.com)."),
        ("Text\n{: .note}\nmore", "Text\nmore"),
        ("## Steps {#steps}", "## Steps"),
        ("Run `x{:a}` {:b}", "Run `x{:a}` {:b}"),
        ("Before\n<!-- never closed\nafter", "Before\n<!-- never closed\nafter"),
    ],
)  # fmt: skip
def test_marks_of_other_tools_are_what_they_mean(given, text):
    assert without_tags(given) == (text, [])


def test_what_is_included_from_elsewhere_is_left_out_and_named():
    text, notes = without_tags("One\n   [!INCLUDE [A note](../note.md)]\nTwo")

    assert text == "One\nTwo"
    assert notes == ["line 2 of the text was left out: [!INCLUDE [A note](../note.md)]"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ('<img src="a.png" alt="A key"> <a href="b.md">B</a>', "![A key](a.png) [B](b.md)"),
        ("a<br>b <b>c </b>and <i>d</i>, <code>e`f</code>", "a  \nb **c** and *d*, ``e`f``"),
        ("10<sup>2</sup> H<sub>2</sub>O 5<sup>th</sup>", "10² H₂O 5th"),
        ("Use `<b>` for <your name>, \\<i>x</i>", "Use `<b>` for <your name>, \\<i>x"),
        ("```\n<b>x</b>\n```\n\n    <b>y</b>", "```\n<b>x</b>\n```\n\n    <b>y</b>"),
        ("<details><summary>More</summary>\n\n- a\n  - b\n\n</details>\nEnd", "**More**\n\n- a\n  - b\n\nEnd"),
        ("1. Do\n   <details>\n   <summary>More</summary>\n\n   text\n   </details>", "1. Do\n\n   **More**\n\n   text"),
        ("<ul><li>One<ul><li>Two</li></ul></li>\n<li>Three</ul>", "- One\n  - Two\n- Three"),
        ("<ol><li>One<li>Two</ol>", "1. One\n2. Two"),
        ("<ol start=9><li>One<li><ul><li>Two</ul></ol>", "9. One\n10. - Two"),
        ("<ol start=x><li>One<li value='5'>Two<li>Three<li value=-1>Four<li value=1>Five</ol>", "1. One\n5) Two\n6) Three\n7) Four\n1. Five"),
        ("<ul start=3><li value=4>One<li value=9>Two</ul>", "- One\n- Two"),
        ("<a href='https://x/(a)'>y] [z] <code>[</code> [\\[</a>", "[y\\] [z] `[` \\[\\[](https://x/%28a%29)"),
        ("<a href='https://x/'><img src='a.png' alt='A'></a>", "[![A](a.png)](https://x/)"),
        ("<table><tr><th>A<th>B<tr><td>1<br>2<td>c|d</table>", "| A | B |\n| --- | --- |\n| 1, 2 | c\\|d |"),
        ("<table><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "|  |  |\n| --- | --- |\n| a | b |\n|  | c |"),
        ("<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>x</td><td><ul><li>1</li><li>2</li></ul></td></tr>\n</table>", "**x**\n\n*B*\n\n- 1\n- 2"),
        ("| a | b |\n|---|---|\n| x<br/>y | <b>z</b> |", "| a | b |\n|---|---|\n| x, y | **z** |"),
        ("<pre><code>a &lt;b&gt;\n  c</code></pre>", "```\na <b>\n  c\n```"),
        ("<div align='center'>\n\n# Title\n\n<p>One\n   two</p>\n</div>", "# Title\n\nOne\ntwo"),
        ("> <p>Mind.</p>\n> <hr>\n\nEnd", "> Mind.\n>\n> ---\n\nEnd"),
        ("<b>never closed", "<b>never closed"),
        ('<a href="java&#115;cript:alert(1)">x</a> <a href="https://e.com/a(b) c">y</a>', "x [y](https://e.com/a%28b%29%20c)"),
        ('<iframe src="https://e.com/v"></iframe>', "<https://e.com/v>"),
    ],
)  # fmt: skip
def test_html_is_markdown(given, text):
    told, notes = without_html(given)

    assert (re.sub(r"\n{3,}", "\n\n", told).strip("\n"), notes) == (text, [])


def test_html_that_means_nothing_here_is_named():
    text, notes = without_html('<input type="x"><input type="y">Words<script>alert(1)</script>')

    assert text == "Words"
    assert notes == [
        "“<input>” can’t be shown here and was left out, 2 times",
        "“<script>” can’t be shown here and was left out",
    ]


@pytest.mark.parametrize(
    "given",
    [
        "<img src='x' alt='](javascript:alert(1))'>",
        "<img src='x' alt='`'><a href='javascript:alert(1)'>y</a>`",
        "<a href=' java\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<a href='https://e.com/)[x](javascript:alert(1))'>x</a>",
        "<code>`</code><a href='javascript:alert(1)'>x</a>",
        "<pre>\n```\n<a href='javascript:alert(1)'>x</a>\n</pre>",
        "<<b>script>alert(1)<</b>/script>",
    ],
)
def test_hostile_html_becomes_nothing_that_runs(given):
    html = to_html(joined(without_html(given)[0]))

    assert not re.search(r'<script|(?:href|src)="(?!https?:|x")', html)


def test_a_table_of_too_many_cells_is_its_rows_one_after_the_other():
    text, _notes = without_html("<table><tr><td colspan=50>a" + "<tr><td>x" * 2_000 + "</table>")

    assert text.count("x") == 2_000
    assert len(text) < 10_000
    wide = "<table><tr><td colspan=50>a" + "<tr><td>x" * 300 + "</table>"
    assert without_html(wide)[0].count("| x |") == 300


def test_later_numbers_are_shown_as_they_are():
    html = to_html(without_html("<ol><li>One<li value=5>Two</ol>")[0])

    assert re.sub(r"\s", "", html) == '<ol><li>One</li></ol><olstart="5"><li>Two</li></ol>'


@pytest.mark.parametrize(
    "text",
    ["<a href='https://x/(a)'>y]</a>", "<a href='https://x/(a)'>[y</a>", "<a href='https://x/(a)'>`[` y] [[z]</a>"],
)  # fmt: skip
def test_a_link_with_odd_brackets_is_one_link(text):
    html = to_html(without_html(text)[0])

    assert re.fullmatch(r'<p><a href="https://x/%28a%29" rel="[a-z ]+">.*</a></p>', html), html


@pytest.mark.parametrize(
    "sign",
    [
        "<", "<a ", "<b>", "</b>", "<table><tr><td>", "<ul><li>", "<li>", "<p>", "<br>", "<a href='", "<!--", "<input type=x>",
        "<td colspan=9999 rowspan=9999>", "<table><tr><td colspan=50>a</td></tr></table>", "<table><td colspan=50>a</table>", "<a href=x>]</a>", "`<b>", "&lt;", ":::image ", "[!INCLUDE [", "](x){:", "a\n", "> ", "- ", "|a\n", " ", "\t",
    ],
)  # fmt: skip
def test_a_long_text_of_one_sign_costs_little(sign):
    text = sign * ((1_000_000 if sign == "<" else 250_000) // len(sign))
    started = time.process_time()

    joined(without_html(without_tags(text)[0])[0])

    assert time.process_time() - started < 5


def long(begin, blanks, end=""):
    """One line of as many signs as an article may have."""
    return begin + blanks * ((190_000 - len(begin + end)) // len(blanks)) + end


LONG_LINES = [
    long("{{< figure", " "), long("", "{{< figure "), long("{", " "), long("# a", " ", "x{"), long("# a", " ", "b"), long("# a", "#", "b"),
    long("{% slack_channel", " "), long("{% slack_channel a", " a"), long("{% image 'a'", " "), long("::: row-end", " ", "x"),
    long("!!! a", " ", "x"), long(":::image", " "), long("a {", "a", "="), long("{{< figure ", "a", ">}}"), long("```", " ", "`"),
]  # fmt: skip


@pytest.mark.parametrize("text", LONG_LINES, ids=lambda text: f"{text[:20]}…{text[-3:]}")
def test_one_long_line_costs_little(text):
    started = time.process_time()

    assert read("a.md", f"{text}\nText".encode()).body

    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", LONG_LINES, ids=lambda text: f"{text[:20]}…{text[-3:]}")
def test_what_is_too_long_is_refused_before_it_is_taken_apart(text):
    started = time.process_time()

    with pytest.raises(Refused, match="more than 200,000 characters"):
        read("a.md", (text * 5)[:850_000].encode())

    assert time.process_time() - started < 1


def test_what_stands_around_marks_is_kept():
    text, notes = without_tags(
        "# A b  {#c}  \nOne  :::image-end:::  two\n{{< figure  src='a b.png'  alt='A > b'  >}}\n"
        '{%- slack_channel "#help desk" "C1" -%} {% slack_channel a  b %}'
    )

    assert text == "# A b\nOnetwo\n![A > b](a b.png)\n#help desk {% slack_channel a  b %}"
    assert notes == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("One\ntwo\n\nthree", "One two\n\nthree"),
        ("One  \ntwo\\\nthree", "One  \ntwo  \nthree"),
        ("One\\\\\ntwo\\\\\\\nthree", "One\\\\ two\\\\  \nthree"),
        ("One\\  \ntwo", "One\\  \ntwo"),
        ("- One\n  two\n- Three\nfour", "- One two\n- Three four"),
        ("1. One\n\n   more\n   words\n\n       code\n       code", "1. One\n\n   more words\n\n       code\n       code"),
        ("> [!NOTE]\n> One\n> two\n>\n> - a", "> [!NOTE]\n> One two\n>\n> - a"),
        ("  > One\n  > two", "  > One two"),
        ("Title\n===\nOne\n# Two\nthree", "Title\n===\nOne\n# Two\nthree"),
        ("| a |\n|---|\n| b |\n\n[x]: y\n[z]: a", "| a |\n|---|\n| b |\n\n[x]: y\n[z]: a"),
        ("```\na\nb\n```\nOne\n- two\n***\nthree", "```\na\nb\n```\nOne\n- two\n***\nthree"),
        ("   ```\n   a\n   b\n   ```", "   ```\n   a\n   b\n   ```"),
    ],
)  # fmt: skip
def test_a_paragraph_is_one_line_and_nothing_else_is_joined(given, text):
    assert joined(given) == text


def test_a_paragraph_too_long_for_one_line_stays_several():
    text = joined("word " * 19 + "word\n" + ("word " * 19 + "word\n") * 500)

    assert 4 < text.count("\n") < 20
    assert not draft_of(text).is_as_typed


def test_our_own_files_are_taken_as_they_stand():
    body = 'One\ntwo <b>three</b> {:x} `:::image`\n:::image source="a.png":::'
    ours = read("a.md", f"---\nformat: firebreak\ntitle: A\n---\n\n{body}\n".encode())

    assert ours.body == body


@pytest.mark.parametrize(
    ("front", "note"),
    [
        ("kind: nonsense", "“nonsense” is no kind of article here and was not taken"),
        ("state: weird", "“weird” is no state of an article here and was not taken"),
        ("language: xx", "“xx” is no language of articles here and was not taken"),
        ("kind: [a]", "“['a']” is no kind of article here and was not taken"),
    ],
)
def test_front_matter_that_is_not_understood_is_named(front, note):
    assert read("a.md", f"---\n{front}\n---\nText".encode()).notes == (note,)


def test_british_english_is_english():
    told = read("a.md", b"---\nlang: en-GB\nkind: Known error\nstate: draft\n---\nText")

    assert (told.language, told.kind, told.state, told.notes) == ("en", "known_error", "draft", ())


@pytest.mark.parametrize(
    ("summary", "kept"), [("Wake it up", ""), ("Wake **it** up.", ""), ("Why it sleeps", "Why it sleeps")]
)  # fmt: skip
def test_a_summary_does_not_say_what_the_text_begins_with(summary, kept):
    text = f"---\ntitle: A\nsummary: {summary}\n---\n# A\n\nWake [it](b.md) up. Then wait.\n\nEnd"

    assert read("a.md", text.encode()).summary == kept


# The real ones -----------------------------------------------------------------------------------------------

RAW = re.compile(
    r"&lt;/?(?:table|details|summary|div|td|th|tr|ul|ol|li|p|br|sup|sub|a|b|i|code|pre|em|img|span|kbd|strong)(?:\s[^&]*)?/?&gt;"
    r"|:::image|\[!INCLUDE|\{:target|&lt;!--"
)
CODE = re.compile(r"<pre>.*?</pre>|<code>.*?</code>", re.DOTALL)


def real_files():
    kb = DATA / "kb"
    for path in sorted(kb.rglob("*.md")):
        yield str(path), path.read_bytes()
    packed = kb / "microsoft365-support" / "markdown_dev_articles.tar.gz"
    with tarfile.open(packed) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".md"):
                yield member.name, archive.extractfile(member).read()


@pytest.mark.skipif(not (DATA / "kb").exists(), reason="the articles lie beside the repository")
def test_no_real_article_shows_marks_of_other_tools():
    shown = {}
    count = 0
    for path, content in real_files():
        count += 1
        html = draft_of(read(path, content).body).html
        if found := RAW.search(CODE.sub("", html)):
            shown[path] = found[0]

    assert shown == {}
    assert count > 1_000
