"""Who has the problem, beside a ticket: how to reach them, what time it is there, what else they reported."""

from datetime import UTC, datetime

import time_machine

from incidents.tickets import actions
from tests.incidents.desk.conftest import body


def test_it_tells_where_they_are_and_how_to_reach_them(desk, ticket, requester, url):
    requester.phone, requester.location = "+49 (0)30 123-4567", "Head office, floor 3"
    requester.save()
    page = body(desk.get(url(ticket)))

    assert 'href="tel:+490301234567"' in page
    assert "Head office, floor 3" in page
    assert "Finance" in page


def test_what_is_no_number_is_no_link(desk, ticket, requester, url):
    requester.phone = "javascript:alert(1)"
    requester.save()
    page = body(desk.get(url(ticket)))

    assert "tel:" not in page
    assert "javascript:alert(1)" in page


@time_machine.travel(datetime(2026, 1, 12, 12, 0, tzinfo=UTC), tick=False)
def test_their_clock_is_told_where_it_is_another(desk, ticket, requester, agent, url):
    agent.time_zone = requester.time_zone = "Europe/Berlin"
    agent.save()
    requester.save()
    assert "Berlin)" not in body(desk.get(url(ticket)))
    requester.time_zone = "America/New_York"
    requester.save()

    assert "07:00 there (New York)" in body(desk.get(url(ticket)))


def test_their_language_is_told_where_it_is_another(desk, ticket, requester, url):
    assert "Deutsch" not in body(desk.get(url(ticket, "requester")))
    requester.language = "de"
    requester.save()
    assert "Deutsch" in body(desk.get(url(ticket, "requester")))


def test_their_other_tickets_open_ones_first_with_counts(
    htmx, ticket, make_ticket, agent, requester, url
):
    """And a way to all of them."""
    still_open = make_ticket("Screen flickers")
    done = make_ticket("Mouse is gone")
    actions.resolve(done, "Here.", code="fixed", by=agent)
    page = body(htmx.get(url(ticket, "requester")))

    assert "Other tickets: 1 open, 2 in all" in page
    assert page.index(still_open.ref) < page.index(done.ref)
    assert f'href="/desk/all/?requester={requester.pk}"' in page
    assert ticket.title not in page


def test_tickets_that_one_does_not_see_are_not_even_counted(
    htmx, ticket, make_ticket, other_category, url
):
    make_ticket("Laptop", category=other_category)
    page = body(htmx.get(url(ticket, "requester")))

    assert "Laptop" not in page
    assert "No other tickets that you can see." in page
