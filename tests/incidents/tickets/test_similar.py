"""Tickets that read like one."""

import pytest

from incidents.tickets import actions, similar


@pytest.fixture
def past(make_ticket, agent):
    """A solved ticket about the same thing, and others about other things."""
    one = make_ticket("Access denied on the Sales share", description="Says no permission on S:")
    actions.resolve(one, "Failed **over** to fs-03.", code="fixed", by=agent)
    for title in (
        "Screen flickers",
        "Mouse is gone",
        "Printer out of toner",
        "Phone does not ring",
    ):
        make_ticket(title, description="Since this morning.")
    return one


def titles(found):
    return [one.ticket.title for one in found]


def test_what_solved_the_like_comes_with_it(past, make_ticket, agent):
    ticket = make_ticket("Access denied on the Finance share", description="No permission")

    (found,) = similar.find(ticket, user=agent)
    assert found.ticket == past
    assert found.resolution == "Failed over to fs-03."


def test_solved_ones_come_before_open_ones(past, make_ticket, agent):
    still_open = make_ticket(
        "Access denied on the Finance share", description="No permission at all"
    )
    ticket = make_ticket("Access denied on the Finance share", description="No permission")

    assert titles(similar.find(ticket, user=agent)) == [past.title, still_open.title]


def test_the_description_is_read_too(past, make_ticket, agent):
    ticket = make_ticket(
        "Help", description="I have no permission on the Sales share: access denied."
    )

    assert titles(similar.find(ticket, user=agent)) == [past.title]


def test_what_one_does_not_see_is_not_found(
    past, make_ticket, other_category, agent, other_agent, requester, manager
):
    ticket = make_ticket("Access denied on the Sales share", category=other_category)

    assert similar.find(ticket, user=other_agent) == []
    assert similar.find(ticket, user=requester) == []
    assert titles(similar.find(ticket, user=manager)) == [past.title]


@pytest.mark.parametrize(
    "title", ["???", "the and of", "12345 67", "\"' OR 1=1 --", "AND NOT * : ( )", "x" * 200]
)
def test_nothing_telling_finds_nothing_and_nothing_breaks(past, make_ticket, agent, title):
    assert similar.find(make_ticket(title, description="."), user=agent) == []


def test_an_unlike_ticket_has_none(past, make_ticket, agent):
    assert similar.find(make_ticket("Coffee machine leaks", description="Water."), user=agent) == []


def test_the_number_of_queries_does_not_grow_with_the_tickets(
    past, make_ticket, agent, django_assert_max_num_queries
):
    for n in range(20):
        make_ticket(f"Access denied on share {n}", description="No permission")
    ticket = make_ticket(
        "Access denied on the Finance share", description="Says no permission here"
    )
    with django_assert_max_num_queries(2 * similar.MOST_WORDS + 6):
        similar.find(ticket, user=agent)
