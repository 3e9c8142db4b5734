"""The knowledge base as readers see it."""

import re

import pytest

from knowledge import actions
from knowledge.models import Search
from knowledge.views import reader

HTMX = {"HX-Request": "true"}
READERS = ["visitor", "requester", "agent", "editor", "admin"]


@pytest.fixture
def client_for(client, client_of, request):
    return lambda who: client if who == "visitor" else client_of(request.getfixturevalue(who))


# Who reads what -----------------------------------------------------------------------------------

MAY_READ = {
    "everybody": READERS,
    "employees": ["requester", "agent", "editor", "admin"],
    "staff": ["agent", "editor", "admin"],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("audience", MAY_READ)
def test_an_article_is_there_for_its_audience_alone(client_for, make_article, audience, reader):
    article = make_article("Canary article", audience=audience)
    client, may = client_for(reader), reader in MAY_READ[audience]

    assert client.get(article.get_absolute_url()).status_code == (200 if may else 404)
    for listing in ("/kb/search/", "/kb/search/?section=network", "/kb/search/?q=canary"):
        assert (article.get_absolute_url() in client.get(listing).content.decode()) == may


@pytest.mark.parametrize("reader", READERS)
def test_a_draft_is_there_for_writers_alone_and_in_no_list(client_for, make_article, reader):
    draft = make_article("Canary draft", published=False)
    client = client_for(reader)

    assert client.get(draft.get_absolute_url()).status_code == (
        404 if reader in ("visitor", "requester") else 200
    )
    for listing in ("/kb/", "/kb/search/", "/kb/search/?q=canary"):
        assert draft.get_absolute_url() not in client.get(listing).content.decode()


def test_readers_see_the_published_text_and_not_the_next_draft(
    client_of, requester, editor, make_article
):
    article = make_article(body="Old text")
    actions.revise(article, by=editor, title=article.title, body="Canary text")

    page = client_of(requester).get(article.get_absolute_url()).content.decode()

    assert "Old text" in page
    assert "Canary text" not in page


def test_a_withdrawn_article_is_gone(client_of, requester, editor, make_article):
    article = make_article()
    actions.withdraw(article, by=editor)

    assert client_of(requester).get(article.get_absolute_url()).status_code == 404


# The pages ------------------------------------------------------------------------------------------


def test_home_counts_what_the_reader_may_read(client, client_of, requester, make_article):
    make_article("For all", audience="everybody")
    make_article("For us")
    make_article("For staff", audience="staff")

    assert [s.readable for s in client.get("/kb/").context["sections"]] == [1]
    assert [s.readable for s in client_of(requester).get("/kb/").context["sections"]] == [2]


def test_an_article_names_related_ones_and_offers_to_report(client_of, requester, make_article):
    article, other = make_article(), make_article("Work without VPN")
    secret = make_article("Gateway runbook", audience="staff")

    page = client_of(requester).get(article.get_absolute_url()).content.decode()

    assert other.get_absolute_url() in page
    assert secret.get_absolute_url() not in page
    assert "/tickets/new/?title=VPN%20disconnects" in page


def test_staff_articles_are_marked(client_of, agent, make_article):
    article = make_article(audience="staff")

    assert "Staff only" in client_of(agent).get(article.get_absolute_url()).content.decode()


def test_what_an_article_holds_is_cleaned(client_of, requester, make_article):
    article = make_article(body="<script>alert(1)</script> [x](javascript:alert(1))")

    page = client_of(requester).get(article.get_absolute_url()).content.decode()

    assert "alert(1)</script>" not in page
    assert "javascript:" not in page


# Search ---------------------------------------------------------------------------------------------


def test_search_finds_and_marks_the_words(client_of, requester, make_article):
    article = make_article()

    page = client_of(requester).get("/kb/search/", {"q": "vpn disconnects"}).content.decode()

    assert article.get_absolute_url() in page
    assert "<mark>VPN</mark>" in page


def test_a_misspelt_search_says_what_it_looked_for_instead(client_of, requester, make_article):
    article = make_article()

    page = client_of(requester).get("/kb/search/", {"q": "vpn disconects"}).content.decode()

    assert article.get_absolute_url() in page
    assert "Showing results for" in page


def test_nothing_found_offers_to_report_with_the_words(client_of, requester, make_article):
    make_article()

    page = client_of(requester).get("/kb/search/", {"q": "zeppelin hangar"}).content.decode()

    assert "No articles match" in page
    assert "/tickets/new/?title=zeppelin%20hangar" in page


def test_a_topic_narrows_the_results(client_of, requester, make_article):
    elsewhere = make_article("VPN on a phone", section=None)
    here = make_article()

    page = (
        client_of(requester).get("/kb/search/", {"q": "vpn", "section": "network"}).content.decode()
    )

    assert here.get_absolute_url() in page
    assert elsewhere.get_absolute_url() not in page


def test_while_typing_only_the_results_come(client_of, requester, make_article):
    make_article()

    page = client_of(requester).get("/kb/search/", {"q": "vpn"}, headers=HTMX).content.decode()

    assert "<html" not in page
    assert "innerHTML:#found" in page


@pytest.mark.parametrize(
    "words", ['<script>"', "C++ AND OR NEAR(", "a@b.c *:^", "%_\\", "\x00null", "x" * 500, "'"]
)
def test_any_text_can_be_searched_for(client_of, requester, make_article, words):
    make_article()

    answer = client_of(requester).get("/kb/search/", {"q": words})

    assert answer.status_code == 200
    assert '<script>"' not in answer.content.decode()


def test_without_words_a_long_list_comes_in_pages(client_of, requester, make_article):
    for n in range(28):
        make_article(f"Article {n:02}")
    client = client_of(requester)

    first = client.get("/kb/search/").context["listed"]
    second = client.get("/kb/search/", {"after": first.next}).context["listed"]

    assert [a.title for a in [*first.rows, *second.rows]] == [f"Article {n:02}" for n in range(28)]


@pytest.mark.parametrize("number", [10, 50])
@pytest.mark.parametrize("at", ["/kb/", "/kb/search/", "/kb/search/?q=vpn"])
def test_lists_need_the_same_queries_however_many_articles(number, at, client_of, requester, make_article, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        make_article(f"VPN article {n:02}")
    client = client_of(requester)
    client.get("/")

    with django_assert_max_num_queries(16):
        assert client.get(at).status_code == 200


# More of what was found ------------------------------------------------------------------------------------


def _listed(answer):
    return re.findall(r'href="/kb/([\w-]+)/\?q=', answer.content.decode())


@pytest.fixture
def many(make_article):
    return [make_article(f"VPN article {n:02}").slug for n in range(35)]


def test_what_follows_the_best_is_reached_by_a_link(client_of, requester, many):
    client = client_of(requester)

    first = client.get("/kb/search/", {"q": "vpn"})
    both = client.get("/kb/search/", {"q": "vpn", "page": "2"})

    assert "Show 5 more" in first.content.decode()
    assert len(_listed(first)) == 30
    assert _listed(both)[:30] == _listed(first)
    assert sorted(_listed(both)) == sorted(many)
    assert 'id="more"' not in both.content.decode()


def test_asked_for_by_the_page_only_what_follows_comes(client_of, requester, many):
    client = client_of(requester)
    first = _listed(client.get("/kb/search/", {"q": "vpn"}))

    answer = client.get("/kb/search/", {"q": "vpn", "page": "2"}, headers=HTMX)

    assert sorted([*first, *_listed(answer)]) == sorted(many)
    assert 'id="results"' not in answer.content.decode()
    assert '<span id="more" hx-swap-oob="true"></span>' in answer.content.decode()


def test_filters_stay_on_the_way_to_more(client_of, requester, many, make_article):
    elsewhere = make_article("VPN on a phone", section=None)

    page = client_of(requester).get("/kb/search/", {"q": "vpn", "section": "network", "page": "2"})

    assert sorted(_listed(page)) == sorted(many)
    assert elsewhere.slug not in _listed(page)


def test_a_later_page_is_not_another_search(client_of, requester, many):
    client = client_of(requester)
    for headers in ({}, HTMX):
        client.get("/kb/search/", {"q": "vpn", "page": "2"}, headers=headers)

    assert not Search.objects.exists()


def test_the_last_page_says_how_to_find_the_others(client_of, requester, many, monkeypatch):
    monkeypatch.setattr(reader, "MOST_PAGES", 1)

    page = client_of(requester).get("/kb/search/", {"q": "vpn"}).content.decode()

    assert "These fit best." in page
    assert "page=2" not in page


@pytest.mark.parametrize("number", ["0", "6", "-1", "x", "", "999999999999"])
def test_a_page_that_is_none_is_refused(client_of, requester, make_article, number):
    make_article()

    answer = client_of(requester).get("/kb/search/", {"q": "vpn", "page": number})

    assert answer.status_code == 400
