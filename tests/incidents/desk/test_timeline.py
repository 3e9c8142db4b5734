"""The history of a ticket on the desk: views of it, its order, the part that is shown, and what is new."""

import re

import pytest
from django.utils import timezone

from incidents.tickets import actions
from incidents.tickets.models import DeskReading, Event, Message, Ticket
from incidents.tickets.timeline import A_PART, MOST_AT_ONCE
from tests.incidents.desk.conftest import body

MANY = 5_000


def numbered(page):
    return [int(n) for n in re.findall(r'id="event-(\d+)"', body(page))]


@pytest.fixture
def talked(ticket, agent, requester):
    """A ticket with a reply (2, 3), a note (4) and events."""
    actions.reply(ticket, "It beeps now.", by=requester)
    actions.reply(ticket, "Which lamp?", by=agent)
    actions.note(ticket, "The gateway again", by=agent)
    actions.set_priority(ticket, impact="many", by=agent)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def endless(ticket, requester):
    """A ticket with thousands of messages, put straight into the tables."""
    now = timezone.now()
    said = Message.objects.bulk_create(
        Message(ticket=ticket, kind="reply", author=requester, body=f"Message {n}", is_public=True, created_at=now)
        for n in range(MANY)
    )  # fmt: skip
    Event.objects.bulk_create(
        Event(
            ticket=ticket, number=number, kind="replied", actor=requester, origin="portal", occurred_at=now,
            is_public=True, data={"message": message.pk}, digest="", hash="",
        )
        for number, message in enumerate(said, 2)
    )  # fmt: skip
    Ticket.objects.filter(pk=ticket.pk).update(version=MANY + 1)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize(
    ("query", "shown", "with_events"),
    [
        ({}, [1, 2, 3, 4], True),
        ({"events": "off"}, [1, 2, 3, 4], False),
        ({"show": "requester"}, [1, 2, 3], False),
        ({"show": "notes"}, [4], False),
        ({"order": "newest"}, [4, 3, 2, 1], True),
        ({"show": "requester", "order": "newest"}, [3, 2, 1], False),
    ],
)
@pytest.mark.parametrize("part", ["", "timeline"])
def test_views_of_the_history(htmx, talked, url, query, shown, with_events, part):
    page = htmx.get(url(talked, *filter(None, [part])), query)

    assert numbered(page) == shown
    assert ('class="fb-event"' in body(page)) is with_events


@pytest.mark.parametrize(
    "query",
    [{"show": "all OR 1=1"}, {"order": "author"}, {"events": "maybe"}, {"before": "x"}, {"start": "-1"}],
)  # fmt: skip
@pytest.mark.parametrize("part", ["", "timeline"])
def test_what_no_page_of_ours_asks_is_refused(htmx, ticket, url, query, part):
    assert htmx.get(url(ticket, *filter(None, [part])), query).status_code == 400


def test_without_javascript_a_view_is_the_page_with_it(desk, talked, url):
    answer = desk.get(url(talked, "timeline"), {"show": "notes"})

    assert answer.url == f"{url(talked)}?show=notes"


def test_an_answer_brings_the_view_that_is_on_the_screen(htmx, talked, url):
    headers = {"Timeline-View": "show=notes&order=newest"}

    page = htmx.get(url(talked, "live"), {"version": 0}, headers=headers)

    assert numbered(page) == [4]
    assert 'data-view="show=notes&amp;order=newest&amp;start=4"' in body(page)


def test_the_newest_part_is_shown_with_what_it_was_filed_with(desk, endless, url):
    page = desk.get(url(endless))

    assert numbered(page) == [1, *range(MANY + 2 - A_PART, MANY + 2)]


def test_show_earlier_leads_back_to_the_beginning(htmx, endless, url):
    page, seen = htmx.get(url(endless)), []
    for _ in range(3):
        seen = numbered(page) + seen
        (address,) = re.findall(r'hx-get="(\S+/timeline/\?before=\d+)" hx-target="#show-earlier"', body(page))  # fmt: skip
        page = htmx.get(address)

    assert sorted({*seen, *numbered(page)}) == [1, *range(MANY + 2 - 4 * A_PART, MANY + 2)]
    assert numbered(htmx.get(url(endless, "timeline"), {"before": 20})) == list(range(2, 20))
    assert "show-earlier" not in body(htmx.get(url(endless, "timeline"), {"before": 20}))


def test_a_very_long_ticket_costs_no_more_than_a_short_one(
    desk, htmx, endless, url, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        page = desk.get(url(endless))
    with django_assert_max_num_queries(14):
        earlier = htmx.get(url(endless, "timeline"), {"before": 3_000, "show": "requester"})

    assert len(page.content) < 200_000
    assert len(earlier.content) < 100_000


def test_what_comes_in_is_added_to_what_is_shown(htmx, talked, requester, url):
    actions.reply(talked, "And now it smokes.", by=requester)

    headers = {"Timeline-View": "start=3"}
    assert numbered(htmx.get(url(talked, "live"), {"version": 0}, headers=headers)) == [3, 4, 6]


def test_after_very_much_came_in_it_begins_afresh(htmx, endless, url):
    headers = {"Timeline-View": f"start={MANY - MOST_AT_ONCE - 10}"}
    page = htmx.get(url(endless, "live"), {"version": 0}, headers=headers)

    assert numbered(page) == [*range(MANY + 2 - A_PART, MANY + 2), 1]
    assert 'id="earlier" hx-swap-oob="true"' in body(page)


# What is new -------------------------------------------------------------------------------------------


def test_a_line_stands_before_what_is_new(desk, talked, agent, requester, url):
    actions.note_desk_reading(talked, by=agent, version=talked.version)
    actions.reply(talked, "Hello?", by=requester)

    page = body(desk.get(url(talked)))
    assert page.index('id="event-4"') < page.index('id="new-since"') < page.index('id="event-6"')

    page = body(desk.get(url(talked), {"order": "newest"}))
    assert page.index('id="event-6"') < page.index('id="new-since"') < page.index('id="event-4"')


def test_no_line_for_who_was_never_here_saw_everything_or_did_it_themselves(
    desk, talked, agent, url
):
    assert "new-since" not in body(desk.get(url(talked)))

    actions.note_desk_reading(talked, by=agent, version=2)
    actions.note(talked, "Mine", by=agent)
    page = body(desk.get(url(talked)))
    assert "new-since" not in page


def test_the_line_stays_while_the_page_is_open(htmx, talked, agent, requester, url):
    actions.note_desk_reading(talked, by=agent, version=talked.version)
    actions.reply(talked, "Hello?", by=requester)
    (view,) = re.findall(r'data-view="([^"]+)"', body(htmx.get(url(talked))))
    actions.note_desk_reading(Ticket.objects.get(pk=talked.pk), by=agent, version=6)

    headers = {"Timeline-View": view.replace("&amp;", "&")}
    assert "new-since" in body(htmx.get(url(talked, "live"), {"version": 0}, headers=headers))


def test_the_mark_is_set_by_a_post_and_never_by_looking(htmx, talked, agent, url):
    htmx.get(url(talked))
    assert not DeskReading.objects.exists()

    assert htmx.post(url(talked, "reading"), {"version": "3"}).status_code == 204
    assert DeskReading.objects.get(user=agent).version == 3


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 12])
def test_a_mark_needs_a_version(htmx, talked, url, version):
    assert htmx.post(url(talked, "reading"), {"version": version}).status_code == 400


# The composer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "is_above"), [("oldest", False), ("newest", True)])
def test_the_composer_stands_where_the_newest_entry_is(desk, taken, url, order, is_above):
    page = body(desk.get(url(taken), {"order": order}))

    assert (page.index('id="composer"') < page.index('id="thread"')) == is_above
    assert page.count('id="composer"') == 1
