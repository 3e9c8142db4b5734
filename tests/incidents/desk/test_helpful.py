"""Articles that may help, beside an open ticket and in the picker of its composer."""

import pytest

from tests.incidents.desk.conftest import body

LINK, TEXT = "Insert link", "Insert text"


@pytest.fixture
def article(make_article):
    return make_article("VPN disconnects every few minutes")


@pytest.fixture
def runbook(make_article):
    return make_article("VPN disconnects: runbook of the gateway", audience="staff")


def test_an_open_ticket_asks_for_what_may_help_once_it_is_in_sight(desk, ticket, url):
    assert f'hx-get="{url(ticket, "articles", "helpful")}" hx-trigger="revealed"' in body(
        desk.get(url(ticket))
    )


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_one_that_is_done_does_not(desk, htmx, in_status, article, url, status):
    done = in_status(status)

    assert "articles/helpful" not in body(desk.get(url(done)))
    assert body(htmx.get(url(done, "articles", "helpful"))).strip() == ""


def test_articles_like_the_ticket_can_be_read_and_put_into_the_reply(htmx, ticket, article, url):
    page = body(htmx.get(url(ticket, "articles", "helpful")))

    assert f'href="{article.get_absolute_url()}"' in page
    assert f'data-url="http://127.0.0.1:8000{article.get_absolute_url()}"' in page
    assert f'data-fetch="/desk/articles/{article.slug}/text/"' in page
    assert LINK in page
    assert TEXT in page


def test_what_the_requester_cannot_open_is_not_passed_on(htmx, ticket, runbook, url):
    page = body(htmx.get(url(ticket, "articles", "helpful")))

    assert runbook.get_absolute_url() in page
    assert "the requester can’t open it" in page
    assert LINK not in page
    assert TEXT not in page


def test_what_the_agent_may_not_read_is_not_there(htmx, ticket, make_article, url):
    make_article("VPN disconnects: draft", published=False)

    page = body(htmx.get(url(ticket, "articles", "helpful")))

    assert "None that you can see." in page
    assert "draft" not in page


def test_without_javascript_it_is_a_page_to_read(desk, ticket, article, url):
    page = body(desk.get(url(ticket, "articles", "helpful")))

    assert article.get_absolute_url() in page
    assert LINK not in page


def test_the_number_of_queries_does_not_grow_with_the_articles(
    htmx, ticket, make_article, url, django_assert_max_num_queries
):
    def asked():
        htmx.get(url(ticket, "articles", "helpful"))

    make_article("VPN disconnects")
    with django_assert_max_num_queries(25):
        asked()
    for n in range(8):
        make_article(f"VPN disconnects, case {n}")
    with django_assert_max_num_queries(25):
        asked()


# The picker --------------------------------------------------------------------------------------------------


def test_the_picker_offers_what_may_help_before_anything_is_typed(htmx, ticket, article):
    page = body(htmx.get("/desk/articles/", {"ticket": ticket.ref}))

    assert article.title in page
    assert "requester can’t open it" not in page


def test_the_picker_asks_for_this_ticket(desk, ticket, url):
    assert f'hx-get="/desk/articles/?ticket={ticket.number}"' in body(desk.get(url(ticket)))


def test_the_picker_knows_what_this_requester_cannot_open(htmx, ticket, runbook):
    asked = {"ticket": ticket.ref, "q": "runbook gateway"}

    assert "the requester can’t open it" in body(htmx.get("/desk/articles/", asked))


def test_the_picker_says_nothing_of_a_ticket_out_of_sight(htmx, make_ticket, other_category):
    hidden = make_ticket("Pay slip is wrong", category=other_category)

    assert htmx.get("/desk/articles/", {"ticket": hidden.ref}).status_code == 404


@pytest.mark.parametrize("number", ["", "nonsense", "99999999999999999999"])
def test_a_number_that_is_none_offers_nothing(htmx, article, number):
    assert article.title not in body(htmx.get("/desk/articles/", {"ticket": number}))
