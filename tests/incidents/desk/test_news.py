"""What an open list learns by itself: new tickets are offered, the others change where they stand."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.desk.news import Seen, compare
from incidents.tickets import actions
from tests.incidents.desk.conftest import body, news_url

QUEUE = "/desk/queues/network/"


@pytest.fixture
def opened(htmx):
    """The address at which an open queue page asks for news."""
    return news_url(htmx.get(QUEUE))


def test_nothing_new_is_204(htmx, ticket, opened):
    assert htmx.get(news_url(htmx.get(QUEUE))).status_code == 204


def test_a_new_ticket_is_offered_once(htmx, opened, make_ticket):
    ticket = make_ticket()

    first = htmx.get(opened)

    assert "Show 1 new ticket" in body(first)
    assert f'id="row-{ticket.number}"' not in body(first)
    assert htmx.get(news_url(first)).status_code == 204


def test_a_second_one_raises_the_offer(htmx, opened, make_ticket):
    make_ticket()
    first = htmx.get(opened)
    make_ticket()

    assert "Show 2 new tickets" in body(htmx.get(news_url(first)))


def test_the_offer_leads_to_the_rows(htmx, opened, make_ticket):
    ticket = make_ticket()
    assert f'href="{QUEUE}"' in body(htmx.get(opened))

    rows = htmx.get(QUEUE, headers={"HX-Target": "queue"})

    assert f'id="row-{ticket.number}"' in body(rows)
    assert '<span id="pill" hx-swap-oob="innerHTML"></span>' in body(rows)


def test_a_changed_row_changes_where_it_stands(htmx, ticket, agent):
    opened = news_url(htmx.get(QUEUE))
    actions.take(ticket, by=agent)

    news = htmx.get(opened)

    assert f'<tr id="row-{ticket.number}"' in body(news)
    assert "Sasha V." in body(news)
    assert "new ticket" not in body(news)


def test_one_that_was_resolved_stays_until_the_list_is_loaded_again(htmx, taken, agent):
    opened = news_url(htmx.get(QUEUE))
    actions.resolve(taken, "Done.", code="fixed", by=agent)

    news = htmx.get(opened)

    assert "Resolved" in body(news)
    assert "data-left" in body(news)
    assert htmx.get(news_url(news)).status_code == 204


def test_one_that_may_no_longer_be_seen_is_taken_away(htmx, ticket, lead, private_team):
    opened = news_url(htmx.get(QUEUE))
    actions.move(ticket, to=private_team, by=lead)

    news = htmx.get(opened)

    assert f'<tr id="row-{ticket.number}" hx-swap-oob="delete">' in body(news)
    assert ticket.title not in body(news)


def test_filters_hold_for_news_too(htmx, make_ticket, category):
    opened = news_url(htmx.get(f"{QUEUE}?q=printer"))
    make_ticket("No network")

    assert htmx.get(opened).status_code == 204


def test_a_broken_token_offers_what_is_there(htmx, ticket):
    assert "Show 1 new ticket" in body(htmx.get(f"{QUEUE}news/?since=broken"))


def test_a_row_that_moves_up_from_the_next_page_is_not_new():
    seen = Seen({1: 1, 2: 1, 3: 1}, has_more=True)

    assert compare(seen, {1: 1, 3: 1, 4: 1}).new == []
    assert compare(seen, {5: 1, 1: 1, 2: 1}).new == [5]
    assert compare(Seen({1: 1}), {1: 1, 4: 1}).new == [4]


@pytest.fixture
def full(make_ticket):
    """More tickets than one page shows, all more urgent than what comes."""
    earlier = timezone.now() - timedelta(hours=1)
    urgent = {"impact": "many", "urgency": "stop", "at": earlier}
    return [make_ticket(f"Ticket {n}", **urgent) for n in range(51)]


def show_url(response):
    return html.unescape(re.search(r'hx-get="([^"]+)" hx-target="#queue"', body(response))[1])


def test_a_new_ticket_is_offered_though_it_sorts_behind_a_full_page(htmx, full, make_ticket):
    opened = news_url(htmx.get(QUEUE))
    assert htmx.get(opened).status_code == 204
    ticket = make_ticket("Not urgent")

    news = htmx.get(opened)

    assert "Show 1 new ticket" in body(news)
    assert htmx.get(news_url(news)).status_code == 204
    shown = htmx.get(show_url(news), headers={"HX-Target": "queue"})
    assert body(shown).index(f"row-{ticket.number}") < body(shown).index(f"row-{full[0].number}")
    assert htmx.get(news_url(shown)).status_code == 204


def test_it_stays_on_top_when_the_next_one_comes(htmx, full, make_ticket):
    first = make_ticket("Not urgent")
    shown = htmx.get(
        show_url(htmx.get(f"{QUEUE}news/?since={Seen(at=timezone.now(), has_more=True).token()}")),
        headers={"HX-Target": "queue"},
    )
    second = make_ticket("Not urgent either")

    again = htmx.get(show_url(htmx.get(news_url(shown))), headers={"HX-Target": "queue"})

    assert f"row-{first.number}" in body(again)
    assert f"row-{second.number}" in body(again)


def test_the_token_says_what_was_seen():
    moment = timezone.now()
    seen = Seen({7: 2}, at=moment, has_more=True, offered=frozenset({9}), pinned=(7,))

    assert Seen.read(seen.token()) == seen
    assert Seen.read("x") == Seen()
