"""When a ticket can be expected to be solved."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from incidents.tickets import actions, expectation
from incidents.tickets.models import Ticket

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# What is usual ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "usually"),
    [
        ([], None),
        ([1, 2, 3, 4], None),  # too few to tell
        ([1, 2, 3, 4, 5], 4),
        ([5, 1, 4, 2, 3], 4),
        ([1, 1, 1, 1, 1, 1, 1, 500], 1),  # one that lay about says nothing
        (list(range(1, 101)), 75),
    ],
)
def test_what_three_of_four_stayed_within(hours, usually):
    found = expectation.usual([n * HOUR for n in hours])

    assert found == (None if usually is None else usually * HOUR)


# In words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filed", "usually", "said"),
    [
        (TUESDAY, 5 * HOUR, "We expect to have this solved today."),
        (TUESDAY, 13 * HOUR + timedelta(minutes=59), "We expect to have this solved today."),
        (TUESDAY, 14 * HOUR, "We expect to have this solved by tomorrow."),
        (TUESDAY - 6 * DAY, 7 * DAY, "We expect to have this solved by tomorrow."),
        (TUESDAY, 2 * DAY, "We expect to have this solved by Thursday."),
        (TUESDAY, 6 * DAY, "We expect to have this solved by Monday."),
        (TUESDAY, 7 * DAY, "We expect to have this solved by 8 December."),
        (TUESDAY, 40 * DAY, "We expect to have this solved by 10 January."),
        (TUESDAY - 2 * DAY, DAY, "This takes longer than usual. We’re still on it."),
        (TUESDAY - HOUR, timedelta(minutes=59), "This takes longer than usual. We’re still on it."),
        (TUESDAY, None, "We’ll tell you here as soon as there is news."),
    ],
)
def test_an_open_ticket_is_expected_by_a_day(filed, usually, said):
    assert expectation.words(status="open", filed_at=filed, usually=usually, now=TUESDAY) == said


@pytest.mark.parametrize(
    ("status", "usually", "theirs", "said"),
    [
        ("new", None, True, "We’ll tell you here as soon as somebody looks at it."),
        ("new", HOUR, True, "We expect to have this solved today."),
        ("waiting_requester", HOUR, True, "We go on as soon as you answer."),
        ("waiting_requester", HOUR, False, "We go on as soon as we have an answer."),
        ("waiting_other", HOUR, True, "We expect to have this solved today."),
        ("resolved", HOUR, True, ""),
        ("closed", HOUR, True, ""),
    ],
)
def test_what_is_said_in_each_status(status, usually, theirs, said):
    found = expectation.words(status=status, filed_at=TUESDAY, usually=usually, now=TUESDAY, is_theirs=theirs)  # fmt: skip

    assert found == said


def test_days_are_the_readers():
    """Filed in UTC late in the evening, due after midnight in Berlin."""
    filed = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
    here = filed.astimezone(BERLIN)

    said = [
        expectation.words(status="open", filed_at=filed, usually=2 * HOUR, now=now)
        for now in (here, filed)
    ]
    assert said == [
        "We expect to have this solved by tomorrow.",
        "We expect to have this solved today.",
    ]


# From the tickets ------------------------------------------------------------------------------------


@pytest.fixture
def solved(make_ticket, agent, manager):
    def solve(number, *, took, ago=DAY, **given):
        for _n in range(number):
            at = timezone.now() - ago - took
            ticket = make_ticket(at=at, **given)
            actions.resolve(ticket, "Done.", code="fixed", by=manager, at=at + took)

    return solve


def test_tickets_of_the_same_category_and_priority_tell(solved, make_ticket, other_category):
    solved(5, took=3 * HOUR)
    solved(9, took=9 * HOUR, category=other_category)
    solved(9, took=1 * HOUR, urgency="stop")
    ticket = make_ticket()

    now = timezone.now()
    assert expectation.usually_taken(ticket.category_id, ticket.priority, now=now) == 3 * HOUR


def test_where_a_category_has_too_few_its_priority_tells(solved, make_ticket, other_category):
    solved(2, took=3 * HOUR)
    solved(6, took=9 * HOUR, category=other_category)
    ticket = make_ticket()

    now = timezone.now()
    assert expectation.usually_taken(ticket.category_id, ticket.priority, now=now) == 9 * HOUR


def test_what_is_long_ago_and_what_is_open_tells_nothing(solved, make_ticket):
    solved(9, took=HOUR, ago=181 * DAY)
    tickets = [make_ticket() for _ in range(9)]

    assert expectation.usually_taken(tickets[0].category_id, 4, now=timezone.now()) is None


def test_it_is_asked_for_once_an_hour(solved, make_ticket, django_assert_num_queries):
    solved(5, took=HOUR)
    ticket = make_ticket()
    now = timezone.now()
    expectation.usually_taken(ticket.category_id, ticket.priority, now=now)
    solved(20, took=30 * HOUR)

    with django_assert_num_queries(1):  # the cache lies in the database
        found = expectation.usually_taken(ticket.category_id, ticket.priority, now=now)
    assert found == HOUR


def test_only_the_newest_tickets_are_looked_through(solved, make_ticket, monkeypatch):
    monkeypatch.setattr(expectation, "REACH", 5)
    solved(9, took=30 * HOUR)
    solved(5, took=HOUR)

    assert expectation.usually_taken(Ticket.objects.latest("pk").category_id, 4, now=timezone.now()) == HOUR  # fmt: skip


def test_a_page_says_it(client_of, requester, make_ticket, solved):
    solved(5, took=20 * DAY)
    ticket = make_ticket()

    page = client_of(requester).get(ticket.get_absolute_url()).content.decode()

    assert "We expect to have this solved by " in page
