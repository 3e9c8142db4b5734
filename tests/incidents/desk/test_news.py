"""What an open list learns by itself: new tickets are offered, the others change where they stand."""

import pytest

from incidents.desk.news import Seen, compare
from incidents.tickets import actions
from tests.incidents.desk.conftest import body

QUEUE = "/desk/queues/network/"


@pytest.fixture
def opened(htmx):
    """The address at which an open queue page asks for news."""
    return htmx.get(QUEUE).context["news_url"]


def test_nothing_new_is_204(htmx, ticket, opened):
    assert htmx.get(htmx.get(QUEUE).context["news_url"]).status_code == 204


def test_a_new_ticket_is_offered_once(htmx, opened, make_ticket):
    ticket = make_ticket()

    first = htmx.get(opened)

    assert "Show 1 new ticket" in body(first)
    assert f'id="row-{ticket.number}"' not in body(first)
    assert htmx.get(first.context["news_url"]).status_code == 204


def test_a_second_one_raises_the_offer(htmx, opened, make_ticket):
    make_ticket()
    first = htmx.get(opened)
    make_ticket()

    assert "Show 2 new tickets" in body(htmx.get(first.context["news_url"]))


def test_the_offer_leads_to_the_rows(htmx, opened, make_ticket):
    ticket = make_ticket()
    offer = htmx.get(opened).context["list"].here

    rows = htmx.get(offer, headers={"HX-Target": "queue"})

    assert f'id="row-{ticket.number}"' in body(rows)
    assert '<span id="pill" hx-swap-oob="innerHTML"></span>' in body(rows)


def test_a_changed_row_changes_where_it_stands(htmx, ticket, agent):
    opened = htmx.get(QUEUE).context["news_url"]
    actions.take(ticket, by=agent)

    news = htmx.get(opened)

    assert f'<tr id="row-{ticket.number}"' in body(news)
    assert "Sasha V." in body(news)
    assert "new ticket" not in body(news)


def test_one_that_was_resolved_stays_until_the_list_is_loaded_again(htmx, taken, agent):
    opened = htmx.get(QUEUE).context["news_url"]
    actions.resolve(taken, "Done.", code="fixed", by=agent)

    news = htmx.get(opened)

    assert "Resolved" in body(news)
    assert "data-left" in body(news)
    assert htmx.get(news.context["news_url"]).status_code == 204


def test_one_that_may_no_longer_be_seen_is_taken_away(htmx, ticket, lead, private_team):
    opened = htmx.get(QUEUE).context["news_url"]
    actions.move(ticket, to=private_team, by=lead)

    news = htmx.get(opened)

    assert f'<tr id="row-{ticket.number}" hx-swap-oob="delete">' in body(news)
    assert ticket.title not in body(news)


def test_filters_hold_for_news_too(htmx, make_ticket, category):
    opened = htmx.get(f"{QUEUE}?q=printer").context["news_url"]
    make_ticket("No network")

    assert htmx.get(opened).status_code == 204


def test_a_broken_token_offers_what_is_there(htmx, ticket):
    assert "Show 1 new ticket" in body(htmx.get(f"{QUEUE}news/?since=broken"))


def test_a_row_that_moves_up_from_the_next_page_is_not_new():
    seen = Seen({1: 1, 2: 1, 3: 1}, has_more=True)

    assert compare(seen, {1: 1, 3: 1, 4: 1}).new == []
    assert compare(seen, {5: 1, 1: 1, 2: 1}).new == [5]
    assert compare(Seen({1: 1}), {1: 1, 4: 1}).new == [4]


def test_the_token_says_what_was_seen():
    seen = Seen({7: 2}, has_more=True, offered=frozenset({9}))

    assert Seen.read(seen.token()) == seen
    assert Seen.read("x") is None
