"""What articles may hold, how it is shown to whom, and what it costs at its worst."""

import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from knowledge import actions, markup, prose

PAYLOADS = (Path(__file__).parents[1] / "security" / "payloads.txt").read_text().splitlines()
NOBODY = AnonymousUser()
LONG = 199_000


def html(text, reader=NOBODY, **how):
    return str(prose.shown(text, reader, **how).html)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("- [ ] a\n- [x] b", ["To do:", "Done:", "square-check"]),
        ("> [!WARNING]\n> Mind the gap", ['data-tone="warning"', "Warning</p>", "Mind the gap"]),
        ("> [!TIP] Try *this*\n> Text", ['data-tone="success"', "Try <em>this</em></p>"]),
        (
            '!!! danger "Hot"\n    Do not touch\n\n    it',
            ['data-tone="danger"', "Hot</p>", "<p>it</p>"],
        ),
        ("!!! note\n\n    Text", ['data-tone="info"', "Note</p>", "<p>Text</p>"]),
        ("## Set *it* up", ['<h2 id="s-set-it-up">Set <em>it</em> up', 'href="#s-set-it-up"']),
        ("# A\n\n# A", ['id="s-a"', 'id="s-a-2"']),
        ("[TOC]\n\n## One\n\n## Two", ['<a href="#s-one">One</a>', 'aria-label="In this article"']),
        ("[below](#one)\n\n## One", ['<a href="#s-one">below</a>']),
        ("1. a\n\n   ```sh\n   ls\n\n   cd\n   ```\n2. b", ["ls\n\ncd\n</code></pre>", "<p>b</p>"]),
        ("1. a\n\n   b\n2. c\n\n   d", ["<p>b</p>\n</li>\n<li>\n<p>c</p>"]),
        ("> ```\n> x\n> ```", ["<blockquote>", "<code>x\n</code>"]),
        ("```\n# no heading\n<!-- kept -->\n```", ["# no heading\n&lt;!-- kept --&gt;"]),
        ("| a |\n|--:|\n| 1 |", ['<td align="right">1</td>', 'class="fb-tablescroll"']),
        ("~~old~~", ["<del>old</del>"]),
        ("see https://a.example/x_y_z.", ['href="https://a.example/x_y_z"', "</a>.</p>"]),
        ("<https://a.example> (https://b.example/(c))", ['href="https://b.example/(c)"']),
        ("![x](https://e.example/t.png)", ["A picture from elsewhere is not shown: x"]),
    ],
)
def test_writers_have_more_than_plain_markdown(text, parts):
    shown = html(text)
    assert [part for part in parts if part not in shown] == []


def test_call_outs_that_follow_each_other_stay_apart():
    assert html("> [!NOTE]\n> a\n\n> [!TIP]\n> b\n\n> quoted").count('role="note"') == 2


def test_a_word_among_writers_is_shown_to_nobody():
    assert "secret" not in html("<!-- secret\nhint -->\n\nText <b>")
    assert "secret" not in html("<!--secret-->\n<!-- secret -->\nText")
    assert "Text" in html("<!-- a -->\nText\n<!-- b -->")
    assert "&lt;!--" in html("a <!-- in a line -->")
    assert "&lt;!--" in html("<!-- with text --> behind it")
    assert "&lt;!--" in html("<!-- never closed")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_leaves_anything_active(payload):
    class Elements(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in markup.TAGS | {"span", "div", "nav", "svg", "use"}
            for name, value in attrs:
                assert not name.startswith(("on", "hx-", "style")), name
                if name == "href":
                    assert (
                        ":" not in value.split("/")[0]
                        or value.split(":")[0].lower() in markup.SCHEMES
                    )
                if name == "src":
                    assert value.startswith(("/files/", "/kb/files/"))

    for text in (payload, f"> [!NOTE] {payload}\n> {payload}", f"## {payload}", f"- [ ] {payload}"):
        Elements().feed(html(text, writing=True))


@pytest.mark.parametrize(
    "mark",
    ["[", "*", ">", "# a\n", "a\n", "!!!\n", "!!! note\n    ", "> [!NOTE]\n", "```a\n", "~~~\n", "- a\n  - b\n", "a\n===\n",
     "/kb/a/ ", "https://", "- [ ] x\n", "<!--\n", "<!-- abcd\n", "INC-1 ", "~~", "> > a\n\n", "| a |\n|---|\n"],
)  # fmt: skip
def test_the_longest_text_of_one_mark_costs_seconds_at_most(mark):
    text = (mark * LONG)[:LONG]
    began = time.process_time()
    markup.draft_of.__wrapped__(text)
    assert time.process_time() - began < 3


def test_code_may_have_as_many_comments_as_it_likes():
    code = "```sh\n" + "# set it\nset it\n" * 2_000 + "```\n"

    assert not prose.shown(code, NOBODY).is_as_typed


def test_headings_and_lists_of_contents_cost_little_however_many():
    text = "# a\n" * 8_000 + "\n[TOC]\n" * 1_000
    began = time.process_time()
    shown = prose.shown(text, NOBODY)

    assert not shown.is_as_typed
    assert shown.html.count("<nav") == 1
    assert time.process_time() - began < 4


@pytest.mark.parametrize("text", ["[" * 1_000_000, "*" * 1_000_000, "word " * 1_000_000])
def test_more_than_can_be_rendered_is_shown_as_it_was_typed(text):
    began = time.process_time()
    shown = prose.shown(text, NOBODY)
    assert shown.is_as_typed
    assert str(shown.html).startswith("<pre")
    assert time.process_time() - began < 1


def test_links_lead_to_where_an_article_is_now(make_article, editor, requester):
    actions.rename(make_article("Old name"), slug="new-name", by=editor)

    assert '<a href="/kb/new-name/#s-x">it</a>' in html("[it](/kb/old-name/#x)", requester)
    assert '<a href="/kb/new-name/">Old name</a>' in html("See /kb/old-name/.", requester)


@pytest.mark.parametrize("text", ["[see](/kb/secret-runbook/)", "see /kb/secret-runbook/ there"])
def test_a_link_to_what_one_may_not_read_is_words(make_article, editor, requester, text):
    make_article("Secret runbook", audience="staff")

    assert "href" not in html(text, requester)
    assert "Secret runbook" not in html(text, requester)
    assert 'href="/kb/secret-runbook/"' in html(text, editor)


def test_a_ticket_is_a_link_for_who_may_open_it(ticket, requester, other_requester, agent):
    assert f'href="{ticket.get_absolute_url()}"' in html(f"As in {ticket.ref}.", requester)
    assert f'href="{ticket.desk_url}"' in html(f"As in {ticket.ref}.", agent)
    for stranger in (other_requester, NOBODY):
        assert "href" not in html(f"As in {ticket.ref}.", stranger)


def test_the_contents_are_given_for_the_page_around_it():
    headings = prose.shown("## A b\n\n### C\n\n#### D", NOBODY).contents
    assert [(one.level, one.target, one.words) for one in headings] == [
        (2, "s-a-b", "A b"),
        (3, "s-c", "C"),
    ]


def test_the_mark_of_a_footnote_is_no_part_of_a_headings_name():
    shown = prose.shown("## Setup[^1] now\n\n[^1]: Why", NOBODY)

    assert [(one.anchor, one.words) for one in shown.contents] == [("setup-now", "Setup now")]
    assert 'href="#note-1"' in shown.html


@pytest.mark.parametrize("links", [1, 30])
def test_looking_up_takes_few_queries(
    links, requester, ticket, django_assert_max_num_queries, make_article
):
    make_article("Target")
    text = " ".join(f"/kb/target/ /kb/gone-{n}/ {ticket.ref}" for n in range(links))
    requester.permits.anywhere("tickets.see")
    with django_assert_max_num_queries(12):
        prose.shown(text, requester)
