"""Readers find what they may read, also misspelt, and nothing tells them of what they may not."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from knowledge import actions, search
from knowledge.models import Article, Audience, Section
from knowledge.search import engine

Make = Callable[..., Article]

HOSTILE = [
    "", " ", "\x00", "C++", "c#", "a@b.c", "AND", "OR NOT", "NEAR(", 'x" OR "', '"', "''", "';--", "*", "vpn*", "^vpn",
    "title:vpn", "-vpn", "(vpn", "vpn)", "vpn & | ! <->", ":*", "\\", "ticket#12", "%", "_", "vpn\u0000disc", "\ud800",
    "💥", "é̂", "١٢٣", "x" * 10_000, "vpn " * 3_000, "ab-" * 3_000, "<b>vpn</b>", "\x02vpn\x03", "SELECT 1; DROP TABLE x",
]  # fmt: skip


def slugs(results: search.Results) -> list[str]:
    return [hit.article.slug for hit in results.hits]


def everything(results: search.Results) -> str:
    return repr(
        [results.corrected, results.total_label, [(h.title, h.snippet) for h in results.hits]]
    )


# Finding ----------------------------------------------------------------------------------------------


def test_a_match_in_the_title_comes_before_one_in_the_text(make_article: Make, requester: User):
    in_text = make_article("Work from home", "Start the tunnel first. " * 5)
    in_title = make_article("The tunnel is slow", "Restart it.")

    assert slugs(search.find("tunnel", user=requester)) == [in_title.slug, in_text.slug]


def test_other_forms_of_a_word_are_found(make_article: Make, requester: User):
    article = make_article("VPN disconnects", "It helps to restart.")

    assert slugs(search.find("disconnecting", user=requester)) == [article.slug]


@pytest.mark.parametrize(
    "typed", ["di", "disc", "disconn", "disconnect", "vpn disc", "VPN Disconnects"]
)
def test_it_finds_while_the_last_word_is_being_typed(
    make_article: Make, requester: User, typed: str
):
    article = make_article("VPN disconnects every few minutes")

    results = search.find(typed, user=requester)

    assert slugs(results) == [article.slug]
    assert results.corrected == ""


def test_a_finished_word_is_no_beginning(make_article: Make, requester: User):
    make_article("Discount codes")

    assert not search.find("disc", user=requester, prefix=False).hits


def test_a_whole_sentence_finds_by_its_telling_words(make_article: Make, requester: User):
    make_article("Order a headset", "Every few minutes somebody asks. My tip: keep the old one.")
    wanted = make_article("VPN disconnects", "The connection drops after some minutes.")

    results = search.find("my vpn keeps dropping every few minutes", user=requester)

    assert slugs(results)[0] == wanted.slug


def test_the_article_with_more_of_the_words_comes_first(make_article: Make, requester: User):
    make_article("Printer out of paper", "Fill the tray.")
    wanted = make_article("Printer shows offline", "Wake it. The scanner stays off.")

    assert slugs(search.find("scanner printer offline unheardof", user=requester))[0] == wanted.slug


@pytest.mark.parametrize("typed", ["wifi", "wi-fi", "Wi‑Fi", "wi fi"])
@pytest.mark.parametrize("written", ["Wi-Fi is slow", "The wi-fi is slow"])
def test_hyphens_do_not_matter(make_article: Make, requester: User, typed: str, written: str):
    article = make_article(written, "Move closer.")

    assert slugs(search.find(typed, user=requester)) == [article.slug]


def test_accents_and_case_do_not_matter(make_article: Make, requester: User):
    article = make_article("Café menu on the Intranet", "See the board.")

    assert slugs(search.find("CAFE intranet", user=requester)) == [article.slug]


def test_tags_and_summary_are_searched(make_article: Make, requester: User):
    article = make_article("Reset it yourself", tags=["passcode"], summary="For locked accounts.")

    assert slugs(search.find("passcode locked", user=requester)) == [article.slug]


def test_a_section_narrows_the_search(make_article: Make, requester: User, section: Section):
    other = Section.objects.create(name="Phones", slug="phones")
    make_article("Call forwarding")
    wanted = make_article("Call waiting", section=other)

    results = search.find("call", user=requester, section=other)

    assert (slugs(results), results.total_label) == ([wanted.slug], "1")


def test_the_limit_cuts_hits_but_not_the_count(make_article: Make, requester: User):
    for number in range(4):
        make_article(f"VPN guide {number}")

    results = search.find("vpn", user=requester, limit=2)

    assert (len(results.hits), results.total_label) == (2, "4")


def test_matches_are_marked_in_title_and_text(make_article: Make, requester: User):
    make_article(
        "VPN drops <b>", "First [look](/x). " * 30 + "Then *restart* the tunnel. " + "More. " * 60
    )

    (hit,) = search.find("vpn restarting", user=requester).hits

    assert hit.title == "\x02VPN\x03 drops <b>"
    assert "\x02restart\x03 the tunnel" in " ".join(hit.snippet.split())
    assert len(hit.snippet) < 260


def test_the_number_of_queries_does_not_grow(
    make_article: Make, requester: User, django_assert_max_num_queries: Any
):
    for number in range(12):
        make_article(f"VPN guide {number}")
    assert requester.permits

    with django_assert_max_num_queries(7):
        assert len(search.find("vpn guide", user=requester).hits) == 12


# Misspelt ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vpm disconets", "vpn disconnects"),
        ("pasword reset", "password reset"),
        ("prnter offline", "printer offline"),
        ("pritner ofline", "printer offline"),
        ("rest my passwrod", "reset my password"),
        ("acount locked", "account locked"),
        ("paswo", "password"),
        ("prnter off", "printer off"),
    ],
)
def test_a_misspelt_question_finds_the_article(
    make_article: Make, requester: User, typed: str, meant: str
):
    make_article("VPN disconnects every few minutes")
    make_article("Reset your password yourself", "Your account is then no longer locked.")
    make_article("Printer shows offline", "Wake it.")
    wanted = search.find(meant, user=requester)

    results = search.find(typed, user=requester)

    assert slugs(results) == slugs(wanted) != []
    assert results.corrected in {meant, meant.replace("reset my", "rest my")}


def test_one_of_a_double_letter_left_out_is_likelier_than_a_wrong_one(
    make_article: Make, requester: User
):
    article = make_article("Printer shows offline", "Wake it.")
    for number in range(3):
        make_article(f"Printer online shop {number}", "Buy online.")

    results = search.find("printre ofline", user=requester)

    assert (slugs(results), results.corrected) == ([article.slug], "printer offline")


def test_a_word_that_is_known_is_not_corrected(make_article: Make, requester: User):
    make_article("Mouse moves alone")
    make_article("House keys")

    results = search.find("mouse", user=requester)

    assert (len(results.hits), results.corrected) == (1, "")


@pytest.mark.parametrize("typed", ["teh printer", "printer yuo", "log printer", "printer zzzzzzz"])
def test_what_nobody_can_have_meant_is_left_out(make_article: Make, requester: User, typed: str):
    make_article("Desk with a broken leg", "Wait ten minutes.")
    article = make_article("Printer shows offline")

    results = search.find(typed, user=requester)

    assert (slugs(results), results.corrected) == ([article.slug], "")


def test_nothing_near_finds_nothing(make_article: Make, requester: User):
    make_article()

    assert search.find("zzzzzz qqqqqq", user=requester) == search.Results()


# Hostile ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_finds_or_finds_not_but_never_fails(
    make_article: Make, requester: User, section: Section, typed: str
):
    make_article(body="Use the VPN. AND or NOT c++ a@b.c")

    for prefix in (True, False):
        results = search.find(typed, user=requester, prefix=prefix, section=section)
        assert len(results.hits) <= 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=60))
def test_no_text_fails(db: None, requester: User, text: str):
    search.find(text, user=requester)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
    )
)
def test_no_article_fails(make_article: Make, requester: User, body: str):
    article = make_article("VPN", body + " automatic")

    assert article.slug in slugs(search.find("automatic", user=requester, limit=1_000))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["[", "[a](", "![", "-", "1", "`", "a-", "\n \t", "\n> ", "| ", "e\u0301"]
)
def test_long_senseless_texts_take_no_long_time(make_article: Make, requester: User, piece: str):
    make_article("VPN", piece * 60_000 + " x")

    assert len(search.find(f"vpn {piece * 9_000}", user=requester).hits) == 1


def test_a_hundred_known_words_are_looked_up(make_article: Make, requester: User):
    article = make_article("Ports", body=" ".join(f"port{n}x" for n in range(110)))

    typed = " ".join(f"port{n}x" for n in range(100))
    assert slugs(search.find(typed, user=requester)) == [article.slug]


def test_a_huge_article_is_found(make_article: Make, requester: User):
    body = "canary " + " ".join(f"word{number}" for number in range(40_000))
    article = make_article("Everything", body)

    assert slugs(search.find("canary", user=requester)) == [article.slug]


# Who finds what -------------------------------------------------------------------------------------------


@pytest.fixture
def readers(requester: User, agent: User, editor: User) -> dict[str, Any]:
    return {"nobody": AnonymousUser(), "employee": requester, "agent": agent, "editor": editor}


MAY_READ = {
    "nobody": {Audience.EVERYBODY},
    "employee": {Audience.EVERYBODY, Audience.EMPLOYEES},
    "agent": set(Audience),
    "editor": set(Audience),
}


@pytest.mark.parametrize("reader", MAY_READ)
def test_each_reader_finds_what_they_may_read(
    make_article: Make, readers: dict[str, Any], reader: str
):
    for audience in Audience:
        make_article(f"Guide for {audience}", "A shared keyword.", audience=audience)

    results = search.find("keyword", user=readers[reader])

    assert {hit.article.audience for hit in results.hits} == MAY_READ[reader]
    assert results.total_label == str(len(MAY_READ[reader]))


@pytest.mark.parametrize("reader", MAY_READ)
@pytest.mark.parametrize("audience", [*Audience, "draft"])
@pytest.mark.parametrize(
    "typed", ["canarybird", "canarybrid", "canaryb", "vpn canarybird", "vpn canarybrid"]
)
def test_nothing_reveals_a_word_of_an_article_that_is_not_for_this_reader(
    make_article: Make, readers: dict[str, Any], reader: str, audience: str, typed: str
):
    make_article("Open guide", "About the VPN.", audience=Audience.EVERYBODY)
    secret = {"title": "Canarybird vpn", "tags": ["canarybird"], "summary": "Canarybird!"}
    if audience == "draft":
        make_article(**secret, published=False)
    else:
        make_article(**secret, body="The canarybird sings.", audience=audience)

    results = search.find(typed, user=readers[reader])

    may = audience in MAY_READ[reader]
    assert (
        "canarybird" in everything(results).lower().replace("\\x02", "").replace("\\x03", "")
    ) == may
    if not may:
        assert results.corrected == ""
        assert results.total_label == ("1" if "vpn" in typed else "0")


def test_writers_find_no_drafts(make_article: Make, editor: User):
    make_article("Unfinished thoughts", published=False)

    assert not search.find("unfinished", user=editor).hits


def test_the_next_draft_of_a_published_article_is_not_found(make_article: Make, editor: User):
    article = make_article("VPN", "Old text.")
    actions.revise(article, by=editor, title="VPN canarybird", body="New canarybird.")

    assert not search.find("canarybird", user=editor).hits
    assert len(search.find("old", user=editor).hits) == 1


def test_a_withdrawn_article_is_gone_at_once(make_article: Make, editor: User):
    article = make_article("Canarybird care")
    actions.withdraw(article, by=editor)

    for typed in ("canarybird", "canarybrid", "canary"):
        assert search.find(typed, user=editor) == search.Results()


def test_published_again_the_new_text_replaces_the_old(make_article: Make, editor: User):
    article = make_article("Pager duty", "Call the canarybird.")
    actions.revise(article, by=editor, title="Phone duty", body="Call the nightingale.")
    actions.publish(article, by=editor)

    for typed in ("pager", "canarybird", "canarybrid"):
        assert search.find(typed, user=editor) == search.Results()
    assert len(search.find("nightingale phone", user=editor).hits) == 1


def test_an_audience_that_was_narrowed_counts_even_before_the_index_knows(
    make_article: Make, requester: User
):
    article = make_article("Canarybird care")
    Article.objects.filter(pk=article.pk).update(audience=Audience.STAFF)

    for typed in ("canarybird", "canarybrid", "canary"):
        assert search.find(typed, user=requester) == search.Results()


def test_reindex_puts_everything_in_again_and_drops_what_is_left_over(
    make_article: Make, requester: User
):
    kept = make_article("Pager duty")
    gone = make_article("Canarybird care")
    search.forget(kept)
    Article.objects.filter(pk=gone.pk).update(state=Article.State.DRAFT)
    call_command("reindex", "articles", stdout=StringIO())
    Article.objects.filter(pk=gone.pk).update(state=Article.State.PUBLISHED)

    assert slugs(search.find("pgaer duty", user=requester)) == [kept.slug]
    assert not search.find("canarybird", user=requester).hits


# Many at once -----------------------------------------------------------------------------------------------

TABLES = ("article_posting", "article_text", "article_word", "article_slip", "article_trigram")


def kept():
    return {table: sorted(engine.rows(f"SELECT * FROM {table}")) for table in TABLES}  # noqa: S608


@pytest.mark.django_db
def test_many_at_once_come_out_as_one_by_one(make_article, editor):
    articles = [
        make_article("VPN drops", "The *gateway* drops it’s Wi-Fi.", tags=["home office"], summary="Why"),
        make_article("Drucker druckt nicht", "Die Druckerwarteschlange anhalten: “Größe”."),
        make_article("It's {odd}, \"quoted\" \\ NULL", "a\\b {c,d} NULL ' \" \t end"),
        make_article("Draft of VPN", published=False),
    ]  # fmt: skip
    actions.set_language(articles[1], by=editor, language="de")
    articles = list(Article.objects.order_by("pk"))

    def emptied():
        for article in articles:
            search.forget(article)
        for table in ("article_slip", "article_trigram"):
            engine.run(f"DELETE FROM {table}")  # noqa: S608

    emptied()
    for article in articles:
        search.index(article)
    one_by_one = kept()
    emptied()
    search.index(articles[0])
    search.index_all(articles)

    assert kept() == one_by_one
    assert one_by_one["article_posting"]
    search.index_all([])
    search.index_all(articles)
    assert kept() == one_by_one
