"""What is code is code to all who read lines: to those who show articles, and to those who import them."""

import random
import re
import time

import pytest
from markdown_it import MarkdownIt

from knowledge.importing.lines import Kind, outside_code, read
from knowledge.importing.shortcodes import without_tags
from knowledge.importing.tags import without_html
from knowledge.markup import draft_of
from knowledge.search.texts import plain

TEXTS = [
    # Of quotations
    "> ```\n> PROBE", "> ```\nPROBE", "> ~~~\n> a\n\nPROBE", "> > ```\n> PROBE", "> a\n```\nPROBE", "> ```\n> a\n> ````\n> PROBE",
    # Of items
    "- ```\n  PROBE\n  ```", "- a\n\n  ```\n  b\n\nPROBE", "1. a\n   ```sh\n   b\n2. PROBE", "1. a\n   ```sh\n   b\nPROBE", "- a\n  - b\n    ~~~\n    c\n  PROBE",
    "- a\n\n    ```\n    PROBE", "- a\n\n      ```\n\n  PROBE", "- > ```\n  > PROBE", "- > ```\n  PROBE", "a\n2. ```\nPROBE", "> ```\n> - b\n> PROBE",
    "10. a\n\n   ```\n   PROBE", "- a\n```\n- PROBE", "- ```\n\n  PROBE", "1. a\n  ```\n  b\n  ```\nPROBE",
    # What closes it
    "```\na\n`````\nPROBE", "````\na\n```\nPROBE", "~~~\n```\nPROBE", "```\n~~~\n```\nPROBE", "```\n    ```\nPROBE", "  ```\n   ```\nPROBE", "```\nPROBE",
    "``` a\n``` b\nPROBE", "~~~\n~~~ b\nPROBE", "```\n> ```\nPROBE", "```\n- ```\nPROBE", "> ```\n> > ```\n> PROBE", "```\n```   \nPROBE",
    # What opens it
    "``` a`b\nPROBE", "``` a ```\nPROBE", "~~~ a`b~\nPROBE", "    ```\nPROBE", "a\n    ```\nPROBE", "a\n```\nPROBE", "``\nPROBE", "\\```\nPROBE", "   ~~~\nPROBE",
    # Indented
    "    PROBE", "a\n\n    PROBE", "a\n    PROBE", "- a\n\n    PROBE", "- a\n\n      PROBE", "-     PROBE", "> a\n\n    PROBE", ">     PROBE", "# a\n    PROBE",
    "    a\n\n    PROBE", "    a\n\n  PROBE", "1. a\n\n\n   PROBE", "a\n\n\tPROBE", "-\t```\n\tPROBE", "1.\ta\n\n\t    PROBE", "- a\n\n\tPROBE",
]  # fmt: skip
FIRST = re.compile(r"^PROBE", re.MULTILINE)


def is_code(text):
    """As CommonMark has it."""
    at = next(number for number, line in enumerate(text.split("\n")) if "PROBE" in line)
    return any(
        token.map[0] <= at < token.map[1]
        for token in MarkdownIt("commonmark").parse(text)
        if token.type in {"fence", "code_block"}
    )


def believed(text):
    """Who takes the line with the probe for code."""
    marked = without_tags(text.replace("PROBE", "{% raw %}PROBE"))[0]
    addressed = outside_code(text, lambda words: words.replace("PROBE", "changed"))
    bare = without_html(text.replace("PROBE", "PROBE <b>c</b>"))[0]
    told = {
        "shown": "PROBE" in "".join(re.findall("<pre>.*?</pre>", html(text), re.DOTALL)),
        "lines": any(line.kind is Kind.CODE for line in read(text) if "PROBE" in line.text),
        "tags of generators": "{% raw %}PROBE" in marked,
        "addresses": "changed" not in addressed,
        "HTML": "<b>" in bare,
    }
    if FIRST.search(text):
        commented = FIRST.sub("<!-- PROBE -->", text)
        told["comments"] = "PROBE" in html(commented)
        told["comments in search"] = "PROBE" in plain(commented)
        told["comments of others"] = "PROBE" in without_tags(commented)[0]
        told["call-outs"] = "data-callout" not in html(FIRST.sub("!!! note\n    PROBE", text))
    return told


def html(text):
    return draft_of.__wrapped__(text).html


@pytest.mark.parametrize("text", TEXTS)
def test_all_who_read_lines_see_the_code_that_commonmark_sees(text):
    told = believed(text)

    assert told == dict.fromkeys(told, is_code(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a[^1]\n\n[^1]: b\n\n    ```\n    PROBE\n    ```", True),
        ("a[^1]\n\n[^1]: b\n\n    ```\n    c\n\nPROBE", False),
        ("a[^1]\n\n[^1]: b\n\n    PROBE", False),
        ("a[^1]\n\n[^1]: ```\n    PROBE", True),
        ("a[^1]\n\n[^1]: b\n\n        PROBE", True),
    ],
)
def test_all_see_the_code_of_a_footnote(text, code):
    told = believed(text)

    assert told == dict.fromkeys(told, code)


@pytest.mark.parametrize("seed", range(10))
def test_of_any_lines_the_importer_takes_for_code_what_commonmark_does(seed):
    chance = random.Random(seed)
    marks = ["", "", "      ", "\t", "- ", "   1. ", "2) ", "> ", "- - ", "> - "]
    words = ["a", "", "# d", "```", "~~~", "````", "``` x", "---"]
    for _ in range(60):
        lines = [
            " " * chance.randint(0, 3) + chance.choice(marks) + chance.choice(words)
            for _ in range(chance.randint(1, 8))
        ]
        for at, line in enumerate(read("\n".join(lines))):
            if line.text[-1:] in {"a", "d"}:
                text = "\n".join([*lines[:at], f"{lines[at]} PROBE"])
                assert (line.kind is Kind.CODE) == is_code(text), text


@pytest.mark.parametrize(
    "text",
    [
        "!!! note\n    ```\n    a\n\nPROBE",
        "!!! note\n    ```\n    <!-- a\n\nPROBE\n\nb -->",
        "!!! note\n    a\n\n```\nb\n```\nPROBE",
        "{% alert note %}\n\n    a\n\n    {% endalert %}\n\nPROBE",
        ":::note\na\n:::\n\nPROBE",
    ],
)
def test_code_in_a_call_out_of_others_ends_with_it(text):
    assert without_tags(text)[0].endswith("\nPROBE") or "\n\nPROBE\n" in without_tags(text)[0]


def test_a_call_out_of_others_ends_before_a_fence_that_is_not_indented():
    text, _notes = without_tags("!!! note\n    a\n\n```\nb\n```")

    assert text == "> [!NOTE]\n> a\n\n```\nb\n```"


def test_what_a_comment_of_others_hides_opens_no_code():
    assert without_tags("a\n<!--\n```\n-->\nb {% raw %}c")[0] == "a\nb c"


@pytest.mark.parametrize(
    "mark",
    ["> ```\n", "- ```\n", "```\n", "~~~ {% x\n", "> {% raw %}\n", "    {% raw %}\n\n", "!!! a\n    ```\n", "<!-- a -->\n", "- " * 99 + "{\n", "{" + "`" * 99],
)  # fmt: skip
def test_telling_code_costs_time_as_the_text_is_long(mark):
    text = mark * (190_000 // len(mark))
    began = time.process_time()

    outside_code(without_tags(text)[0], str.upper)
    read(text)
    plain(text)

    assert time.process_time() - began < 5
